"""Whatever arrives is answered with a code, appends nothing, and stops nobody."""

import asyncio
import json
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import nats.errors
import pytest

from contracts import topology
from contracts.bus import NoAnswerError, PermissionViolationError, ask, backlog_of, declare, tail_of
from contracts.ids import job_id_of
from contracts.messages import (
    REPLY,
    Deduct,
    Done,
    OpenAccount,
    Refusal,
    TopUp,
)
from contracts.topology import Endpoint, Service
from ledger.__main__ import main as console
from tests.eventually import eventually

ME = "tg:1"
OTHER = "tg:2"
NOBODY = "tg:404"
DIGEST = "a" * 64
DRAFT = UUID(int=7)
MINE = job_id_of(ME, DRAFT, 0, 0)
NEVER = UUID(int=404)
MB = 1024 * 1024

HEAD = {"account": ME, "correlation_id": "c"}
GRANT = {**HEAD, "grant_id": "bad", "credits": 1, "reason": "promo"}
ORDER = {
    **HEAD,
    "draft_id": str(UUID(int=9)),
    "revision": 0,
    "price_credits": 1,
    "order_digests": [DIGEST],
}
CALLERS = {topology.TOP_UP: Service.OPERATOR, topology.START: Service.VIDEOGEN}


class World:
    """A ledger with two accounts; mine has two credits and one job."""

    def __init__(self, buses, pool):
        self.buses, self.pool = buses, pool

    async def open(self):
        for account in (ME, OTHER):
            message = OpenAccount(account=account, correlation_id="c", terms_version="1")
            await eventually(lambda message=message: self._opened(message), within_s=15)
        grant = TopUp(**HEAD, grant_id="first", credits=2, reason="promo")
        await ask(self.buses[Service.OPERATOR], topology.TOP_UP, grant, Done)
        order = Deduct(**HEAD, draft_id=DRAFT, revision=0, price_credits=1, order_digests=(DIGEST,))
        done = await ask(self.buses[Service.BOT], topology.DEDUCT, order, Done)
        assert done.job_ids == (MINE,)

    async def say(self, endpoint: Endpoint, body: bytes | dict, account: str = ME):
        """Send a body as it is and return `code:field` of its refusal, or the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        bus = self.buses[CALLERS.get(endpoint, Service.BOT)]
        reply = await bus.client.request(endpoint.subject(account), data, timeout=5)
        answer = REPLY.validate_json(reply.data)
        if isinstance(answer, Refusal):
            return f"{answer.code}:{answer.field}" if answer.field else str(answer.code)
        return answer

    @asynccontextmanager
    async def appending_nothing(self):
        """In the end the log holds what it held, and the next good command is done."""
        before = await self.pool.fetchval("SELECT count(*) FROM ledger.events")
        yield
        assert await self.pool.fetchval("SELECT count(*) FROM ledger.events") == before
        grant = {**GRANT, "grant_id": str(uuid4())}
        assert isinstance(await self.say(topology.TOP_UP, grant), Done)

    async def _opened(self, message):
        try:
            return await ask(self.buses[Service.BOT], topology.OPEN_ACCOUNT, message, Done)
        except NoAnswerError:
            return None


@pytest.fixture
async def world(connect, ledger, pool):
    buses = {service: await connect(service) for service in Service}
    await declare(buses[Service.VIDEOGEN])
    world = World(buses, pool)
    await world.open()
    return world


def with_number(body, name, written):
    """Return the JSON of `body` with a number written as no library would."""
    return json.dumps({**body, name: "HERE"}).replace('"HERE"', written).encode()


NO_AMOUNTS = [
    *("0", "-1", "-0", "1000001", "9" * 30, "9" * 5_000, "1e999"),
    *("1.5", "1.0", "1e3", "0.1", "NaN", "Infinity", "-Infinity"),
    *('"5"', '"five"', '""', "true", "false", "null", "[1]", "{}", '"١"'),
]


@pytest.mark.parametrize(
    ("endpoint", "body", "name"),
    [(topology.TOP_UP, GRANT, "credits"), (topology.DEDUCT, ORDER, "price_credits")],
)
async def test_what_is_no_whole_positive_amount_is_refused(world, endpoint, body, name):
    async with world.appending_nothing():
        said = {
            written: await world.say(endpoint, with_number(body, name, written))
            for written in NO_AMOUNTS
        }
    unreadable = {"9" * 5_000}  # no JSON reader takes so many digits
    expected = {
        written: "malformed:body" if written in unreadable else f"malformed:{name}"
        for written in NO_AMOUNTS
    }
    assert said == expected


async def test_a_revision_and_an_order_are_what_they_should_be(world):
    cases = {
        "revision -1": with_number(ORDER, "revision", "-1"),
        "revision true": with_number(ORDER, "revision", "true"),
        "revision 1.0": with_number(ORDER, "revision", "1.0"),
        "revision of a thousand digits": with_number(ORDER, "revision", "9" * 1_000),
        "no digests": json.dumps({**ORDER, "order_digests": []}).encode(),
        "11 digests": json.dumps({**ORDER, "order_digests": [DIGEST] * 11}).encode(),
        "a long digest": json.dumps({**ORDER, "order_digests": [DIGEST + "a"]}).encode(),
        "a draft that is no UUID": json.dumps({**ORDER, "draft_id": "../../etc"}).encode(),
    }
    async with world.appending_nothing():
        said = {name: await world.say(topology.DEDUCT, body) for name, body in cases.items()}
    named = ["revision"] * 4 + ["order_digests"] * 3 + ["draft_id"]
    assert list(said.values()) == [f"malformed:{field}" for field in named]


async def test_an_unknown_account_has_nothing_to_give_or_take(world):
    nobody = {"account": NOBODY}
    async with world.appending_nothing():
        assert await world.say(topology.TOP_UP, {**GRANT, **nobody}, NOBODY) == "account_unknown"
        assert await world.say(topology.DEDUCT, {**ORDER, **nobody}, NOBODY) == "account_unknown"
        assert await world.say(topology.BALANCE, nobody, NOBODY) == "account_unknown"


async def test_a_job_that_never_was_or_is_anothers_has_no_start_and_no_end(world):
    said = []
    async with world.appending_nothing():
        for account, job_id in ((ME, NEVER), (OTHER, MINE), (NOBODY, MINE)):
            body = {"account": account, "correlation_id": "c", "job_id": str(job_id)}
            said += [
                await world.say(topology.START, body, account),
                await world.say(topology.CANCEL, body, account),
                await world.say(topology.DELIVER, {**body, "outcome": "sent"}, account),
            ]
    assert said == ["job_unknown"] * 9


async def test_a_fact_about_a_job_that_never_was_or_is_anothers_is_set_aside(world):
    ready = {"video_digest": DIGEST, "size_bytes": 1, "duration_ms": 1, "width": 1, "height": 1}
    facts = {"video_ready": ready, "video_failed": {"reason": "internal"}}
    bus = world.buses[Service.VIDEOGEN]
    async with world.appending_nothing():
        for name, content in facts.items():
            for account, job_id in ((ME, NEVER), (OTHER, MINE)):
                head = {"account": account, "job_id": str(job_id)}
                fact = {**head, "occurred_at": "2026-11-23T12:00:00Z", **content}
                subject = topology.videogen_event(name, account)
                await bus.publish(subject, json.dumps(fact).encode(), message_id=str(uuid4()))
        ledger = world.buses[Service.LEDGER]
        assert await eventually(lambda: _none_waits(ledger))
        assert (await tail_of(ledger, topology.SET_ASIDE)).sequence >= 4


async def test_nobody_chooses_job_ids_or_speaks_a_later_version(world):
    cases = {
        "job_ids": (topology.DEDUCT, {**ORDER, "job_ids": [str(MINE)]}),
        "job_id": (topology.DEDUCT, {**ORDER, "job_id": str(NEVER)}),
        "version": (topology.TOP_UP, {**GRANT, "version": 2}),
        "debt": (topology.TOP_UP, {**GRANT, "debt": 5}),
        "price": (topology.START, {**HEAD, "job_id": str(MINE), "price": 0}),
    }
    async with world.appending_nothing():
        said = {name: await world.say(*case) for name, case in cases.items()}
    assert said == {name: f"malformed:{name}" for name in cases}


async def test_an_endpoint_that_nobody_knows_is_closed_to_every_caller(world, connect):
    """The server says so to the caller, whose own service then ends loudly."""
    stranger = Endpoint("annul", "cmd", frozenset(Service))
    bus = await connect(Service.BOT)
    async with world.appending_nothing():
        with pytest.raises(NoAnswerError):
            await ask(bus, stranger, OpenAccount(**HEAD, terms_version="1"), Done, 0.5)
        with pytest.raises(PermissionViolationError):
            await bus.watch(asyncio.Event())


STRINGS = {
    topology.TOP_UP: (GRANT, ("correlation_id", "grant_id", "reason")),
    topology.OPEN_ACCOUNT: ({**HEAD, "terms_version": "1"}, ("terms_version",)),
    topology.DEDUCT: (ORDER, ("correlation_id", "draft_id")),
}
NO_STRINGS = {
    "NUL": r'"a\u0000b"',
    "only NUL": r'"\u0000"',
    "half a character": r'"\ud800"',
    "newline at the end": r'"1\n"',
    "right to left": r'"\u202e1"',
    "digits of another script": '"١٢"',
    "wildcards": '"*.>"',
    "SQL": '"\'; DROP TABLE ledger.events; --"',
    "65 characters": f'"{"a" * 65}"',
    "empty": '""',
    "number": "5",
}


@pytest.mark.parametrize("endpoint", STRINGS, ids=lambda endpoint: endpoint.name)
async def test_text_that_is_no_plain_token_is_refused(world, endpoint):
    body, names = STRINGS[endpoint]
    said, expected = {}, {}
    async with world.appending_nothing():
        for name in (*names, "account"):
            for case, written in NO_STRINGS.items():
                said[name, case] = await world.say(endpoint, with_number(body, name, written))
                unreadable = case == "half a character"
                expected[name, case] = "malformed:body" if unreadable else f"malformed:{name}"
    assert said == expected


GOOD = json.dumps(GRANT).encode()
BOMBS = {
    "invalid UTF-8": GOOD.replace(b"promo", b"\xff\xfe"),
    "overlong UTF-8": GOOD.replace(b"promo", b"\xc0\xae"),
    "UTF-16": json.dumps(GRANT).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "a NUL behind it": GOOD + b"\x00",
    "two documents": GOOD + GOOD,
    "nested lists": b"[" * 60_000,
    "nested lists that close": b"[" * 30_000 + b"]" * 30_000,
    "nested objects": b'{"a":' * 12_000,
    "nested in a field": GOOD.replace(b'"promo"', b"[" * 20_000 + b"]" * 20_000),
    "one byte more than 64 KB": GOOD + b" " * (64 * 1024 + 1 - len(GOOD)),
    "nearly what the server carries": b" " * (MB - 1_000),
}


async def test_a_body_that_is_no_command_is_refused(world):
    async with world.appending_nothing():
        said = {name: await world.say(topology.TOP_UP, body) for name, body in BOMBS.items()}
    assert said == dict.fromkeys(BOMBS, "malformed:body")


async def test_of_a_field_that_stands_twice_no_half_is_used(world):
    """JSON allows it and the last one counts; the subject still names the account."""
    twice = b'{"account": "tg:2", ' + GOOD[1:]
    async with world.appending_nothing():
        assert await world.say(topology.TOP_UP, twice, OTHER) == "malformed:account"


async def test_an_account_on_the_subject_of_another_is_refused(world):
    bodies = {
        topology.TOP_UP: GRANT,
        topology.DEDUCT: ORDER,
        topology.CANCEL: {**HEAD, "job_id": str(MINE)},
        topology.START: {**HEAD, "job_id": str(MINE)},
        topology.DELIVER: {**HEAD, "job_id": str(MINE), "outcome": "sent"},
        topology.BALANCE: {"account": ME},
        topology.HISTORY: {"account": ME},
        topology.JOB: {"account": ME, "job_id": str(MINE)},
    }
    async with world.appending_nothing():
        for endpoint, body in bodies.items():
            for subject in (OTHER, topology.NO_ACCOUNT, "tg"):
                assert await world.say(endpoint, body, subject) == "malformed:account", endpoint


async def test_two_megabytes_are_not_carried_and_the_service_goes_on(world, connect):
    grant = TopUp.model_construct(**{**GRANT, "reason": "a" * 2 * MB})
    async with world.appending_nothing():
        with pytest.raises(NoAnswerError, match="MaxPayload"):
            await ask(world.buses[Service.OPERATOR], topology.TOP_UP, grant, Done)
        rude = await connect(Service.OPERATOR)
        rude.client._max_payload = 8 * MB  # a client that does not look at the server's limit
        with pytest.raises((NoAnswerError, nats.errors.Error)):
            await ask(rude, topology.TOP_UP, grant, Done, 1.0)


MOMENTS = {
    "1970-01-01T00:00:00Z": "too_late",
    "0001-01-01T00:00:00+14:00": "malformed:not_after",
    "9999-12-31T23:59:59-14:00": "malformed:not_after",
    "2026-11-23T12:00:00": "malformed:not_after",
    "2026-02-30T12:00:00Z": "malformed:not_after",
    "soon": "malformed:not_after",
    "": "malformed:not_after",
}


async def test_a_moment_that_no_clock_shows_is_refused(world):
    async with world.appending_nothing():
        said = {
            moment: await world.say(topology.TOP_UP, {**GRANT, "not_after": moment})
            for moment in MOMENTS
        }
    assert said == MOMENTS


@pytest.mark.parametrize(
    "amount",
    [
        "nan",
        "inf",
        "1e3",
        "1_000",
        "+5",
        " 5",
        "0x10",
        "True",
        "٥",
        "5.0",
        "",
        "9" * 40,
        "-0",
        "1\n",
    ],
)
def test_the_console_takes_whole_amounts_only(amount, database, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", database.service)
    with pytest.raises(SystemExit) as ended:
        console(["grant", ME, amount, "--reason", "promo"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1


async def _none_waits(bus):
    return await backlog_of(bus, topology.LEDGER_OUTCOMES) == 0
