"""The ledger does not start where commits could be lost, nor on a log that heads contradict."""

import asyncio
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from nacl.signing import SigningKey
from pydantic import ValidationError

from contracts.service import EXIT_CONTRADICTED
from infra.local.composition import module
from infra.local.credentials import DatabaseUrls
from infra.local.environment import system_only
from ledger.database import open_pool
from ledger.heads import sign
from ledger.heads.file import HeadsError, open_heads
from ledger.heads.key import public_half
from ledger.readiness import LogContradictedError, UnsafeDurabilityError, check_at_start
from ledger.settings import HeadsSettings
from tests.chained_rows import RECHAIN, append_rows, some_hash, tamper
from tests.eventually import eventually
from tests.servers import Databases, running_postgres

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(32))
NO_HEADS = HeadsSettings()


async def check(database: DatabaseUrls, heads: HeadsSettings = NO_HEADS) -> None:
    async with open_pool(database.service, name="ledger") as pool:
        await check_at_start(pool, heads)


@pytest.fixture(scope="module")
def own_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A PostgreSQL whose settings no other test shares."""
    with running_postgres(tmp_path_factory.mktemp("own-postgres")) as databases:
        yield databases


@pytest.fixture
def own_database(own_databases: Databases) -> Iterator[DatabaseUrls]:
    with own_databases.one() as urls:
        yield urls


@asynccontextmanager
async def changed(database: DatabaseUrls, statements: list[str]) -> AsyncIterator[None]:
    """Change this database, its roles, or its server, and wait until it is so."""
    name = database.superuser.rpartition("/")[2]
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute("SET synchronous_commit = local")  # no standby will ever answer
        for statement in statements:
            await connection.execute(statement.format(database=name))
        await reload(database.superuser, connection)
        yield
    finally:
        await connection.execute("ALTER SYSTEM RESET ALL")
        await reload(database.superuser, connection)
        await connection.close()


async def reload(url: str, connection: asyncpg.Connection) -> None:
    before = await loaded_at(url)
    await connection.execute("SELECT pg_reload_conf()")

    async def is_loaded() -> bool:
        return await loaded_at(url) > before

    await eventually(is_loaded)


async def loaded_at(url: str) -> datetime:
    """Ask in a new session, which has what the server has."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT pg_conf_load_time()")
    finally:
        await connection.close()


STANDBY = "ALTER SYSTEM SET synchronous_standby_names = 'another'"


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        (
            ['ALTER DATABASE "{database}" SET synchronous_commit = off'],
            "synchronous_commit is off for this role and database",
        ),
        (
            ['ALTER ROLE ledger_service IN DATABASE "{database}" SET synchronous_commit = off'],
            "synchronous_commit is off",
        ),
        (
            ['ALTER DATABASE "{database}" SET synchronous_commit = local', STANDBY],
            "synchronous_commit is local",
        ),
        (
            ['ALTER DATABASE "{database}" SET zero_damaged_pages = on'],
            "zero_damaged_pages is not off",
        ),
        (
            ['ALTER DATABASE "{database}" SET ignore_checksum_failure = on'],
            "ignore_checksum_failure is not off",
        ),
        (["ALTER TABLE ledger.events SET UNLOGGED"], "table ledger.events is unlogged"),
        (["ALTER TABLE ledger.accounts SET UNLOGGED"], "table ledger.accounts is unlogged"),
    ],
)
async def test_the_ledger_refuses_a_server_that_may_lose_what_it_committed(
    own_database: DatabaseUrls, statements: list[str], what: str
):
    async with changed(own_database, statements):
        with pytest.raises(UnsafeDurabilityError, match=what) as refused:
            await check(own_database)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "statements",
    [
        [],
        ['ALTER DATABASE "{database}" SET synchronous_commit = local'],
        ['ALTER DATABASE "{database}" SET synchronous_commit = remote_apply'],
        ['ALTER DATABASE "{database}" SET synchronous_commit = remote_write', STANDBY],
    ],
)
async def test_whatever_waits_for_the_disk_is_safe(
    own_database: DatabaseUrls, statements: list[str]
):
    async with changed(own_database, statements):
        await check(own_database)


@pytest.mark.parametrize(
    "settings",
    [{"fsync": "off"}, {"full_page_writes": "off", "synchronous_commit": "off"}],
)
async def test_a_server_that_was_started_unsafe_is_refused_with_all_that_is_wrong(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]
):
    folder = tmp_path_factory.mktemp("unsafe-postgres")
    with (
        running_postgres(folder, settings) as databases,
        databases.one() as database,
        pytest.raises(UnsafeDurabilityError) as refused,
    ):
        await check(database)
    named = {"fsync", "full_page_writes", "synchronous_commit"}
    assert {name for name in named if name in str(refused.value)} == set(settings)


@pytest.fixture
def heads(tmp_path: Path) -> HeadsSettings:
    return HeadsSettings(
        ledger_heads_file=tmp_path / "heads.jsonl", ledger_heads_key=public_half(KEY)
    )


async def sign_head(
    database: DatabaseUrls, heads: HeadsSettings, position: int, *, key: SigningKey = KEY
) -> None:
    """Sign what the log holds at the position."""
    connection = await asyncpg.connect(database.reader)
    try:
        row = await connection.fetchrow(
            "SELECT log_id, hash, clock_timestamp() AS now FROM ledger.events, ledger.identity "
            "WHERE notification_id = $1",
            position,
        )
    finally:
        await connection.close()
    with open_heads(heads.ledger_heads_file) as file:
        file.append(
            sign(
                key,
                log_id=row["log_id"],
                position=position,
                event_hash=row["hash"],
                signed_at=row["now"],
            )
        )


async def test_a_log_that_holds_the_newest_head_is_served(
    database: DatabaseUrls, heads: HeadsSettings
):
    await append_rows(database.owner, 3)
    await sign_head(database, heads, 2)
    await sign_head(database, heads, 3)
    await check(database, heads)
    await append_rows(database.owner, 1)
    await check(database, heads)


async def test_a_fresh_installation_without_heads_is_served(
    database: DatabaseUrls, heads: HeadsSettings
):
    await check(database, heads)
    heads.ledger_heads_file.write_bytes(b'{"log_id":"a line that a crash cut')
    await check(database, heads)


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        (["DELETE FROM ledger.events WHERE notification_id > 1"], "the log ends at 1"),
        (["TRUNCATE ledger.events CASCADE"], "the log ends at 0"),
        (["DELETE FROM ledger.events WHERE notification_id = 2"], "position 2 .* is missing"),
        (
            ["UPDATE ledger.events SET actor = 'other' WHERE notification_id = 1", RECHAIN],
            "position 2 was signed with hash",
        ),
        (["UPDATE ledger.identity SET log_id = gen_random_uuid()"], "the head is of log"),
        (["DELETE FROM ledger.identity"], "this is log None"),
    ],
)
async def test_a_log_that_contradicts_a_head_is_not_served(
    database: DatabaseUrls, heads: HeadsSettings, statements: list[str], what: str
):
    await append_rows(database.owner, 3)
    await sign_head(database, heads, 2)
    await tamper(database.superuser, *statements)
    with pytest.raises(LogContradictedError, match=what) as refused:
        await check(database, heads)
    assert "\n" not in str(refused.value)
    assert "Restore the database that was signed" in str(refused.value)


async def test_a_head_that_another_key_signed_is_not_believed(
    database: DatabaseUrls, heads: HeadsSettings
):
    await append_rows(database.owner, 1)
    await sign_head(database, heads, 1, key=OTHER_KEY)
    with pytest.raises(LogContradictedError, match="not signed by LEDGER_HEADS_KEY"):
        await check(database, heads)


async def test_a_head_that_was_made_up_is_not_believed(
    database: DatabaseUrls, heads: HeadsSettings
):
    await append_rows(database.owner, 1)
    await sign_head(database, heads, 1)
    text = heads.ledger_heads_file.read_text()
    heads.ledger_heads_file.write_text(text.replace('"position":1,', '"position":2,'))
    with pytest.raises(LogContradictedError, match="not signed by LEDGER_HEADS_KEY"):
        await check(database, heads)


async def test_a_file_that_holds_no_heads_is_not_taken_for_a_fresh_installation(
    database: DatabaseUrls, heads: HeadsSettings
):
    heads.ledger_heads_file.write_text("nonsense\n")
    with pytest.raises(HeadsError, match="not a signed head"):
        await check(database, heads)


def test_heads_are_not_believed_without_a_key(tmp_path: Path):
    with pytest.raises(ValidationError, match="needs LEDGER_HEADS_KEY"):
        HeadsSettings(ledger_heads_file=tmp_path / "heads.jsonl")
    with pytest.raises(ValidationError):
        HeadsSettings(ledger_heads_key="a key")


async def test_the_service_ends_with_one_line_for_the_operator(
    database: DatabaseUrls, heads: HeadsSettings, ledger_environment: dict[str, str]
):
    file = heads.ledger_heads_file
    with open_heads(file) as heads_file:
        connection = await asyncpg.connect(database.reader)
        now = await connection.fetchval("SELECT clock_timestamp()")
        await connection.close()
        head = sign(
            KEY, log_id=uuid4(), position=7, event_hash=some_hash("another log"), signed_at=now
        )
        heads_file.append(head)
    told = {"LEDGER_HEADS_FILE": str(file), "LEDGER_HEADS_KEY": public_half(KEY)}
    environment = {**system_only(os.environ), **ledger_environment, **told}
    process = await asyncio.create_subprocess_exec(
        *module("ledger", "serve"), env=environment, stderr=PIPE
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), 15)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == EXIT_CONTRADICTED
    lines = said.decode().splitlines()
    assert f"the head is of log {head.log_id}" in lines[-1]
    assert not [line for line in lines if "Traceback" in line or "service ready" in line]
