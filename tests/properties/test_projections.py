"""Any lawful history, cut into any batches: a live projection equals a rebuilt one everywhere."""

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from infra.local.credentials import DatabaseUrls
from ledger.chain import COPY_HEADER, COPY_TRAILER
from ledger.codec import TOPICS
from ledger.database import PooledConnection
from ledger.domain.account import Account, evolve
from ledger.domain.events import AccountEvent
from ledger.domain.rules import Rules
from ledger.generating.filling import EVENT_COLUMNS
from ledger.generating.history import History, Thread
from ledger.views import PROJECTIONS
from ledger.views.following import advance, live
from ledger.views.projection import Projection
from tests.depth import examples
from tests.memory_log import NOON
from tests.properties.account_machine import LARGE, SMALL, AccountMachine

HUNT = settings(
    max_examples=examples(20),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
BETWEEN_EVENTS = timedelta(hours=7)
"""So that a history of a few events has a few days."""
BALANCES = "SELECT account, balance, debt, open_credits FROM ledger.balances"
HISTORY = "SELECT account, sum(credits) AS balance, sum(debt_change) AS debt FROM ledger.history"
OPEN_JOBS = "SELECT job_id, account, state FROM ledger.jobs WHERE state IN ('queued', 'started')"
OPEN_ORDERS = "SELECT order_id FROM ledger.payments WHERE state IN ('requested', 'opened')"
PAYMENTS = """
    SELECT state, payment_ids, completed, paid_credits, paid_money, refund_requested_money,
           refund_returned_money, refund_failed_money, open_refunds, clawed_credits,
           shortfall_credits
    FROM ledger.payments ORDER BY requested_position
"""
TOTALS = """
    SELECT kind, currency, sum(events), sum(credits), sum(debt_change), sum(money)
    FROM ledger.daily_totals GROUP BY kind, currency
    HAVING currency <> '' OR sum(debt_change) <> 0 ORDER BY kind
"""
TOTAL = "SELECT coalesce(sum(events), 0) FROM ledger.daily_totals"


class ProjectionMachine(AccountMachine):
    """Makes a lawful history; when it ends, the projections read it."""

    batches = (1,)

    @initialize(batches=st.lists(st.integers(min_value=1, max_value=7), min_size=1, max_size=8))
    def cut(self, batches):
        self.batches = batches


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def connection(database: DatabaseUrls, runner: asyncio.Runner) -> Iterator[asyncpg.Connection]:
    connection = runner.run(asyncpg.connect(database.superuser))
    yield connection
    runner.run(connection.close())


def test_a_live_projection_equals_a_rebuilt_one_at_every_position(connection, runner):
    class Machine(ProjectionMachine):
        def teardown(self):
            runner.run(check(connection, self.history, self.accounts, self.batches))

    run_state_machine_as_test(Machine, settings=HUNT)


def test_a_history_with_every_kind_of_event_is_folded_alike_in_any_batches(connection, runner):
    story = ProjectionMachine()
    tell(story)
    assert {type(event) for event in story.history} == set(TOPICS.values())
    for batches in ([1], [2, 3], [100]):
        runner.run(check(connection, story.history, story.accounts, batches))


def test_a_payment_says_what_was_asked_paid_and_returned(connection, runner):
    story = ProjectionMachine()
    tell(story)
    refunded, late = runner.run(said(connection, story.history, PAYMENTS))
    assert refunded == ("completed", ["p1"], 1, 7, 4, 7, 4, 3, {}, 7, 5)
    assert late == ("completed", ["p2"], 1, 9, 4, 0, 0, 0, {}, 0, 0)


def test_a_day_says_what_its_events_say_in_sum(connection, runner):
    story = ProjectionMachine()
    tell(story)
    totals = runner.run(said(connection, story.history, TOTALS))
    assert totals == [
        ("payment_completed", "RUB", 2, 16, 0, 8),
        ("payment_refund_requested", "RUB", 2, 12, 5, 7),
        ("payment_requested", "RUB", 2, 16, 0, 8),
        ("refunded", "", 1, 3, -3, 0),
        ("topped_up", "", 2, 5, -2, 0),
    ]


def tell(story: ProjectionMachine) -> None:
    """Let happen what the hunt finds only sometimes: money that goes back, and what fails."""
    first, second = UUID(int=1), UUID(int=2)
    story.open_account("tg:1")
    story.buy("tg:1", SMALL)
    story.deduct("tg:1", (first, second), "a" * 64)
    story.start("tg:1", first)
    story.settle("tg:1", first, "b" * 64)
    story.deliver("tg:1", first)
    story.request_payment_refund("tg:1", SMALL, "r1", 3)
    story.cancel("tg:1", second)
    story.fail_payment_refund("tg:1", SMALL, "r1")
    story.request_payment_refund("tg:1", SMALL, "r2", 4)
    story.confirm_payment_refund("tg:1", SMALL, "r2", "pr1")
    story.top_up("tg:1", "g1", 4)
    story.request_payment("tg:1", LARGE)
    story.cancel_payment("tg:1", LARGE, "expired")
    story.open_payment("tg:1", LARGE)
    story.complete_payment("tg:1", LARGE)


async def said(connection, events, query):
    transaction = connection.transaction()
    await transaction.start()
    try:
        await record(connection, events)
        for projection in PROJECTIONS:
            await advance(connection, projection, live(projection))
        return [tuple(map(opened, row)) for row in await connection.fetch(query)]
    finally:
        await transaction.rollback()


def opened(value):
    """Return what a column of type jsonb says, and any other as it is."""
    return json.loads(value) if isinstance(value, str) and value.startswith(("[", "{")) else value


async def check(connection, events, accounts, batches) -> None:
    """Do everything in a transaction that is rolled back, so that each history has its own log."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await record(connection, events)
        for projection in PROJECTIONS:
            rebuilt = [
                await rebuilt_at(connection, projection, position)
                for position in range(len(events) + 1)
            ]
            await check_live(connection, projection, batches, rebuilt)
        await check_agreement(connection, events, accounts)
    finally:
        await transaction.rollback()


async def record(connection: asyncpg.Connection, events: list[AccountEvent]) -> None:
    genesis = await connection.fetchval("SELECT ledger.genesis()")
    history = History(genesis, start=NOON, events_max=len(events), rules=Rules())
    accounts: dict[str, Account] = {}
    for event in events:
        account = accounts.get(event.originator_id) or Account(account_id=event.originator_id)
        accounts[event.originator_id] = evolve(account, event)
        history.now += BETWEEN_EVENTS
        history._record(event, accounts[event.originator_id], "test", Thread("c"))
    await connection.copy_to_table(
        "events",
        schema_name="ledger",
        columns=EVENT_COLUMNS,
        source=io.BytesIO(COPY_HEADER + history.take_rows() + COPY_TRAILER),
        format="binary",
    )


async def rebuilt_at(connection: PooledConnection, projection: Projection, position: int):
    """Return the table as one batch from the log's beginning makes it, and leave no trace."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        if position:
            assert await advance(connection, projection, live(projection), position) == position
        return await rows_of(connection, projection)
    finally:
        await transaction.rollback()


async def check_live(connection, projection, batches, rebuilt) -> None:
    """Cut the log into the batches, again and again, and compare after each."""
    position, head = 0, len(rebuilt) - 1
    while position < head:
        for size in batches:
            position += await advance(connection, projection, live(projection), size)
            assert await rows_of(connection, projection) == rebuilt[position], projection.name
    assert await advance(connection, projection, live(projection)) == 0


async def check_agreement(connection, events, accounts) -> None:
    """The views say what the domain's own fold says."""
    assert {tuple(row) for row in await connection.fetch(BALANCES)} == {
        (one.account_id, one.balance, one.debt, sum(job.credits for job in one.open.values()))
        for one in accounts.values()
    }
    assert {tuple(row) for row in await connection.fetch(HISTORY + " GROUP BY account")} == {
        (one.account_id, one.balance, one.debt) for one in accounts.values()
    }
    assert {tuple(row) for row in await connection.fetch(OPEN_JOBS)} == {
        (job_id, one.account_id, "started" if job.started else "queued")
        for one in accounts.values()
        for job_id, job in one.open.items()
    }
    assert {row["order_id"] for row in await connection.fetch(OPEN_ORDERS)} == {
        order_id for one in accounts.values() for order_id in one.orders
    }
    assert await connection.fetchval(TOTAL) == len(events)


async def rows_of(connection: PooledConnection, projection: Projection) -> list[tuple]:
    table = live(projection).table
    rows = await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")  # noqa: S608 - a view's own name
    return [tuple(row) for row in rows]
