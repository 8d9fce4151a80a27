"""The client: one task for one submission, each call with the right key, and no secret told."""

import json
import traceback
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from structlog.testing import capture_logs

from contracts.orders import Format
from tests.kie_world import (
    GROK,
    KEY,
    OTHER_KEY,
    PHOTO,
    TASK_ID,
    TOKEN,
    VEO,
    VIDEO,
    WISH,
    FakeKie,
    FakeTime,
    accepted,
    client_of,
    envelope,
    finished,
    page,
    record,
    task_of,
)
from videogen.failures import ProviderCallError, Trouble
from videogen.kie import Failed, Finished, Running
from videogen.kie.models import Wish
from videogen.kie.routes import Route
from videogen.provider import Rejected, Submitted, SubmitUnknown

BOTH = f"{KEY}, {OTHER_KEY}"
NO_CREDITS = envelope(code=402, msg="The current credits are insufficient.")
VEO_WISH = Wish(PHOTO, "A slow orbit", 8, "720p", Format.VERTICAL)
HOOK = "https://bot.example/kie"


def veo_record(**fields):
    return envelope({"taskId": TASK_ID, **fields})


async def test_an_accepted_submission_names_its_task_and_its_key():
    kie = FakeKie(accepted())
    client = client_of(kie, kie_callback_url=f"{HOOK}/")
    outcome = await client.submit(GROK, WISH, callback_token=TOKEN)
    assert outcome == Submitted(task_of(client))
    [request] = kie.requests
    assert (request.method, str(request.url)) == (
        "POST",
        "https://api.kie.ai/api/v1/jobs/createTask",
    )
    assert kie.bodies[0]["callBackUrl"] == f"{HOOK}/{TOKEN}"
    assert kie.keys == [f"Bearer {KEY}"]


async def test_without_an_address_of_ours_no_callback_is_asked_for():
    kie = FakeKie(accepted())
    await client_of(kie).submit(GROK, WISH, callback_token=TOKEN)
    assert "callBackUrl" not in kie.bodies[0]


async def test_a_lost_reply_is_never_followed_by_another_submission():
    for lost in (httpx.ReadTimeout("silence"), page(502), envelope(code=500, msg="?")):
        kie = FakeKie(lost, accepted())
        outcome = await client_of(kie, kie_api_key=BOTH).submit(GROK, WISH, callback_token=TOKEN)
        assert type(outcome) is SubmitUnknown
        assert len(kie.requests) == 1


async def test_a_key_without_credits_is_followed_by_the_next_one():
    kie = FakeKie(NO_CREDITS, accepted())
    client = client_of(kie, kie_api_key=BOTH)
    outcome = await client.submit(GROK, WISH, callback_token=TOKEN)
    assert outcome.task.key_id == client.key_ids[1]
    assert kie.keys == [f"Bearer {KEY}", f"Bearer {OTHER_KEY}"]


async def test_a_refused_key_is_tried_last_until_it_has_rested():
    kie = FakeKie(NO_CREDITS, accepted(), accepted(), accepted())
    time = FakeTime()
    client = client_of(kie, time, kie_api_key=BOTH)
    for _ in range(2):
        await client.submit(GROK, WISH, callback_token=TOKEN)
    time.now_s += 301
    await client.submit(GROK, WISH, callback_token=TOKEN)
    assert [key[-3:] for key in kie.keys] == ["one", "two", "two", "one"]


async def test_when_all_keys_are_refused_the_last_reason_is_told():
    capped = envelope(code=433, msg="exceeded the daily limit")
    client = client_of(FakeKie(NO_CREDITS, capped), kie_api_key=BOTH)
    outcome = await client.submit(GROK, WISH, callback_token=TOKEN)
    assert type(outcome) is Rejected
    assert outcome.failure.trouble is Trouble.KEY_CAPPED


async def test_a_task_is_looked_at_and_fetched_with_the_key_that_made_it(tmp_path):
    fresh = envelope("https://files.example/fresh")
    film = httpx.Response(200, content=b"film")
    kie = FakeKie(NO_CREDITS, accepted(), finished(VIDEO), page(403), fresh, film)
    client = client_of(kie, kie_api_key=BOTH)
    task = (await client.submit(GROK, WISH, callback_token=TOKEN)).task
    view = await client.look(task)
    await client.fetch(task, view, tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").read_bytes() == b"film"
    used = [request.headers.get("authorization") for request in kie.requests]
    # Neither of the file's own addresses is shown a key.
    mine = f"Bearer {OTHER_KEY}"
    assert used == [f"Bearer {KEY}", mine, mine, None, mine, None]


def test_the_id_of_a_key_does_not_depend_on_its_place():
    one, two = (client_of(FakeKie(), kie_api_key=keys) for keys in (BOTH, OTHER_KEY))
    assert one.key_ids[1] == two.key_ids[0]
    assert not any(key_id in BOTH for key_id in one.key_ids)


@pytest.mark.parametrize("said", [f"Invalid key {KEY}", "x" * 293 + KEY])
async def test_a_key_that_is_said_back_reaches_no_log_and_no_error(said):
    replies = (envelope(code=422, msg=said), envelope(code=401, msg=said), page(500, said))
    for reply in replies:
        client = client_of(FakeKie(reply))
        with pytest.raises(ProviderCallError) as met:
            await client.look(task_of(client))
        told = "".join(traceback.format_exception(met.value))
        assert KEY[:7] not in told


async def test_a_running_task_is_running_whatever_its_word():
    for state in ("waiting", "queuing", "generating"):
        client = client_of(FakeKie(record(state, resultJson="", costTime=None)))
        assert await client.look(task_of(client)) == Running(state)
    client = client_of(FakeKie(record("pondering")))
    with capture_logs() as logs:
        assert await client.look(task_of(client)) == Running("pondering")
    assert [entry["state"] for entry in logs] == ["pondering"]


async def test_a_finished_task_tells_its_video_its_cost_and_its_times():
    param = json.dumps({"callBackUrl": f"{HOOK}/{TOKEN}", "input": '{"prompt":"…"}'})
    reply = finished(
        "ftp://odd",
        VIDEO,
        param=param,
        creditsConsumed=27.5,
        createTime=1_757_584_164_490,
        completeTime=1_757_584_253_490,
    )
    client = client_of(FakeKie(reply))
    assert await client.look(task_of(client)) == Finished(
        url=VIDEO,
        cost_credits=Decimal("27.5"),
        created_at=datetime(2025, 9, 11, 9, 49, 24, 490_000, tzinfo=UTC),
        ended_at=datetime(2025, 9, 11, 9, 50, 53, 490_000, tzinfo=UTC),
        callback_url=f"{HOOK}/{TOKEN}",
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"creditsConsumed": "many"},
        {"creditsConsumed": -1},
        {"creditsConsumed": True},
        {"createTime": "yesterday"},
        {"createTime": 10**30},
        {"param": "{"},
        {"param": 5},
        {"failCode": {}},
    ],
)
async def test_an_odd_incidental_field_does_not_cost_the_video(odd):
    client = client_of(FakeKie(finished(VIDEO, **odd)))
    assert await client.look(task_of(client)) == Finished(VIDEO, None)


async def test_an_older_name_of_the_cost_is_read():
    client = client_of(FakeKie(finished(VIDEO, consumeCredits=60)))
    assert (await client.look(task_of(client))).cost_credits == 60


@pytest.mark.parametrize(
    "data",
    [None, [], "text", {}, {"taskId": TASK_ID}, {"taskId": "another", "state": "success"}],
)
async def test_a_record_that_is_not_of_this_task_says_nothing_about_it(data):
    client = client_of(FakeKie(envelope(data)))
    with pytest.raises(ProviderCallError) as met:
        await client.look(task_of(client))
    assert met.value.failure.trouble is Trouble.UNREADABLE


async def test_trouble_with_looking_is_not_the_end_of_the_task():
    for reply in (page(502), envelope(code=401, msg="no"), httpx.ReadTimeout("silence")):
        client = client_of(FakeKie(reply))
        with pytest.raises(ProviderCallError):
            await client.look(task_of(client))


def called_back(url):
    return record("waiting", param=json.dumps({"callBackUrl": url}))


async def found(*replies):
    client = client_of(FakeKie(*replies), kie_api_key=BOTH, kie_callback_url=HOOK)
    task = await client.find(TASK_ID, Route.MARKET, callback_token=TOKEN)
    return task and client.key_ids.index(task.key_id)


async def test_a_task_that_a_callback_named_is_found_with_its_key():
    not_mine = envelope(code=422, msg="recordInfo is null")
    assert await found(called_back(f"{HOOK}/{TOKEN}")) == 0
    assert await found(not_mine, called_back(f"{HOOK}/{TOKEN}")) == 1
    assert await found(page(502), called_back(f"{HOOK}/{TOKEN}")) == 1
    assert await found(record("waiting")) == 0
    assert await found(not_mine, not_mine) is None


async def test_a_task_of_another_job_is_not_taken_for_this_one():
    assert await found(called_back(f"{HOOK}/{'u' * 32}")) is None


async def test_a_task_that_may_be_of_a_key_that_could_not_be_asked_is_not_called_missing():
    with pytest.raises(ProviderCallError, match="502"):
        await found(page(502), envelope(code=422, msg="recordInfo is null"))


async def test_veo_has_endpoints_of_its_own():
    kie = FakeKie(
        accepted(),
        veo_record(successFlag=0),
        veo_record(
            successFlag=1,
            paramJson=json.dumps({"callBackUrl": HOOK}),
            completeTime="2025-06-06 10:30:00",
            response={"resultUrls": [VIDEO], "originUrls": None},
            errorCode=None,
        ),
    )
    client = client_of(kie)
    task = (await client.submit(VEO, VEO_WISH, callback_token=TOKEN)).task
    assert task.route == Route.VEO
    assert await client.look(task) == Running("flag 0")
    assert await client.look(task) == Finished(VIDEO, None, callback_url=HOOK)
    assert [request.url.path for request in kie.requests] == [
        "/api/v1/veo/generate",
        "/api/v1/veo/record-info",
        "/api/v1/veo/record-info",
    ]


@pytest.mark.parametrize(
    ("fields", "trouble"),
    [
        ({"successFlag": 2, "errorCode": 400, "errorMessage": "Prompt violates content policies"},
         Trouble.CONTENT_REFUSED),
        ({"successFlag": 3, "errorCode": 501, "errorMessage": None}, Trouble.GENERATION_FAILED),
        ({"successFlag": 1, "response": {"resultUrls": []}}, Trouble.RESULT_EMPTY),
        ({"successFlag": 1, "response": None}, Trouble.RESULT_EMPTY),
    ],
)  # fmt: skip
async def test_a_task_of_veo_that_failed_has_its_row(fields, trouble):
    client = client_of(FakeKie(veo_record(**fields)))
    view = await client.look(task_of(client, Route.VEO))
    assert type(view) is Failed
    assert view.failure.trouble is trouble


async def test_the_balance_is_a_number():
    kie = FakeKie(envelope(812.5), envelope(None))
    client = client_of(kie)
    assert await client.credits(client.key_ids[0]) == Decimal("812.5")
    with pytest.raises(ProviderCallError, match="no number"):
        await client.credits(client.key_ids[0])


async def test_submissions_wait_for_their_turn():
    time = FakeTime()
    client = client_of(FakeKie(*[accepted() for _ in range(40)]), time)
    started_s = time.now_s
    for _ in range(40):
        await client.submit(GROK, WISH, callback_token=TOKEN)
    assert time.now_s - started_s >= 20


@pytest.mark.parametrize("token", ["", "short", "with/slash" * 4, "ж" * 20])
async def test_a_token_that_cannot_stand_in_an_address_is_a_bug(token):
    with pytest.raises(ValueError, match="token"):
        await client_of(FakeKie()).submit(GROK, WISH, callback_token=token)


@pytest.mark.parametrize(("name", "photo"), [("short", b"x"), ("../" * 9, b"x"), ("n" * 16, b"")])
async def test_an_upload_needs_bytes_and_a_name_that_is_hard_to_guess(name, photo):
    with pytest.raises(ValueError, match="16 to 80"):
        await client_of(FakeKie()).upload(photo, name=name)
