"""Every row of the failure table, provoked by what KIE really says and does."""

import httpx
import pytest

from contracts.messages import FailureReason
from tests.kie_world import (
    GROK,
    PHOTO,
    TASK_ID,
    TOKEN,
    VIDEO,
    WISH,
    FakeKie,
    client_of,
    envelope,
    page,
    record,
    task_of,
)
from videogen.failures import ROWS, TABLE, ProviderCallError, Trouble, Whose
from videogen.kie import Failed, Finished, NotVisible
from videogen.kie.fetching import fetch_file
from videogen.kie.routes import Route
from videogen.provider import Rejected, SubmitUnknown, Task

GONE = "The page does not exist or is not published"
SUBMISSIONS = [
    # What comes back, the row, whether it is certain that no task was made.
    (envelope(code=422, msg="Incorrect image format."), Trouble.PHOTO_REFUSED, True),
    (
        envelope(code=400, msg="Your prompt was flagged by Website as violating content policies."),
        Trouble.CONTENT_REFUSED,
        True,
    ),
    (envelope(code=401, msg="You do not have access permissions"), Trouble.KEY_REFUSED, True),
    (envelope(code=401, msg="Unauthorized", status=401), Trouble.KEY_REFUSED, True),
    (envelope(code=403, msg="IP not allowed"), Trouble.KEY_REFUSED, True),
    (envelope(code=433, msg="exceeded the daily limit"), Trouble.KEY_CAPPED, True),
    (envelope(code=402, msg="The current credits are insufficient."), Trouble.BALANCE_EMPTY, True),
    (envelope(code=429, msg="Credits insufficient", status=429), Trouble.BALANCE_EMPTY, True),
    (envelope(code=422, msg=GONE), Trouble.MODEL_GONE, True),
    (envelope(code=505, msg="Feature Disabled"), Trouble.MODEL_GONE, True),
    (envelope(code=404, msg="Not Found"), Trouble.ADDRESS_WRONG, True),
    (page(404), Trouble.ADDRESS_WRONG, True),
    (envelope(code=422, msg="the input cannot be null"), Trouble.REQUEST_REFUSED, True),
    (envelope(code=422, msg="duration must be a string"), Trouble.REQUEST_REFUSED, True),
    (envelope(code=429, msg="Rate limit exceeded"), Trouble.RATE_LIMITED, True),
    (envelope(code=429, msg="Rate limit exceeded", status=429), Trouble.RATE_LIMITED, True),
    (page(429), Trouble.RATE_LIMITED, True),
    (
        envelope(code=422, msg="Reached the limit for concurrent generations."),
        Trouble.BUSY,
        True,
    ),
    (envelope(code=455, msg="Service Unavailable"), Trouble.MAINTENANCE, True),
    (page(403, "error code: 1010"), Trouble.EDGE_BLOCKED, True),
    (httpx.ConnectError("refused"), Trouble.UNREACHABLE, True),
    (httpx.ConnectTimeout("slow"), Trouble.UNREACHABLE, True),
    (httpx.ProxyError("no"), Trouble.UNREACHABLE, True),
    (envelope(code=451, msg="Failed to fetch the image."), Trouble.UPLOAD_NOT_FETCHED, True),
    (page(502), Trouble.EDGE_FAILED, False),
    (page(503), Trouble.EDGE_FAILED, False),
    (page(524), Trouble.EDGE_FAILED, False),
    (envelope(code=500, msg="Server Error"), Trouble.SERVER_FAILED, False),
    (envelope(code=550, msg="denied"), Trouble.SERVER_FAILED, False),
    # The words name the content, but a server that fails proves nothing.
    (envelope(code=500, msg="Inappropriate content detected"), Trouble.SERVER_FAILED, False),
    (envelope(code=408, msg="Upstream is experiencing issues"), Trouble.UPSTREAM_SILENT, False),
    (httpx.ReadTimeout("silence"), Trouble.NO_REPLY, False),
    (httpx.WriteTimeout("stuck"), Trouble.NO_REPLY, False),
    (httpx.ReadError("reset"), Trouble.NO_REPLY, False),
    (httpx.RemoteProtocolError("hung up"), Trouble.NO_REPLY, False),
    (envelope(code=501, msg="generation failed"), Trouble.GENERATION_FAILED, False),
    (page(200), Trouble.UNREADABLE, False),
    (envelope({"id": 7}), Trouble.UNREADABLE, False),
    (httpx.Response(200, json=[]), Trouble.UNREADABLE, False),
    (envelope(code=299, msg="?"), Trouble.UNSORTED, False),
    (envelope({"taskId": TASK_ID}, status=401), Trouble.UNSORTED, False),
    (page(302), Trouble.UNSORTED, False),
]
TASKS = [
    ("422", "Unsupported width or height. Please adjust and try again.", Trouble.PHOTO_REFUSED),
    ("500", "Incorrect image format.", Trouble.PHOTO_REFUSED),
    ("422", "CONTENT_POLICY_BLOCKED: the input was flagged as sensitive.", Trouble.CONTENT_REFUSED),
    ("", "public error unsafe image upload.", Trouble.CONTENT_REFUSED),
    ("500", "Your prompt was caught by our AI moderator.", Trouble.CONTENT_REFUSED),
    ("400", "Only English prompts are supported at this time.", Trouble.REQUEST_REFUSED),
    ("422", "something about a field", Trouble.REQUEST_REFUSED),
    ("500", "Reached the limit for concurrent generations.", Trouble.BUSY),
    ("500", "Internal Error, Please try again later.", Trouble.SERVER_FAILED),
    (500, "Internal Error - Timeout", Trouble.SERVER_FAILED),
    ("501", "", Trouble.GENERATION_FAILED),
    ("408", "no result", Trouble.UPSTREAM_SILENT),
    ("402", "", Trouble.BALANCE_EMPTY),
    (None, None, Trouble.UNSORTED),
    ("odd", "Your account was flagged", Trouble.UNSORTED),
]
ELSEWHERE = {
    Trouble.KEY_MISSING,
    Trouble.TASK_NOT_VISIBLE,
    Trouble.RESULT_GONE,
    Trouble.RESULT_EMPTY,
    Trouble.RESULT_TOO_LARGE,
    # By an upload, in the tests of the provider.
    Trouble.UPLOAD_FAILED,
}


@pytest.mark.parametrize(("reply", "trouble", "is_certain"), SUBMISSIONS)
async def test_what_a_submission_meets_has_its_row(reply, trouble, is_certain):
    outcome = await client_of(FakeKie(reply)).submit(GROK, WISH, callback_token=TOKEN)
    assert type(outcome) is (Rejected if is_certain else SubmitUnknown)
    assert outcome.failure is TABLE[trouble]


@pytest.mark.parametrize(("code", "said", "trouble"), TASKS)
async def test_what_a_task_ended_with_has_its_row(code, said, trouble):
    client = client_of(FakeKie(record("fail", failCode=code, failMsg=said, creditsConsumed=0)))
    view = await client.look(task_of(client))
    assert type(view) is Failed
    assert view.failure is TABLE[trouble]
    assert view.cost_credits == 0


async def test_a_task_of_a_key_that_is_gone_is_the_operators_trouble():
    task = Task(provider="kie", task_id=TASK_ID, key_id="00000000", route=Route.MARKET)
    kie = FakeKie()
    with pytest.raises(ProviderCallError) as met:
        await client_of(kie).look(task)
    assert met.value.failure is TABLE[Trouble.KEY_MISSING]
    assert kie.requests == []


@pytest.mark.parametrize(
    "reply",
    [
        envelope(code=422, msg="recordInfo is null"),
        envelope(code=422, msg="record is null."),
        envelope(code=404, msg="Task not found", status=404),
    ],
)
async def test_a_task_that_is_not_visible_yet_is_no_failure(reply):
    client = client_of(FakeKie(reply))
    assert await client.look(task_of(client)) == NotVisible()


@pytest.mark.parametrize("result", [None, "", "{}", "not json", '{"resultUrls":[]}', "[]", 7])
@pytest.mark.parametrize("url", [None, "ftp://files.example/x", ""])
async def test_a_success_without_a_video_is_a_failure(result, url):
    if url is not None:
        result = {"resultUrls": [url]}
    client = client_of(FakeKie(record("success", resultJson=result)))
    view = await client.look(task_of(client))
    assert type(view) is Failed
    assert view.failure is TABLE[Trouble.RESULT_EMPTY]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_video_that_is_gone_twice_is_gone(tmp_path, status):
    kie = FakeKie(page(status), envelope("https://files.example/fresh"), page(status))
    client = client_of(kie)
    with pytest.raises(ProviderCallError) as met:
        await client.fetch(task_of(client), Finished(VIDEO, None), tmp_path / "film.mp4")
    assert met.value.failure is TABLE[Trouble.RESULT_GONE]


@pytest.mark.parametrize("length", ["11", None])
async def test_a_video_over_the_limit_is_not_kept(tmp_path, length):
    def reply(request):
        headers = {"content-length": length} if length else {}
        return httpx.Response(200, stream=httpx.ByteStream(b"x" * 11), headers=headers)

    client = httpx.AsyncClient(transport=httpx.MockTransport(reply))
    with pytest.raises(ProviderCallError) as met:
        await fetch_file(client, VIDEO, tmp_path / "film.mp4", limit_s=5, size_bytes_max=10)
    assert met.value.failure is TABLE[Trouble.RESULT_TOO_LARGE]
    assert list(tmp_path.iterdir()) == []


def test_every_row_is_provoked_by_a_test():
    provoked = {row[1] for row in SUBMISSIONS} | {row[2] for row in TASKS} | ELSEWHERE
    assert provoked == set(Trouble) == set(TABLE)
    assert len(ROWS) == len(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.trouble))
def test_a_row_keeps_the_rules_of_the_table(row):
    blames = row.reason in (FailureReason.PHOTO_UNREADABLE, FailureReason.CONTENT_REJECTED)
    assert blames == (row.whose is Whose.PERSON)
    if row.whose is Whose.PERSON:
        assert not row.retry_delays_s
        assert not row.alerts
    if row.whose is Whose.OPERATOR:
        assert row.alerts
        assert not row.retry_delays_s
    if row.whose is Whose.UNKNOWN:
        assert row.alerts
        assert row.reason is FailureReason.INTERNAL
        assert not row.is_rejection
    # Whoever would try another key has to be sure that this one made no task.
    assert row.is_rejection or not row.another_key_may_do
    # All waits together leave a job enough of its fifteen minutes.
    assert sum(row.retry_delays_s) <= 120


async def test_a_photo_by_its_address_at_telegram_cannot_be_asked_for():
    with pytest.raises(ValueError, match="secret"):
        type(PHOTO)("https://api.telegram.org/file/bot1:a/photos/1.jpg")
