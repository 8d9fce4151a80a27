"""Veo 3.1: names, records and callbacks of its own."""

import json

import pytest

from tests.eventually import eventually
from tests.kie_fixture import RunningKie
from tests.sandbox.pictures import picture

FRAMES = "FIRST_AND_LAST_FRAMES_2_VIDEO"


async def generate(kie: RunningKie, **changes: object) -> dict:
    body = {
        "prompt": "orbit",
        "imageUrls": [await kie.upload(picture())],
        "model": "veo3_fast",
        "generationType": FRAMES,
        "aspect_ratio": "9:16",
        "resolution": "720p",
        "duration": 8,
        "enableTranslation": True,
        **changes,
    }
    return (await kie.client.post(f"{kie.api}/api/v1/veo/generate", json=body)).json()


async def made(kie: RunningKie, **changes: object) -> str:
    answer = await generate(kie, **changes)
    assert answer["code"] == 200, answer
    return answer["data"]["taskId"]


async def look(kie: RunningKie, task_id: str) -> dict:
    return await kie.look(task_id, "veo/record-info")


async def test_a_veo_task_is_told_by_flags_and_its_photo_counts(kie: RunningKie):
    task_id = await made(kie)
    assert task_id.startswith("veo_task_")
    record = (await look(kie, task_id))["data"]
    assert (record["successFlag"], record["response"], record["completeTime"]) == (0, None, None)
    await kie.pass_time(22)
    record = (await look(kie, task_id))["data"]
    assert record["successFlag"] == 1
    [url] = record["response"]["resultUrls"]
    assert (await kie.client.get(url)).content[4:8] == b"ftyp"
    assert json.loads(record["paramJson"])["generationType"] == FRAMES
    assert record["completeTime"][:10].count("-") == 2
    [photo] = await kie.seen("photos")
    assert photo["task_ids"] == [task_id]


async def test_a_veo_failure_has_a_flag_a_code_and_a_message(kie: RunningKie):
    for code, flag in (("400", 2), ("501", 3)):
        await kie.sim("faults", kind="fail", fail_code=code, fail_msg="flagged")
        task_id = await made(kie)
        await kie.pass_time(22)
        record = (await look(kie, task_id))["data"]
        assert (record["successFlag"], record["errorCode"]) == (flag, int(code))
        assert (record["errorMessage"], record["response"]) == ("flagged", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aspectRatio": "9:16"}, "aspectRatio is not supported"),
        ({"duration": "8"}, "duration: "),
        ({"model": "veo2"}, "model: "),
        ({"imageUrls": []}, "imageUrls must hold 1 to 2 images"),
        ({"generationType": "REFERENCE_2_VIDEO", "model": "veo3"}, "generationType REFERENCE"),
        ({"callBackUrl": "nowhere"}, "callBackUrl: "),
    ],
)
async def test_what_veo_does_not_take_is_named(kie: RunningKie, changes: dict, said: str):
    answer = await generate(kie, **changes)
    assert (answer["code"], answer["data"]) == (422, None)
    assert answer["msg"].startswith(said)


async def test_each_api_knows_its_own_tasks_only(kie: RunningKie):
    veo, market = await made(kie), await kie.task(picture())
    assert (await kie.look(veo))["msg"] == "recordInfo is null"
    assert await look(kie, market) == {"code": 422, "msg": "record is null.", "data": None}
    await kie.pass_time(15 * 24 * 3600)
    assert (await look(kie, veo))["msg"] == "Temporarily supports records within 14 days."


async def test_veo_calls_back_in_its_own_shape(kie: RunningKie):
    await kie.sim("faults", kind="fail", contains="bad", fail_code="400", fail_msg="flagged")
    url = f"{kie.receiver.address}/veo"
    good = await made(kie, callBackUrl=url)
    await kie.pass_time(22)
    await eventually(lambda: len(kie.receiver.got) == 1)
    bad = await made(kie, callBackUrl=url, prompt="bad")
    await kie.pass_time(22)
    await eventually(lambda: len(kie.receiver.got) == 2)
    success, failure = (body for _, _, body in kie.receiver.got)
    assert (success["code"], success["data"]["taskId"]) == (200, good)
    assert len(success["data"]["info"]["resultUrls"]) == 1
    assert failure == {
        "code": 400,
        "msg": "flagged",
        "data": {"taskId": bad, "fallbackFlag": False},
    }
