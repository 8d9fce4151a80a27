"""A task's life as recordInfo tells it, and what it costs."""

import json
import time

from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.kie.downloads import FilmOrder
from tests.eventually import eventually
from tests.kie_fixture import CREDITS, MODEL, RunningKie, Wall, running_kie
from tests.sandbox.pictures import picture


async def balance(kie: RunningKie) -> float:
    answer = (await kie.client.get(f"{kie.api}/api/v1/chat/credit")).json()
    assert (answer["code"], answer["msg"]) == (200, "success")
    return answer["data"]


async def test_a_task_goes_through_its_states_in_time(kie: RunningKie):
    task_id = await kie.task(picture())
    told = []
    for wait_s in (0, 1, 1, 19, 1, 1000):
        await kie.pass_time(wait_s)
        record = (await kie.look(task_id))["data"]
        told.append((record["state"], record["resultJson"]))
    assert len(task_id) == 32
    urls = json.dumps({"resultUrls": [f"{kie.address}/kie/files/r/{task_id}_0.mp4"]})
    assert told == [
        ("waiting", None),
        ("queuing", None),
        ("generating", ""),
        ("generating", ""),
        ("success", urls),
        ("success", urls),
    ]


async def test_a_record_has_strings_within_strings_and_milliseconds(kie: RunningKie):
    callback = f"{kie.receiver.address}/kie/token"
    task_id = await kie.task(picture(), callBackUrl=callback)
    await kie.pass_time(22)
    record = (await kie.look(task_id))["data"]
    assert json.loads(record["param"])["callBackUrl"] == callback
    assert json.loads(record["param"])["input"]["duration"] == "5"
    [url] = json.loads(record["resultJson"])["resultUrls"]
    assert url.endswith(f"{task_id}_0.mp4")
    assert record["costTime"] == 22_000
    assert record["completeTime"] - record["createTime"] == 22_000
    assert record["creditsConsumed"] == 20
    assert (record["failCode"], record["failMsg"]) == (None, None)


async def test_a_failed_task_says_why_and_gives_the_credits_back(kie: RunningKie):
    await kie.sim(
        "faults", kind="fail", fail_code="422", fail_msg="Inappropriate content detected."
    )
    task_id = await kie.task(picture())
    assert await balance(kie) == CREDITS - 20
    await kie.pass_time(22)
    record = (await kie.look(task_id))["data"]
    assert (record["state"], record["failCode"]) == ("fail", "422")
    assert record["failMsg"] == "Inappropriate content detected."
    assert (record["creditsConsumed"], record["costTime"], record["resultJson"]) == (0, 0, None)
    assert await balance(kie) == CREDITS


async def test_a_question_without_or_with_a_wrong_id_is_refused(kie: RunningKie):
    nothing = await kie.client.get(f"{kie.api}/api/v1/jobs/recordInfo")
    assert nothing.json() == {"code": 400, "msg": "taskId parameter is required", "data": None}
    unknown = {"code": 422, "msg": "recordInfo is null", "data": None}
    assert await kie.look("0" * 32) == unknown
    task_id = await kie.task(picture())
    await kie.pass_time(61 * 24 * 3600)
    assert await kie.look(task_id) == unknown


async def test_a_task_is_seen_by_the_keys_of_its_account_only(kie: RunningKie):
    task_id = await kie.task(picture())
    await kie.sim("keys", key="sister", account="main")
    await kie.sim("keys", key="stranger", account="other")
    codes = []
    for key in ("sister", "stranger"):
        reply = await kie.client.get(
            f"{kie.api}/api/v1/jobs/recordInfo",
            params={"taskId": task_id},
            headers={"Authorization": f"Bearer {key}"},
        )
        codes.append(reply.json()["code"])
    assert codes == [200, 422]


async def test_the_tasks_of_a_photo_are_counted_by_its_bytes(kie: RunningKie):
    once, twice = picture(color="red"), picture(color="blue")
    await kie.task(once)
    task_ids = [await kie.task(twice), await kie.task(twice)]
    counted = await kie.seen("photos")
    assert [(photo["uploads"], len(photo["task_ids"])) for photo in counted] == [(1, 1), (2, 2)]
    assert counted[1]["task_ids"] == task_ids


async def test_what_the_host_does_not_have_is_not_found(kie: RunningKie):
    for path in ("api/v1/jobs/list", "api/file-stream-upload"):
        reply = await kie.client.post(f"{kie.api}/{path}", json={})
        assert reply.status_code == 404
        assert reply.json() == {"code": 404, "msg": "Not Found", "data": None}


def test_a_clock_runs_faster_and_is_put_forward():
    wall = Wall(100.0)
    clock = ScaledClock(wall, scale=60)
    wall.seconds += 2
    assert clock.now() == 220
    assert clock.wait_s(340) == 2
    clock.advance(30)
    assert (clock.now(), clock.wait_s(250), clock.wall()) == (250, 0, 102)


async def test_with_a_fast_clock_a_task_ends_by_itself(tiny_film: bytes):
    async def film(_: FilmOrder) -> bytes:
        return tiny_film

    async with running_kie(film, wall=time.time, scale=1000) as kie:
        await kie.task(picture(), callBackUrl=f"{kie.receiver.address}/hook")
        await eventually(lambda: kie.receiver.got)
        [task] = await kie.seen("tasks")
        assert (task["state"], task["model"]) == ("success", MODEL)
