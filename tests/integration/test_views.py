"""Projections count each event once, stop rather than guess, and are found by index."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from infra.local.credentials import DatabaseUrls
from ledger import queries
from ledger.database import UNREACHABLE, Bell, Pool, open_pool
from ledger.generating.filling import fill
from ledger.views import PROJECTIONS, jobs
from ledger.views.balances import Balances
from ledger.views.following import LogChangedError, catch_up, follow
from ledger.views.rebuild import rebuild
from tests.chained_rows import tamper
from tests.memory_log import NOON

EVENTS = 300
ACCOUNTS = 10
QUERIES = {
    "balance": (queries.BALANCE, ["tg:1"]),
    "history": (queries.HISTORY, ["tg:1", 100, 10]),
    "job": (queries.JOB, [UUID(int=1), "tg:1"]),
    "jobs": (queries.JOBS, [10]),
    "open jobs": (queries.OPEN_JOBS, [10]),
    "jobs of an account": (queries.JOBS_OF, [10, "tg:1"]),
    "open jobs of an account": (queries.OPEN_JOBS_OF, [10, "tg:1"]),
    "undelivered": (queries.UNDELIVERED, [10]),
    "late": (queries.LATE, [300.0, 10]),
    "overdue": (jobs.OVERDUE, [NOON, 10]),
    "cursor": (queries.CURSOR, ["balances"]),
}


@pytest.fixture
async def log(database: DatabaseUrls) -> None:
    """A made-up past that no projection has read yet."""
    await fill(database.owner, events=EVENTS, accounts=ACCOUNTS, seed=1, progress=lambda *_: None)


@pytest.fixture
async def product_pool(database: DatabaseUrls) -> AsyncIterator[Pool]:
    """Connections as the service makes them."""
    async with open_pool(database.service, name="test") as pool:
        yield pool


@pytest.fixture
async def owner_pool(database: DatabaseUrls) -> AsyncIterator[Pool]:
    async with open_pool(database.owner, name="test") as pool:
        yield pool


async def rows_of(pool: Pool, name: str) -> list[tuple]:
    rows = await pool.fetch(f"SELECT * FROM ledger.{name} ORDER BY 1, 2, 3")  # noqa: S608 - a view's own name
    return [tuple(row) for row in rows]


class Wrapped:
    """A projection that something happens to between its rows and its cursor."""

    def __init__(self, projection, happen):
        self.name, self.reads = projection.name, projection.reads
        self._projection, self._happen = projection, happen

    async def apply(self, connection, table, events):
        await self._projection.apply(connection, table, events)
        await self._happen(connection)


async def crash(connection):
    raise ZeroDivisionError


async def lose_connection(connection):
    await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("happen", [crash, lose_connection])
async def test_a_death_between_rows_and_cursor_repeats_nothing(
    product_pool, owner_pool, log, projection, happen
):
    await catch_up(product_pool, projection, EVENTS // 2)
    before = await rows_of(product_pool, projection.name)
    with pytest.raises((ZeroDivisionError, *UNREACHABLE)):
        await catch_up(product_pool, Wrapped(projection, happen))
    assert await rows_of(product_pool, projection.name) == before
    assert await catch_up(product_pool, projection) == EVENTS - EVENTS // 2
    assert await rows_of(product_pool, projection.name) == await rebuilt(owner_pool, projection)


async def rebuilt(owner_pool, projection):
    await rebuild(owner_pool, projection, lambda *_: None)
    return await rows_of(owner_pool, projection.name)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
async def test_two_followers_of_a_projection_count_each_event_once(
    product_pool, owner_pool, log, projection
):
    async def follow_on() -> int:
        applied = 0
        while count := await catch_up(product_pool, projection, 7):
            applied += count
        return applied

    applied = await asyncio.gather(follow_on(), follow_on(), follow_on())
    assert sum(applied) == EVENTS
    assert await rows_of(product_pool, projection.name) == await rebuilt(owner_pool, projection)


async def test_a_gap_in_the_log_is_never_skipped(product_pool, database, log):
    await tamper(database.superuser, "DELETE FROM ledger.events WHERE notification_id = 200")
    await catch_up(product_pool, Balances(), 150)
    with pytest.raises(LogChangedError, match="the log lacks position 200"):
        await catch_up(product_pool, Balances())
    assert await product_pool.fetchval(queries.CURSOR, "balances") == 150


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.events SET hash = sha256('x') WHERE notification_id = 150",
        "DELETE FROM ledger.events WHERE notification_id >= 150",
    ],
)
async def test_another_log_is_not_followed(product_pool, database, log, statement):
    await catch_up(product_pool, Balances(), 150)
    await tamper(database.superuser, statement)
    with pytest.raises(LogChangedError, match="has read another log up to position 150"):
        await catch_up(product_pool, Balances())


async def test_a_projection_without_its_cursor_does_not_begin_again(product_pool, database, log):
    await tamper(database.superuser, "DELETE FROM ledger.cursors WHERE name = 'balances'")
    with pytest.raises(LogChangedError, match="must be rebuilt"):
        await catch_up(product_pool, Balances())


async def test_a_broken_invariant_stops_the_follower_and_leaves_the_log_alone(
    product_pool, database, log
):
    await catch_up(product_pool, Balances(), EVENTS // 2)
    await tamper(database.superuser, "UPDATE ledger.balances SET balance = 0")
    with pytest.raises(asyncpg.CheckViolationError):
        await follow(product_pool, Balances(), Bell(), asyncio.Event())
    assert await product_pool.fetchval(queries.CURSOR, "balances") == EVENTS // 2
    assert await product_pool.fetchval("SELECT count(*) FROM ledger.events") == EVENTS


async def test_balances_agree_with_the_accounts_of_the_append(product_pool, log):
    await catch_up(product_pool, Balances())
    disagreeing = await product_pool.fetchval("""
        SELECT count(*) FROM ledger.balances FULL JOIN ledger.accounts ON account = originator_id
        WHERE (balances.balance, balances.debt) IS DISTINCT FROM (accounts.balance, accounts.debt)
    """)
    assert disagreeing == 0
    assert await product_pool.fetchval("SELECT count(*) FROM ledger.balances") == ACCOUNTS


async def test_a_debt_is_told_with_the_balance(product_pool, database, log):
    await catch_up(product_pool, Balances())
    await tamper(database.superuser, "UPDATE ledger.balances SET balance = 0, debt = 3")
    account = await product_pool.fetchval("SELECT account FROM ledger.balances LIMIT 1")
    found = await queries.balance(product_pool, account)
    assert found is not None
    assert (found.balance, found.debt, found.position) == (0, 3, EVENTS)


@pytest.mark.parametrize("name", QUERIES)
async def test_queries_find_their_rows_by_index(product_pool, owner_pool, name):
    query, arguments = QUERIES[name]
    # Known to be empty: nothing but the connection's setting speaks for an index.
    await owner_pool.execute("VACUUM (ANALYZE)")
    async with product_pool.acquire() as connection:
        # As it is planned for any arguments.
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        plan = await connection.fetch(f"EXPLAIN {query}", *arguments)
    steps = "\n".join(row[0] for row in plan)
    assert "Index" in steps
    assert "Seq Scan" not in steps, steps
