"""The log's contract, the same for the real one and for the double of the other tests."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import asyncpg
import pytest
from msgspec.structs import replace

from ledger.domain.account import Account, evolve, fold
from ledger.domain.events import AccountEvent, AccountOpened, Deducted, Refunded, ToppedUp
from ledger.domain.keys import account_key, closed_key, deducted_key, key_of
from ledger.domain.rules import Rules
from ledger.log import (
    Change,
    EventLog,
    LogDivergedError,
    LogMovedError,
    LogUnreachableError,
    Recorded,
)
from ledger.log.postgres import PostgresEventLog
from ledger.service import open_ledger
from tests.chained_rows import tamper
from tests.eventually import eventually
from tests.memory_log import NOON, MemoryEventLog
from tests.story import (
    CANCEL,
    COMPLETE,
    DEDUCT,
    FAIL,
    JOB,
    ME,
    OPEN,
    PERSON,
    REQUEST,
    SETTLE,
    START,
    TOP_UP_2,
)

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
OPENED = AccountOpened(originator_id=ME, originator_version=1, terms_version="1")
BONUS = ToppedUp(
    originator_id=ME,
    originator_version=2,
    grant_id="welcome",
    credits=1,
    reason="welcome_bonus",
    to_debt=0,
)


@pytest.fixture(params=["memory", "postgres"])
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryEventLog()
    return request.getfixturevalue("event_log")


async def state_of(log: EventLog, account_id: str) -> Account:
    return (await log.load([account_id])).accounts[account_id]


async def append(
    log: EventLog, account: Account, events: Sequence[AccountEvent], not_after=None
) -> Sequence[Recorded]:
    """Append events of one account as if they had been decided on `account`."""
    changes, after = [], account
    for event in events:
        after = evolve(after, event)
        changes.append(Change(key=key_of(event), event=event, after=after, origin=PERSON))
    return await log.append(changes, {account.account_id: account.version}, not_after)


async def opened(log: EventLog, account_id: str) -> Account:
    events = [
        AccountOpened(originator_id=account_id, originator_version=1, terms_version="1"),
        ToppedUp(
            originator_id=account_id,
            originator_version=2,
            grant_id="g",
            credits=1,
            reason="r",
            to_debt=0,
        ),
    ]
    await append(log, await state_of(log, account_id), events)
    return await state_of(log, account_id)


def deducted(account_id: str) -> Deducted:
    return Deducted(
        originator_id=account_id,
        originator_version=3,
        job_id=JOB,
        credits=1,
        order_digest="a" * 64,
        index=0,
        count=1,
        deadline_at=NOON + timedelta(minutes=15),
    )


async def test_an_append_is_read_back_with_the_state_that_it_made(log):
    nobody = await state_of(log, ME)
    assert nobody == Account(account_id=ME)
    appended = await append(log, nobody, [OPENED, BONUS])
    assert [one.position for one in appended] == [1, 2]
    assert [one.balance_after for one in appended] == [0, 1]
    loaded = await log.load([ME], [account_key(ME), closed_key(JOB)])
    assert loaded.accounts == {ME: fold(ME, [OPENED, BONUS])}
    assert loaded.events == {account_key(ME): appended[0]}


async def test_a_stale_append_is_refused_and_says_whose(log):
    nobody = await state_of(log, ME)
    await append(log, nobody, [OPENED])
    with pytest.raises(LogMovedError) as moved:
        await append(log, nobody, [OPENED])
    assert list(moved.value.accounts) == [ME]
    assert (await state_of(log, ME)).version == 1


async def test_an_append_to_an_older_version_is_refused_though_its_events_would_fit(log):
    account = await opened(log, ME)
    changes = [
        Change(
            key=deducted_key(JOB),
            event=deducted(ME),
            after=evolve(account, deducted(ME)),
            origin=PERSON,
        )
    ]
    with pytest.raises(LogMovedError) as moved:
        await log.append(changes, {ME: account.version - 1})
    assert list(moved.value.accounts) == [ME]
    assert await state_of(log, ME) == account


async def test_a_key_of_another_account_is_refused_with_everything_beside_it(log):
    await append(log, await opened(log, ME), [deducted(ME)])
    other = await opened(log, "tg:2")
    with pytest.raises(LogMovedError) as moved:
        await append(log, other, [deducted("tg:2")])
    assert list(moved.value.keys) == [deducted_key(JOB)]
    assert await state_of(log, "tg:2") == other


async def test_nothing_is_appended_after_its_time(log):
    account = await opened(log, ME)
    now = await log.now()
    with pytest.raises(LogMovedError):
        await append(log, account, [deducted(ME)], not_after=now - timedelta(milliseconds=1))
    assert await state_of(log, ME) == account
    await append(log, account, [deducted(ME)], not_after=now + timedelta(minutes=1))


async def test_an_order_is_read_with_all_of_its_events(log):
    async with open_ledger(log, Rules()) as ledger:
        await ledger.execute(OPEN, PERSON)
        await ledger.execute(REQUEST, PERSON)
        await ledger.execute(COMPLETE, PERSON)
    loaded = await log.load([], [], [REQUEST.order_id])
    assert [type(one.event).__name__ for one in loaded.orders[REQUEST.order_id]] == [
        "PaymentRequested",
        "PaymentCompleted",
    ]


async def test_open_deductions_and_orders_survive_the_way_through_the_log(log):
    async with open_ledger(log, Rules()) as ledger:
        for command in (OPEN, DEDUCT, START, REQUEST):
            await ledger.execute(command, PERSON)
        account = await state_of(log, ME)
        assert account.open[JOB].started
        assert account.open[JOB].credits == 1
        assert account.orders[REQUEST.order_id].plan == REQUEST.plan
        for command in (SETTLE, COMPLETE):
            await ledger.execute(command, PERSON)
    account = await state_of(log, ME)
    assert account.open == {}
    assert account.orders == {}


async def test_a_repeat_is_answered_with_the_first_result(log):
    async with open_ledger(log, Rules()) as ledger:
        await ledger.execute(OPEN, PERSON)
        first = await ledger.execute(DEDUCT, PERSON)
        await ledger.execute(TOP_UP_2, PERSON)
        again = await ledger.execute(DEDUCT, PERSON)
    assert again.repeat
    assert again.recorded == first.recorded
    assert again.recorded[-1].balance_after == 0


async def test_a_cancelled_job_stays_cancelled(log):
    async with open_ledger(log, Rules()) as ledger:
        for command in (OPEN, DEDUCT, CANCEL):
            await ledger.execute(command, PERSON)
        again = await ledger.execute(CANCEL, PERSON)
    assert again.repeat
    assert isinstance(again.recorded[-1].event, Refunded)


# What only a database can promise.


async def test_positions_are_gap_free_when_many_ledgers_write_at_once(pool):
    async def write(number: int) -> None:
        account_id = f"tg:{number}"
        async with open_ledger(PostgresEventLog(pool), Rules()) as ledger:
            await ledger.execute(type(OPEN)(account_id=account_id, terms_version="1"), PERSON)

    await asyncio.gather(*(write(number) for number in range(1, 31)))
    positions = await pool.fetch("SELECT notification_id FROM ledger.events ORDER BY 1")
    assert [row[0] for row in positions] == list(range(1, 61))


async def test_ledgers_racing_for_one_account_lose_nothing(pool, event_log):
    await opened(event_log, ME)
    grants = [
        type(TOP_UP_2)(account_id=ME, grant_id=f"race-{n}", credits=1, reason="race")
        for n in range(24)
    ]
    async with AsyncExitStack() as stack:
        ledgers = [
            await stack.enter_async_context(open_ledger(PostgresEventLog(pool), Rules()))
            for _ in range(8)
        ]
        await asyncio.gather(
            *(ledgers[n % 8].execute(grant, PERSON) for n, grant in enumerate(grants))
        )
    assert (await state_of(event_log, ME)).balance == 25


async def test_the_time_of_the_log_never_goes_back(event_log, database):
    """The server's clock was set back by a day."""
    account = await opened(event_log, ME)
    tomorrow = "UPDATE ledger.events SET recorded_at = recorded_at + interval '1 day'"
    await tamper(database.superuser, tomorrow)
    before = (await event_log.load([], [account_key(ME)])).events[account_key(ME)]
    [appended] = await append(event_log, account, [deducted(ME)])
    assert appended.recorded_at == before.recorded_at


async def test_an_answer_that_is_read_late_does_not_hide_a_later_one():
    """Two appends are under way; the log is compared with the later one from then on."""
    asked = []

    class Answers:
        async def fetch(self, _, *arguments):
            asked.append(arguments)
            return [
                {
                    "outcome": "appended",
                    "first_position": {0: 5, 1: 3, 2: 9}[len(asked) - 1],
                    "moment": NOON,
                    "hashes": [bytes([len(asked)])],
                }
            ]

    log = PostgresEventLog(Answers())
    for account_id in ("tg:1", "tg:2", "tg:3"):
        await append(
            log, Account(account_id=account_id), [replace(OPENED, originator_id=account_id)]
        )
    assert [arguments[:2] for arguments in asked] == [(0, b""), (5, b"\x01"), (5, b"\x01")]


async def test_a_log_that_lost_what_was_seen_in_it_is_not_written_to(event_log, database):
    """A tail cut off under a running ledger (a restored backup) must not be written over."""
    account = await opened(event_log, ME)
    superuser = await asyncpg.connect(database.superuser)
    try:
        async with superuser.transaction():
            await superuser.execute("SET LOCAL session_replication_role = replica")
            await superuser.execute("DELETE FROM ledger.events WHERE notification_id = 2")
            await superuser.execute("UPDATE ledger.accounts SET version = 1, balance = 0")
    finally:
        await superuser.close()
    with pytest.raises(LogDivergedError):
        await append(event_log, account, [deducted(ME)])


@pytest.mark.parametrize("role", ["service", "owner", "reader"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.events SET amount = 5",
        "DELETE FROM ledger.events",
        "TRUNCATE ledger.events",
    ],
)
async def test_nobody_may_change_history(event_log, database, role, statement):
    await opened(event_log, ME)
    connection = await asyncpg.connect(getattr(database, role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("service", "INSERT INTO ledger.events SELECT * FROM ledger.events"),
        ("service", "UPDATE ledger.accounts SET balance = 100"),
        ("reader", "INSERT INTO ledger.cursors (name) VALUES ('x')"),
        ("reader", "UPDATE ledger.balances SET balance = 100"),
    ],
)
async def test_a_role_can_do_only_its_own_part(event_log, database, role, statement):
    await opened(event_log, ME)
    connection = await asyncpg.connect(getattr(database, role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


class LosingAnswers:
    """A log whose first append happens, but whose answer is lost."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lost = False
        self.now, self.clock, self.load = log.now, log.clock, log.load

    async def append(self, changes, versions, not_after=None):
        appended = await self._log.append(changes, versions, not_after)
        if not self._lost:
            self._lost = True
            raise LogUnreachableError("the answer was lost")
        return appended


async def test_a_lost_connection_is_a_question_and_not_a_second_append(log):
    """The append commits, its answer is lost: the ledger asks, and finds what it did."""
    async with open_ledger(LosingAnswers(log), Rules()) as ledger:
        outcome = await ledger.execute(OPEN, PERSON)
    assert not outcome.repeat
    assert [one.position for one in outcome.recorded] == [1, 2]
    assert (await state_of(log, ME)).version == 2


class Unhurried:
    """A log whose first append goes on in the server after its asker was cut off."""

    def __init__(self, log: EventLog, pool: asyncpg.Pool) -> None:
        self._log, self._pool = log, pool
        self.may_commit = asyncio.Event()
        self.going_on: asyncio.Task | None = None
        self.now, self.clock, self.load = log.now, log.clock, log.load

    async def append(self, changes, versions, not_after=None):
        if self.going_on is not None:
            return await self._log.append(changes, versions, not_after)
        begun = asyncio.Event()

        async def go_on():
            async with self._pool.acquire() as connection, connection.transaction():
                await PostgresEventLog(connection).append(changes, versions, not_after)
                begun.set()
                await self.may_commit.wait()

        self.going_on = asyncio.ensure_future(go_on())
        await begun.wait()
        raise LogUnreachableError("cut off")


async def test_what_goes_on_in_the_server_after_a_silence_is_waited_for(event_log, pool):
    log = Unhurried(event_log, pool)
    async with open_ledger(log, Rules()) as ledger:
        asked = asyncio.ensure_future(ledger.execute(OPEN, PERSON))

        async def waits_or_has_answered():
            return asked.done() or await pool.fetchval(WAITING)

        await eventually(waits_or_has_answered)
        assert not asked.done()
        log.may_commit.set()
        outcome = await asked
        await log.going_on
    assert not outcome.repeat
    assert [one.position for one in outcome.recorded] == [1, 2]


async def test_after_silence_the_log_is_asked_only_when_no_append_is_under_way(event_log, pool):
    """The lost append may still be running: what it does must be seen, not raced."""
    await opened(event_log, ME)
    async with pool.acquire() as slow, slow.transaction():
        await slow.execute("SELECT ledger.wait_for_appends()")  # holds the lock until the end
        asking = asyncio.ensure_future(event_log.load([ME], settled=True))
        unsettled = await event_log.load([ME])
        assert not asking.done()
    assert (await asking).accounts == unsettled.accounts


@pytest.mark.parametrize("command", [DEDUCT, REQUEST], ids=lambda one: type(one).__name__)
async def test_nobody_is_told_too_late_of_what_is_still_being_appended(event_log, pool, command):
    """One ledger's append is not committed yet when its repeat reaches another one after its time.

    A "too late" now would be followed by the event a moment later.
    """
    await opened(event_log, ME)
    soon = replace(command, not_after=await event_log.now() + timedelta(milliseconds=300))

    async def is_over():
        return await event_log.now() > soon.not_after

    async def waits_or_has_answered():
        return asked.done() or await pool.fetchval(WAITING)

    async with open_ledger(PostgresEventLog(pool), Rules()) as other:
        async with pool.acquire() as slow, slow.transaction():
            async with open_ledger(PostgresEventLog(slow), Rules()) as ledger:
                first = await ledger.execute(soon, PERSON)
            await eventually(is_over)
            asked = asyncio.ensure_future(other.execute(soon, PERSON))
            await eventually(waits_or_has_answered)
            assert not asked.done()
        again = await asked
    assert again.repeat
    assert again.recorded == first.recorded


async def test_a_job_is_closed_once_even_past_the_rules(pool, event_log):
    """The unique column is the second check: it holds when the first one has a bug."""
    async with open_ledger(event_log, Rules()) as ledger:
        for command in (OPEN, DEDUCT, FAIL):
            await ledger.execute(command, PERSON)
    account = await state_of(event_log, ME)
    twice = Refunded(
        originator_id=ME, originator_version=5, job_id=JOB, credits=1, reason="deadline", to_debt=0
    )
    changes = [Change(key="other", event=twice, after=evolve(account, twice), origin=PERSON)]
    with pytest.raises(LogMovedError):
        await event_log.append(changes, {ME: account.version})
    assert await pool.fetchval("SELECT count(closes_job) FROM ledger.events") == 1
