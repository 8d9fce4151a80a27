"""Callbacks: when they come, what is in them, how they are signed, and how often they come."""

import base64
import hashlib
import hmac
import json

import httpx
import pytest

from infra.sandbox.kie.callbacks import signature
from tests.eventually import eventually
from tests.kie_fixture import MODEL, RunningKie, Wall
from tests.sandbox.pictures import picture

SECRET = "test-hmac-key"


async def ended(kie: RunningKie, path: str = "kie/token") -> str:
    task_id = await kie.task(picture(), callBackUrl=f"{kie.receiver.address}/{path}")
    await kie.pass_time(22)
    return task_id


async def answers(kie: RunningKie) -> list[list[str]]:
    return [delivery["answers"] for delivery in await kie.seen("callbacks")]


async def test_a_success_is_told_when_it_happens_and_not_before(kie: RunningKie):
    task_id = await kie.task(picture(), callBackUrl=f"{kie.receiver.address}/kie/token")
    await kie.pass_time(21)
    assert await answers(kie) == [[]]
    await kie.pass_time(1)
    await eventually(lambda: kie.receiver.got)
    [(path, headers, body)] = kie.receiver.got
    assert path == "kie/token"
    assert not [name for name in headers if name.startswith("x-webhook")]
    assert (body["code"], body["msg"]) == (200, "Playground task completed successfully.")
    data = body["data"]
    assert (data["taskId"], data["model"], data["state"]) == (task_id, MODEL, "success")
    assert data["costTime"] == 22  # seconds, unlike in recordInfo
    assert json.loads(json.loads(data["param"])["input"])["duration"] == "5"
    assert len(json.loads(data["resultJson"])["resultUrls"]) == 1


async def test_a_failure_is_told_too(kie: RunningKie):
    await kie.sim("faults", kind="fail", fail_code="500", fail_msg="Internal server error")
    await ended(kie)
    await eventually(lambda: kie.receiver.got)
    [(_, _, body)] = kie.receiver.got
    assert (body["code"], body["msg"]) == (501, "Playground task failed.")
    assert (body["data"]["state"], body["data"]["failCode"]) == ("fail", "500")
    assert body["data"]["creditsConsumed"] == 0


def test_the_signature_is_that_of_the_documentation():
    expected = "T3QuDtLn5jfd+sHYraqHFMUpNdNnAUV8pzqx6IPc5qU="
    assert signature("281e5b0a4c7d4f5e9b1f0a2c3d4ef39b", "1769670760", SECRET) == expected


async def test_with_a_secret_a_callback_is_signed_at_the_real_time(kie: RunningKie, wall: Wall):
    await kie.sim("accounts/main", webhook_hmac_key=SECRET)
    task_id = await ended(kie)
    await eventually(lambda: kie.receiver.got)
    [(_, headers, _)] = kie.receiver.got
    timestamp = headers["x-webhook-timestamp"]
    assert timestamp == str(int(wall.seconds))
    signed = hmac.new(SECRET.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256)
    assert base64.b64decode(headers["x-webhook-signature"]) == signed.digest()


async def test_only_200_is_received_and_after_three_more_tries_no_more_come(kie: RunningKie):
    kie.receiver.answers += [500, 204, 302, 404, 200]
    await ended(kie)
    await eventually(lambda: len(kie.receiver.got) == 1)
    for tries, delay_s in ((2, 5), (3, 30), (4, 120)):
        await eventually(lambda: _is_due(kie))
        await kie.pass_time(delay_s)
        await eventually(lambda tries=tries: len(kie.receiver.got) == tries)
    await eventually(lambda: _has_answers(kie, ["500", "204", "302", "404"]))
    [delivery] = await kie.seen("callbacks")
    assert delivery["due_at"] is None


async def _is_due(kie: RunningKie) -> bool:
    return all(delivery["due_at"] is not None for delivery in await kie.seen("callbacks"))


async def _has_answers(kie: RunningKie, expected: list[str]) -> bool:
    return await answers(kie) == [expected]


async def test_a_try_that_succeeds_is_the_last(kie: RunningKie):
    kie.receiver.answers += [503]
    await ended(kie)
    await eventually(lambda: _is_due(kie))
    await kie.pass_time(5)
    await eventually(lambda: _has_answers(kie, ["503", "200"]))
    assert kie.world.callbacks.next_due_at() is None


async def test_nobody_there_is_tried_again_too(kie: RunningKie):
    await kie.task(picture(), callBackUrl="http://127.0.0.1:1/hook")
    await kie.pass_time(22)
    await eventually(lambda: _has_answers(kie, ["ConnectError"]))
    await eventually(lambda: _is_due(kie))


async def test_a_callback_may_come_twice_or_not_at_all(kie: RunningKie):
    await kie.sim("faults", kind="duplicate_callback")
    await ended(kie)
    await eventually(lambda: len(kie.receiver.got) == 2)
    first, second = (body for _, _, body in kie.receiver.got)
    assert first == second
    await kie.sim("faults", kind="no_callback")
    await ended(kie)
    assert len(await answers(kie)) == 2


async def test_a_lost_task_is_found_by_the_token_in_its_callback(kie: RunningKie):
    await kie.sim("faults", kind="lost_reply", endpoint="createTask")
    body = {
        "model": MODEL,
        "callBackUrl": f"{kie.receiver.address}/kie/token-of-the-job",
        "input": {"image_url": await kie.upload(picture()), "prompt": "x", "duration": "5"},
    }
    with pytest.raises(httpx.TransportError):
        await kie.create(body)
    await kie.pass_time(22)
    await eventually(lambda: kie.receiver.got)
    [(path, _, told)] = kie.receiver.got
    [task] = await kie.seen("tasks")
    assert (path, told["data"]["taskId"]) == ("kie/token-of-the-job", task["task_id"])
