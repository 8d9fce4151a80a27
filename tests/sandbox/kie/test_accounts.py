"""Keys, credits, caps and rates: who is refused, in which words, and until when."""

import httpx
import pytest

from tests.kie_fixture import CREDITS, KEY, RunningKie, Wall
from tests.sandbox.pictures import picture

PRIVATE = [
    ("POST", "jobs/createTask", "You do not have access permissions"),
    ("POST", "veo/generate", "You do not have access permissions"),
    ("POST", "common/download-url", "You do not have access permissions"),
    ("GET", "chat/credit", "You do not have access permissions"),
    ("GET", "jobs/recordInfo", "Unauthorized"),
    ("GET", "veo/record-info", "Unauthorized"),
]


@pytest.mark.parametrize(("method", "path", "msg"), PRIVATE)
async def test_without_a_right_key_nothing_is_done(
    kie: RunningKie, method: str, path: str, msg: str
):
    await kie.sim("keys", key="old", is_revoked=True)
    for authorization in ("", KEY, "Bearer nobody", "Bearer old"):
        reply = await kie.client.request(
            method, f"{kie.api}/api/v1/{path}", headers={"Authorization": authorization}, json={}
        )
        assert reply.status_code == 200
        assert reply.json() == {"code": 401, "msg": msg, "data": None}


async def test_an_account_without_enough_credits_is_told_so(kie: RunningKie):
    await kie.sim("accounts/main", credits=39)
    url = await kie.upload(picture())
    assert (await kie.order(url))["code"] == 200
    assert await kie.order(url) == {
        "code": 402,
        "msg": "The current credits are insufficient. Please top up.",
        "data": None,
    }
    [account] = await kie.seen("accounts")
    assert account["credits"] == 19
    await kie.sim("accounts/main", credits=20)
    assert (await kie.order(url))["code"] == 200
    assert len(await kie.seen("tasks")) == 2


@pytest.mark.parametrize(("cap", "period_s"), [("hourly", 3600), ("daily", 86400), ("total", None)])
async def test_a_keys_cap_holds_for_its_period(kie: RunningKie, cap: str, period_s: int | None):
    await kie.sim("keys", key=KEY, **{f"{cap}_cap": 20})
    url = await kie.upload(picture())
    assert (await kie.order(url))["code"] == 200
    refused = await kie.order(url)
    assert (refused["code"], refused["data"]) == (433, None)
    assert refused["msg"] == (
        f"The current number of points used by apiKey has exceeded the {cap} limit"
    )
    await kie.pass_time(period_s or 40 * 86400)
    again = await kie.order(await kie.upload(picture()))
    assert again["code"] == (433 if period_s is None else 200)


async def test_a_failed_task_does_not_count_against_a_cap(kie: RunningKie):
    await kie.sim("keys", key=KEY, total_cap=20)
    await kie.sim("faults", kind="fail")
    await kie.task(picture())
    await kie.pass_time(22)
    await kie.task(picture())


async def create(kie: RunningKie) -> httpx.Response:
    return await kie.create({"model": "unknown", "input": {}})


async def test_twenty_tasks_in_ten_seconds_and_no_more(kie: RunningKie, wall: Wall):
    assert [(await create(kie)).json()["code"] for _ in range(20)] == [422] * 20
    refused = await create(kie)
    assert refused.status_code == 429
    assert refused.json() == {"code": 429, "msg": "Rate limit exceeded", "data": None}
    wall.seconds += 0.5
    assert (await create(kie)).json()["code"] == 422
    assert (await create(kie)).json()["code"] == 429
    wall.seconds += 10
    assert [(await create(kie)).json()["code"] for _ in range(21)] == [422] * 20 + [429]


async def test_all_keys_of_an_account_share_its_rate(kie: RunningKie):
    await kie.sim("keys", key="sister", account="main")
    for _ in range(20):
        await create(kie)
    headers = {"Authorization": "Bearer sister"}
    assert (await kie.create({}, headers=headers)).json()["code"] == 429


async def test_ten_questions_in_a_second_and_no_more(kie: RunningKie, wall: Wall):
    codes = [(await kie.look("none"))["code"] for _ in range(11)]
    assert codes == [422] * 10 + [429]
    wall.seconds += 0.11
    assert (await kie.look("none"))["code"] == 422


async def test_which_codes_are_http_statuses_can_be_switched(kie: RunningKie):
    await kie.sim("manners", http_codes=[401])
    reply = await kie.client.get(
        f"{kie.api}/api/v1/chat/credit", headers={"Authorization": "Bearer nobody"}
    )
    assert (reply.status_code, reply.json()["code"]) == (401, 401)
    replies = [await create(kie) for _ in range(21)]
    assert (replies[-1].status_code, replies[-1].json()["code"]) == (200, 429)


@pytest.mark.parametrize("agent", ["python-httpx/0.28.1", "Python/3.11 aiohttp/3.14.5", ""])
async def test_cloudflare_turns_libraries_away(kie: RunningKie, agent: str):
    url = f"{kie.api}/api/v1/chat/credit"
    reply = await kie.client.get(url, headers={"User-Agent": agent})
    assert (reply.status_code, reply.text) == (403, "error code: 1010")
    await kie.sim("manners", refuses_library_agents=False)
    reply = await kie.client.get(url, headers={"User-Agent": agent})
    assert reply.json() == {"code": 200, "msg": "success", "data": CREDITS}
