"""A rebuild runs beside the live projection and takes its place without one wrong answer."""

import argparse
import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from infra.local.credentials import DatabaseUrls
from ledger import queries
from ledger.console import ConsoleError
from ledger.database import Bell, Pool, open_pool
from ledger.domain.commands import OpenAccount, TopUp
from ledger.domain.rules import Rules
from ledger.generating.filling import fill
from ledger.log import Origin
from ledger.log.postgres import PostgresEventLog
from ledger.service import Ledger, open_ledger
from ledger.views import PROJECTIONS, console
from ledger.views.balances import Balances
from ledger.views.following import catch_up, follow
from ledger.views.projection import Projection
from ledger.views.rebuild import RebuildError, lock_of, rebuild
from tests.eventually import eventually

EVENTS = 3_000
ACCOUNTS = 50
ME = "tg:1"
PERSON = Origin(actor="person", correlation_id="c")
LEFT_OVER = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'ledger'::regnamespace AND relname LIKE '%rebuild%'
    UNION ALL SELECT name FROM ledger.cursors WHERE name LIKE '%rebuild%'
"""
SHAPE = """
    SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'ledger' AND tablename = $1
    UNION ALL
    SELECT 'rights', concat(relacl, reloptions, relowner) FROM pg_class
        WHERE oid = ('ledger.' || $1)::regclass
    UNION ALL
    SELECT 'constraint', conname || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = ('ledger.' || $1)::regclass
    UNION ALL
    SELECT 'column', concat(attname, format_type(atttypid, atttypmod), attnotnull,
                            col_description(attrelid, attnum))
        FROM pg_attribute WHERE attrelid = ('ledger.' || $1)::regclass AND attnum > 0
    ORDER BY 1, 2
"""
# What was the balance at that position, by the log itself.
TRUTH = """
    SELECT balance_after FROM ledger.events
    WHERE originator_id = $1 AND notification_id <= $2 ORDER BY notification_id DESC LIMIT 1
"""

each_projection = pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)


def untold(*_: int) -> None:
    """Nobody watches the progress."""


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[Pool]:
    """The pool of a service whose projections have read a made-up past."""
    await fill(database.owner, events=EVENTS, accounts=ACCOUNTS, seed=1, progress=untold)
    async with open_pool(database.service, name="test") as pool:
        for projection in PROJECTIONS:
            while await catch_up(pool, projection):
                pass
        yield pool


@pytest.fixture
async def owner(database: DatabaseUrls) -> AsyncIterator[Pool]:
    async with open_pool(database.owner, name="test") as pool:
        yield pool


async def rows_of(pool: Pool, name: str) -> list[tuple]:
    rows = await pool.fetch(f"SELECT * FROM ledger.{name} ORDER BY 1, 2, 3")  # noqa: S608 - a view's own name
    return [tuple(row) for row in rows]


async def write(ledger: Ledger, stop: asyncio.Event) -> None:
    """Keep changing one balance."""
    await ledger.execute(OpenAccount(account_id=ME, terms_version="1"), PERSON)
    for number in itertools.count():
        if stop.is_set():
            return
        top_up = TopUp(account_id=ME, grant_id=f"g{number}", credits=1, reason="promo")
        await ledger.execute(top_up, PERSON)


async def read_balance(pool: Pool, stop: asyncio.Event) -> list[tuple[int, int]]:
    """Ask all the time; an error of any query ends the test."""
    answers = []
    while not stop.is_set():
        found = await queries.balance(pool, ME)
        if found is not None or answers:
            assert found is not None, "an account that was there is missing"
            answers.append((found.position, found.balance))
    return answers


async def read_others(pool: Pool, stop: asyncio.Event) -> int:
    """Ask the other views all the time; what was there must stay there."""
    asked = 0
    while not stop.is_set():
        assert len(await queries.jobs(pool, account=None, open_only=False, limit=5)) == 5
        assert len(await queries.history(pool, "tg:100000000", limit=10)) == 10
        asked += 1
    return asked


@asynccontextmanager
async def load_of(pool: Pool, stop: asyncio.Event) -> AsyncIterator[list[asyncio.Task]]:
    """Write, follow and read until the end of the block, as a running service does."""
    bell = Bell()
    async with (
        open_ledger(PostgresEventLog(pool), Rules()) as ledger,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(write(ledger, stop))
        for projection in PROJECTIONS:
            tasks.create_task(follow(pool, projection, bell, stop))
        readers = [tasks.create_task(read_balance(pool, stop)) for _ in range(3)]
        readers.append(tasks.create_task(read_others(pool, stop)))
        try:
            yield readers
        finally:
            stop.set()
            bell.ring()


async def test_readers_and_writers_notice_no_swap(service, owner):
    stop = asyncio.Event()
    async with load_of(service, stop) as readers:
        for projection in (*PROJECTIONS, *PROJECTIONS):
            await rebuild(owner, projection, untold)
    for reader in readers[:3]:
        answers = reader.result()
        assert len(answers) > 10
        assert answers == sorted(answers), "an old answer came after a newer one"
        for position, balance in {*answers}:
            assert await service.fetchval(TRUTH, ME, position) == balance
    assert readers[3].result() > 10


@each_projection
async def test_a_rebuilt_table_is_the_live_one_in_every_respect(service, owner, projection):
    async def everything() -> tuple:
        return await rows_of(service, projection.name), await service.fetch(SHAPE, projection.name)

    before = await everything()
    assert await rebuild(owner, projection, untold) == EVENTS
    assert await everything() == before
    assert await owner.fetch(LEFT_OVER) == []


@each_projection
async def test_a_rebuild_repairs_what_somebody_edited(service, owner, projection):
    before = await rows_of(service, projection.name)
    column = await owner.fetchval(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum = 2",
        f"ledger.{projection.name}",
    )
    await owner.execute(f"DELETE FROM ledger.{projection.name} WHERE {column} IS NOT NULL")  # noqa: S608 - own names
    await rebuild(owner, projection, untold)
    assert await rows_of(service, projection.name) == before


class Dying:
    """A projection during whose rebuild PostgreSQL ends the connection."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self.name, self.reads = projection.name, projection.reads

    async def apply(self, connection, table, events):
        await self._projection.apply(connection, table, events)
        if events[-1]["position"] == EVENTS:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_rebuild_that_dies_leaves_the_live_view_and_the_next_starts_clean(service, owner):
    before = await rows_of(service, "balances")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await rebuild(owner, Dying(Balances()), untold)
    assert await owner.fetch(LEFT_OVER) != []
    assert await rows_of(service, "balances") == before
    assert await catch_up(service, Balances()) == 0
    assert await rebuild(owner, Balances(), untold) == EVENTS
    assert await rows_of(service, "balances") == before
    assert await owner.fetch(LEFT_OVER) == []


async def test_a_rebuild_that_fails_clears_up(service, owner, database):
    superuser = await asyncpg.connect(database.superuser)
    await superuser.execute("ALTER TABLE ledger.balances ADD CHECK (balance < 3) NOT VALID")
    await superuser.close()
    with pytest.raises(asyncpg.CheckViolationError):
        await rebuild(owner, Balances(), untold)
    assert await owner.fetch(LEFT_OVER) == []


async def test_the_swap_waits_for_a_reader_and_others_go_on(service, owner, database):
    reader = await asyncpg.connect(database.reader)
    transaction = reader.transaction(isolation="repeatable_read", readonly=True)
    await transaction.start()
    await reader.fetch("SELECT * FROM ledger.balances LIMIT 1")
    swapping = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
    async with asyncio.TaskGroup() as tasks:
        rebuilding = tasks.create_task(rebuild(owner, Balances(), untold))
        await eventually(lambda: service.fetchval(swapping))
        account = await service.fetchval("SELECT account FROM ledger.balances LIMIT 1")
        assert await queries.balance(service, account) is not None
        assert not rebuilding.done()
        await transaction.rollback()
    await reader.close()
    assert rebuilding.result() == EVENTS


async def test_one_projection_is_rebuilt_once_at_a_time(service, owner):
    async with owner.acquire() as other:
        await other.execute("SELECT pg_advisory_lock($1, $2)", *lock_of("balances"))
        with pytest.raises(RebuildError, match="balances is being rebuilt already"):
            await rebuild(owner, Balances(), untold)
        states = await shown(service)
        await other.execute("SELECT pg_advisory_unlock($1, $2)", *lock_of("balances"))
    assert states["balances"] == "rebuilding"
    assert {states[one.name] for one in PROJECTIONS[1:]} == {"live"}


async def test_only_the_owner_rebuilds(service):
    with pytest.raises(RebuildError, match="set OWNER_DATABASE_URL"):
        await rebuild(service, Balances(), untold)


async def shown(pool: Pool) -> dict[str, str]:
    return {one["name"]: one["state"] for one in await console.progress_of(pool)}


@pytest.fixture
def run(database: DatabaseUrls, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", database.service)
    monkeypatch.setenv("OWNER_DATABASE_URL", database.owner)
    parser = argparse.ArgumentParser()
    console.add_commands(parser.add_subparsers())

    async def run_console(*arguments: str) -> str:
        options = parser.parse_args(arguments)
        assert await options.action(options) == 0
        return capsys.readouterr().out

    return run_console


async def test_the_console_shows_position_and_lag(service, run):
    assert "balances      position      3000 of      3000, lag 0 events, 0.0 s, live" in await run(
        "projections"
    )
    async with open_ledger(PostgresEventLog(service), Rules()) as ledger:
        await ledger.execute(OpenAccount(account_id=ME, terms_version="1"), PERSON)
    [balances, *_] = json.loads(await run("projections", "--json"))["projections"]
    assert balances["name"] == "balances"
    assert balances["lag_events"] == balances["head"] - balances["position"] == 2
    assert 0 < balances["lag_seconds"] < 60
    assert balances["state"] == "behind"


async def test_the_console_rebuilds_by_name(service, run, monkeypatch, capsys):
    assert await run("rebuild", "daily_totals") == (
        f"daily_totals is rebuilt as of position {EVENTS}\n"
    )
    with pytest.raises(SystemExit):
        await run("rebuild", "balance")
    told = capsys.readouterr().err
    assert all(one.name in told for one in PROJECTIONS)
    monkeypatch.delenv("OWNER_DATABASE_URL")
    with pytest.raises(ConsoleError, match="only the owner"):
        await run("rebuild", "balances")
