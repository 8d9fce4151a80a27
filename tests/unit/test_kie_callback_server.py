"""Callbacks over real HTTP: only KIE's own get through, and none of them can do harm."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.eventually import eventually
from tests.kie_fixture import PLAIN
from tests.kie_world import KEY, OTHER_KEY, TASK_ID, settings_of
from videogen.failures import ProviderCallError, Trouble
from videogen.kie.callback_server import HINTS_MAX, hearing_callbacks
from videogen.kie.callbacks import BODY_BYTES_MAX, signature_of
from videogen.kie.tokens import tokens_of

JOB_ID = UUID(int=5)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
HMAC_KEY = "signing-key"
TOKEN = tokens_of(settings_of()).token_of(JOB_ID)
BODY = json.dumps({"code": 200, "data": {"taskId": TASK_ID}})


class Heard:
    """Keeps the hints; raises what it was given, in turn."""

    def __init__(self):
        self.hints = []
        self.troubles = []

    async def __call__(self, job_id, task_id):
        self.hints.append((job_id, task_id))
        if self.troubles:
            raise self.troubles.pop(0)


@asynccontextmanager
async def caller(heard, sleep=asyncio.sleep, **values):
    settings = settings_of(kie_callback_port=0, **values)
    async with (
        hearing_callbacks(settings, heard, lambda: NOW, sleep=sleep) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=PLAIN) as client,
    ):
        yield client


async def test_a_callback_is_answered_and_then_followed():
    heard = Heard()
    async with caller(heard) as client:
        assert (await client.post(f"/{TOKEN}", content=BODY)).status_code == 200
        await eventually(lambda: heard.hints)
        # A proxy may leave its own path before the token.
        assert (await client.post(f"/bot/kie/{TOKEN}", content=BODY)).status_code == 200
        await eventually(lambda: len(heard.hints) == 2)
    assert set(heard.hints) == {(JOB_ID, TASK_ID)}


async def test_the_answer_does_not_wait_for_what_follows():
    never = asyncio.Event()

    async def heard(*_):
        await never.wait()

    async with caller(heard) as client:
        answers = [await client.post(f"/{TOKEN}", content=BODY) for _ in range(HINTS_MAX + 1)]
    # One caller too many is asked to call again, and all of this ends with the server.
    assert [answer.status_code for answer in answers] == [200] * HINTS_MAX + [503]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nobody",
        f"/{TOKEN[:-1]}",
        f"/{TOKEN}x",
        f"/{TOKEN}/",
        f"/{UUID(int=6).hex}-{TOKEN.partition('-')[2]}",
        f"/{JOB_ID.hex}-{'0' * 32}",
        "/" + tokens_of(settings_of(kie_api_key=OTHER_KEY)).token_of(JOB_ID),
    ],
)
async def test_whoever_does_not_know_the_token_finds_nothing(path):
    heard = Heard()
    async with caller(heard) as client:
        assert (await client.post(path, content=BODY)).status_code == 404
    assert heard.hints == []


async def test_only_a_post_is_a_callback():
    async with caller(Heard()) as client:
        assert (await client.get(f"/{TOKEN}")).status_code == 405


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 400), ("{", 400), ("{}", 400), ("x" * (BODY_BYTES_MAX + 1), 413)],
)
async def test_a_body_that_names_no_task_is_refused(body, status):
    heard = Heard()
    async with caller(heard) as client:
        assert (await client.post(f"/{TOKEN}", content=body)).status_code == status
    assert heard.hints == []


@pytest.mark.parametrize(
    ("age_s", "key", "status"),
    [(0, HMAC_KEY, 200), (0, "another", 401), (600, HMAC_KEY, 401), (None, HMAC_KEY, 401)],
)
async def test_with_a_key_of_ours_only_a_fresh_signature_counts(age_s, key, status):
    heard = Heard()
    headers = {}
    if age_s is not None:
        stamp = str(int(NOW.timestamp()) - age_s)
        signature = signature_of(TASK_ID, stamp, SecretStr(key))
        headers = {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": signature}
    async with caller(heard, kie_callback_hmac_key=HMAC_KEY) as client:
        answer = await client.post(f"/{TOKEN}", content=BODY, headers=headers)
        assert answer.status_code == status
        if status == 200:
            await eventually(lambda: heard.hints)
    assert len(heard.hints) == (status == 200)


async def test_what_could_not_be_asked_is_asked_again():
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    heard = Heard()
    heard.troubles = [ProviderCallError(Trouble.EDGE_FAILED), ProviderCallError(Trouble.BUSY)]
    async with caller(heard, sleep) as client:
        await client.post(f"/{TOKEN}", content=BODY)
        await eventually(lambda: len(heard.hints) == 3)
    assert waited == [2, 20]


async def test_a_hint_that_fails_does_not_end_the_others():
    heard = Heard()
    heard.troubles = [RuntimeError("a bug")]
    async with caller(heard) as client:
        with capture_logs() as logs:
            await client.post(f"/{TOKEN}", content=BODY)
            await client.post(f"/{TOKEN}", content=BODY)
            await eventually(lambda: len(heard.hints) == 2)
    assert [entry["log_level"] for entry in logs] == ["error"]


async def test_no_token_and_no_key_is_ever_logged(caplog):
    with capture_logs() as logs:
        async with caller(Heard(), kie_callback_hmac_key=HMAC_KEY) as client:
            await client.post(f"/{TOKEN}", content=BODY)
            await client.post(f"/{TOKEN}", content="{")
    told = repr(logs) + caplog.text.replace(str(client.base_url), "")
    ours = [line for line in told.splitlines() if "HTTP Request" not in line]
    for secret in (TOKEN.partition("-")[2], KEY, HMAC_KEY):
        assert not [line for line in ours if secret in line]


async def test_without_a_port_nothing_listens():
    async with hearing_callbacks(settings_of(), Heard(), lambda: NOW) as port:
        assert port is None


def test_a_secret_of_its_own_outlives_the_keys():
    before, after = (
        tokens_of(settings_of(kie_api_key=key, kie_callback_secret="kept")).token_of(JOB_ID)
        for key in (KEY, OTHER_KEY)
    )
    assert before == after != TOKEN
    assert tokens_of(settings_of(kie_api_key=f"{KEY},{OTHER_KEY}")).token_of(JOB_ID) == TOKEN


def test_a_token_fits_into_an_address_and_tells_its_job():
    tokens = tokens_of(settings_of())
    assert tokens.job_of(TOKEN) == JOB_ID
    assert len(TOKEN) <= 128
    assert KEY not in TOKEN
