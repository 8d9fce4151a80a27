"""Trouble on purpose: what the client sees of it, and what has happened all the same."""

import asyncio
import json

import httpx
import pytest

from infra.sandbox.kie.refusals import PHRASES
from tests.eventually import eventually
from tests.kie_fixture import RunningKie
from tests.sandbox.pictures import picture

DOCUMENTED = [400, 401, 402, 404, 408, 422, 429, 433, 451, 455, 500, 501, 505, 550]


async def tasks(kie: RunningKie) -> list[dict]:
    return await kie.seen("tasks")


async def record_after(kie: RunningKie, task_id: str, seconds: float) -> dict:
    await kie.pass_time(seconds)
    return (await kie.look(task_id))["data"]


@pytest.mark.parametrize("code", DOCUMENTED)
async def test_every_documented_refusal_can_be_asked_for(kie: RunningKie, code: int):
    await kie.sim("faults", kind="refuse", endpoint="createTask", code=code)
    url = await kie.upload(picture())
    assert await kie.order(url) == {"code": code, "msg": PHRASES[code], "data": None}
    assert await tasks(kie) == []
    assert (await kie.order(url))["code"] == 200


async def test_a_refusal_may_have_its_own_words_and_status(kie: RunningKie):
    await kie.sim("faults", kind="refuse", code=455, msg="Later", http_status=503, times=2)
    for path in ("chat/credit", "jobs/recordInfo"):
        reply = await kie.client.get(f"{kie.api}/api/v1/{path}")
        assert (reply.status_code, reply.json()["msg"]) == (503, "Later")
    [fault] = await kie.seen("faults")
    assert fault["left"] == 0


async def test_the_upload_host_refuses_in_its_own_shape(kie: RunningKie):
    await kie.sim("faults", kind="refuse", endpoint="file-stream-upload", code=500, msg="No")
    reply = await kie.client.post(f"{kie.uploads}/api/file-stream-upload")
    assert reply.status_code == 500
    assert reply.json() == {"success": False, "code": 500, "msg": "No"}


async def test_after_a_lost_reply_the_task_is_there(kie: RunningKie):
    await kie.sim("faults", kind="lost_reply", endpoint="createTask")
    url = await kie.upload(picture())
    with pytest.raises(httpx.TransportError):
        await kie.order(url)
    [task] = await tasks(kie)
    assert (await kie.look(task["task_id"]))["code"] == 200
    await kie.order(url)
    [photo] = await kie.seen("photos")
    assert len(photo["task_ids"]) == 2  # paid for twice, and it shows
    assert [call["fault"] for call in await kie.seen("calls?endpoint=createTask")] == [
        "lost_reply",
        None,
    ]


async def test_after_a_reset_nothing_has_happened(kie: RunningKie):
    await kie.sim("faults", kind="reset", endpoint="createTask")
    url = await kie.upload(picture())
    with pytest.raises(httpx.TransportError):
        await kie.order(url)
    assert await tasks(kie) == []


@pytest.mark.parametrize(("kind", "made_before"), [("hang", 0), ("hang_after", 1)])
async def test_a_hung_call_goes_on_when_released(kie: RunningKie, kind: str, made_before: int):
    fault = await kie.sim("faults", kind=kind, endpoint="createTask")
    url = await kie.upload(picture())
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(kie.order(url))
        await eventually(lambda: held(kie))
        assert len(await tasks(kie)) == made_before
        await kie.sim(f"faults/{fault['fault_id']}/release")
    assert asking.result()["code"] == 200
    assert len(await tasks(kie)) == 1


@pytest.mark.parametrize(("kind", "made"), [("hang", 0), ("hang_after", 1)])
async def test_a_caller_that_does_not_wait_finds_out_by_looking(
    kie: RunningKie, kind: str, made: int
):
    await kie.sim("faults", kind=kind, endpoint="createTask")
    url = await kie.upload(picture())
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(kie.order(url))
        await eventually(lambda: held(kie))
        asking.cancel()
    await eventually(lambda: _nobody_held(kie))
    assert len(await tasks(kie)) == made


async def held(kie: RunningKie) -> bool:
    return any(fault["held"] for fault in await kie.seen("faults"))


async def _nobody_held(kie: RunningKie) -> bool:
    return not await held(kie)


async def test_a_slow_call_is_done_in_the_end(kie: RunningKie):
    await kie.sim("faults", kind="slow", endpoint="chat/credit", delay_s=0.01)
    assert (await kie.client.get(f"{kie.api}/api/v1/chat/credit")).json()["code"] == 200


async def test_the_edge_answers_in_html_or_turns_away(kie: RunningKie):
    url = await kie.upload(picture())
    await kie.sim("faults", kind="html_502", endpoint="createTask")
    reply = await kie.create({"model": "x", "input": {"image_url": url}})
    assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert "<h1>502 Bad Gateway</h1>" in reply.text
    await kie.sim("faults", kind="cloudflare_403", endpoint="createTask")
    reply = await kie.create({"model": "x", "input": {"image_url": url}})
    assert (reply.status_code, reply.text) == (403, "error code: 1010")
    assert await tasks(kie) == []


@pytest.mark.parametrize("state", ["waiting", "queuing", "generating"])
async def test_a_stuck_task_never_ends(kie: RunningKie, state: str):
    await kie.sim("faults", kind="stuck", state=state)
    task_id = await kie.task(picture(), callBackUrl=f"{kie.receiver.address}/hook")
    assert (await record_after(kie, task_id, 7 * 24 * 3600))["state"] == state
    assert await kie.seen("callbacks") == []


async def test_a_late_task_succeeds_in_the_end(kie: RunningKie):
    await kie.sim("faults", kind="late", delay_s=1200)
    task_id = await kie.task(picture())
    assert (await record_after(kie, task_id, 1221))["state"] == "generating"
    assert (await record_after(kie, task_id, 1))["state"] == "success"


async def test_an_empty_result_is_a_success_without_a_video(kie: RunningKie):
    await kie.sim("faults", kind="empty_result")
    record = await record_after(kie, await kie.task(picture()), 22)
    assert (record["state"], json.loads(record["resultJson"])) == ("success", {"resultUrls": []})


async def test_an_expired_result_can_be_had_by_a_fresh_link(kie: RunningKie):
    await kie.sim("faults", kind="expired_result")
    record = await record_after(kie, await kie.task(picture()), 22)
    [url] = json.loads(record["resultJson"])["resultUrls"]
    assert (await kie.client.get(url)).status_code == 404
    asked = {"url": url}
    fresh = await kie.client.post(f"{kie.api}/api/v1/common/download-url", json=asked)
    assert (await kie.client.get(fresh.json()["data"])).status_code == 200


async def test_a_hidden_task_is_seen_later(kie: RunningKie):
    await kie.sim("faults", kind="hidden", delay_s=5)
    task_id = await kie.task(picture())
    assert (await kie.look(task_id))["msg"] == "recordInfo is null"
    assert (await record_after(kie, task_id, 5))["state"] == "generating"


async def test_a_download_can_be_troubled_too(kie: RunningKie):
    url = await kie.upload(picture())
    await kie.sim("faults", kind="refuse", endpoint="file", code=503, msg="Busy")
    assert (await kie.client.get(url)).status_code == 503
    assert (await kie.client.get(url)).status_code == 200


async def test_a_rule_strikes_so_often_and_only_what_it_names(kie: RunningKie):
    await kie.sim("faults", kind="fail", contains="чашка", times=2)
    url = await kie.upload(picture())
    for prompt in ("чайник", "чашка", "чашка", "чашка"):
        await kie.order(url, prompt)
    await kie.pass_time(22)
    states = [task["state"] for task in await tasks(kie)]
    assert states == ["success", "fail", "fail", "success"]


async def test_a_refused_call_does_not_use_up_a_tasks_fault(kie: RunningKie):
    await kie.sim("faults", kind="stuck")
    assert (await kie.order(f"{kie.address}/kie/files/u/none.jpg"))["code"] == 451
    [fault] = await kie.seen("faults")
    assert fault["left"] == 1


async def test_several_faults_may_meet_in_one_task(kie: RunningKie):
    await kie.sim("faults", kind="late", delay_s=100)
    await kie.sim("faults", kind="fail", fail_code="501", fail_msg="No")
    task_id = await kie.task(picture())
    assert (await record_after(kie, task_id, 121))["state"] == "generating"
    assert (await record_after(kie, task_id, 1))["failCode"] == "501"


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "nonsense"},
        {"kind": "stuck", "state": "success"},
        {"kind": "late", "endpoint": "recordInfo"},
        {"kind": "fail", "fail_code": "x"},
        {"kind": "refuse", "codes": 402},
    ],
)
async def test_a_rule_that_makes_no_sense_is_not_taken(kie: RunningKie, rule: dict):
    reply = await kie.client.post(f"{kie.address}/kie/sim/faults", json=rule)
    assert reply.status_code == 422
    assert await kie.seen("faults") == []


async def test_faults_are_ended_all_at_once_and_what_is_not_there_is_not_found(kie: RunningKie):
    await kie.sim("faults", kind="stuck", times=100_000)
    assert (await kie.client.delete(f"{kie.address}/kie/sim/faults")).json() == []
    again = await kie.client.post(f"{kie.address}/kie/sim/faults/1/release")
    assert again.status_code == 404
