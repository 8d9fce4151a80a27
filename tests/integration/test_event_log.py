"""The log's contract, the same for the real one and for the double of the other tests."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from ledger.domain.account import Account, fold
from ledger.domain.events import AccountOpened, Deducted, Refunded, ToppedUp
from ledger.domain.keys import account_key, closed_key, deducted_key
from ledger.domain.rules import Rules
from ledger.log import EventLog, LogMovedError, LogUnreachableError, Origin
from ledger.log.postgres import PostgresEventLog
from ledger.service import Ledger
from tests.memory_log import NOON, MemoryEventLog
from tests.unit.test_decider import CANCEL, DEDUCT, FAIL, JOB, OPEN, SETTLE, START, TOP_UP_2

ME = "tg:1"
PERSON = Origin(actor="person", correlation_id="c-1")
OPENED = AccountOpened(originator_id=ME, originator_version=1, terms_version="1")
BONUS = ToppedUp(
    originator_id=ME, originator_version=2, grant_id="welcome", credits=1, reason="welcome_bonus"
)


@pytest.fixture(params=["memory", "postgres"])
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryEventLog()
    return request.getfixturevalue("event_log")


async def test_an_append_is_read_back_with_the_state_that_it_made(log):
    nobody = (await log.load(ME, [])).account
    assert nobody == Account(account_id=ME)
    appended = await log.append(nobody, [OPENED, BONUS], PERSON)
    assert [one.position for one in appended] == [1, 2]
    assert [one.balance_after for one in appended] == [0, 1]
    loaded = await log.load(ME, [account_key(ME), closed_key(JOB)])
    assert loaded.account == fold(ME, [OPENED, BONUS])
    assert loaded.events == {account_key(ME): appended[0]}


async def test_a_stale_append_is_refused(log):
    nobody = (await log.load(ME, [])).account
    await log.append(nobody, [OPENED], PERSON)
    with pytest.raises(LogMovedError):
        await log.append(nobody, [OPENED], PERSON)


async def test_a_key_is_taken_once_for_ever_in_all_accounts(log):
    deducted = Deducted(
        originator_id=ME,
        originator_version=3,
        job_id=JOB,
        credits=1,
        order_digest="a" * 64,
        index=0,
        count=1,
        deadline_at=NOON + timedelta(minutes=15),
    )
    me = await opened(log, ME)
    await log.append(me, [deducted], PERSON)
    other = await opened(log, "tg:2")
    stolen = Deducted(
        originator_id="tg:2",
        originator_version=3,
        job_id=JOB,
        credits=1,
        order_digest="a" * 64,
        index=0,
        count=1,
        deadline_at=NOON,
    )
    with pytest.raises(LogMovedError):
        await log.append(other, [stolen], PERSON)
    assert (await log.load("tg:2", [deducted_key(JOB)])).account == other


async def test_open_deductions_survive_the_way_through_the_log(log):
    ledger = Ledger(log, Rules())
    for command in (OPEN, DEDUCT, START):
        await ledger.execute(command, PERSON)
    account = (await log.load(ME, [])).account
    assert account.open[JOB].started
    assert account.open[JOB].credits == 1
    for command in (SETTLE,):
        await ledger.execute(command, PERSON)
    assert (await log.load(ME, [])).account.open == {}


async def test_a_repeat_is_answered_with_the_first_result(log):
    ledger = Ledger(log, Rules())
    await ledger.execute(OPEN, PERSON)
    first = await ledger.execute(DEDUCT, PERSON)
    await ledger.execute(TOP_UP_2, PERSON)
    again = await ledger.execute(DEDUCT, PERSON)
    assert again.repeat
    assert again.recorded == first.recorded
    assert again.recorded[-1].balance_after == 0


async def test_a_cancelled_job_stays_cancelled(log):
    ledger = Ledger(log, Rules())
    for command in (OPEN, DEDUCT, CANCEL):
        await ledger.execute(command, PERSON)
    again = await ledger.execute(CANCEL, PERSON)
    assert again.repeat
    assert isinstance(again.recorded[-1].event, Refunded)


async def opened(log: EventLog, account_id: str) -> Account:
    events = [
        AccountOpened(originator_id=account_id, originator_version=1, terms_version="1"),
        ToppedUp(
            originator_id=account_id, originator_version=2, grant_id="g", credits=1, reason="r"
        ),
    ]
    await log.append((await log.load(account_id, [])).account, events, PERSON)
    return (await log.load(account_id, [])).account


# What only a database can promise.


async def test_positions_are_gap_free_when_many_write_at_once(pool, event_log):
    async def write(number: int) -> None:
        ledger = Ledger(event_log, Rules())
        account_id = f"tg:{number}"
        await ledger.execute(type(OPEN)(account_id=account_id, terms_version="1"), PERSON)

    await asyncio.gather(*(write(number) for number in range(1, 31)))
    positions = await pool.fetch("SELECT notification_id FROM ledger.events ORDER BY 1")
    assert [row[0] for row in positions] == list(range(1, 61))


async def test_two_ledgers_racing_for_one_account_lose_nothing(event_log):
    await opened(event_log, ME)
    ledgers = [Ledger(event_log, Rules()) for _ in range(8)]
    grants = [
        type(TOP_UP_2)(account_id=ME, grant_id=f"race-{n}", credits=1, reason="race")
        for n in range(24)
    ]
    await asyncio.gather(*(ledgers[n % 8].execute(grant, PERSON) for n, grant in enumerate(grants)))
    assert (await event_log.load(ME, [])).account.balance == 25


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


async def test_a_lost_connection_is_a_question_and_not_a_second_append(database):
    """The append commits, its answer is lost: the ledger asks, and finds what it did."""
    async with asyncpg.create_pool(database.service, min_size=1, max_size=4) as pool:
        real = PostgresEventLog(pool)

        class LosingAnswers:
            lost = 0
            now = real.now
            load = real.load

            async def append(self, account, events, origin):
                appended = await real.append(account, events, origin)
                if self.lost == 0:
                    self.lost += 1
                    raise LogUnreachableError("the answer was lost")
                return appended

        outcome = await Ledger(LosingAnswers(), Rules()).execute(OPEN, PERSON)
        assert outcome.repeat
        assert [one.position for one in outcome.recorded] == [1, 2]
        assert await pool.fetchval("SELECT count(*) FROM ledger.events") == 2


async def test_a_job_is_closed_once_even_past_the_rules(pool, event_log):
    """The unique column is the second check: it holds when the first one has a bug."""
    ledger = Ledger(event_log, Rules())
    for command in (OPEN, DEDUCT, FAIL):
        await ledger.execute(command, PERSON)
    account = (await event_log.load(ME, [])).account
    twice = Refunded(
        originator_id=ME, originator_version=5, job_id=JOB, credits=1, reason="deadline"
    )
    with pytest.raises(LogMovedError):
        await event_log.append(account, [twice], PERSON)
    assert await pool.fetchval("SELECT count(closes_job) FROM ledger.events") == 1
