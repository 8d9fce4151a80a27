"""What PostgreSQL and its driver can do with a row as wide as ours, and nothing else to do."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import asyncpg

from bench.life import DIGEST, account_of, random_id
from bench.meter import Meter
from bench.sides import Figures, Parameters
from ledger.codec import encode
from ledger.domain.events import Deducted

SEED = 7
TABLE = "one_row_each"
COLUMNS = (
    "notification_id",
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "kind",
    "amount",
    "key",
    "job_id",
    "recorded_at",
    "actor",
    "correlation_id",
    "balance_after",
    "debt_change",
    "debt_after",
    "hash",
)
# The columns of ledger.events, with one index.
MAKE = f"""
    CREATE TABLE IF NOT EXISTS {TABLE} AS
        SELECT {", ".join(COLUMNS)} FROM ledger.events WITH NO DATA;
    ALTER TABLE {TABLE} ADD PRIMARY KEY (notification_id);
"""  # noqa: S608 - the names are constants of this module
INSERT = f"""
    INSERT INTO {TABLE} ({", ".join(COLUMNS)})
    VALUES ({", ".join(f"${nth}" for nth in range(1, len(COLUMNS) + 1))})
"""  # noqa: S608 - the names are constants of this module

Row = tuple[Any, ...]


async def single(parameters: Parameters) -> Figures:
    """One INSERT is one commit; `connections` at once."""
    connections = parameters["connections"]
    async with asyncpg.create_pool(
        parameters["url"], min_size=connections, max_size=connections, reset=_leave
    ) as pool:
        await pool.execute(MAKE)
        numbers = itertools.count(1)
        held = [await pool.acquire() for _ in range(connections)]

        async def commit(work: tuple[asyncpg.Connection, Row]) -> None:
            connection, row = work
            await connection.execute(INSERT, *row)

        callers = [_with(one, rows(numbers, Random(SEED))) for one in held]
        rate = await Meter().run(callers, commit, parameters["seconds"])
        for one in held:
            await pool.release(one)
    return {f"commit_{connections}": rate}


async def copy(parameters: Parameters) -> Figures:
    """COPY of `rows` at once, one connection."""
    size = parameters["rows"]
    connection = await asyncpg.connect(parameters["url"])
    await connection.execute(MAKE)

    async def commit(batch: list[Row]) -> None:
        await connection.copy_records_to_table(TABLE, records=batch, columns=COLUMNS)

    all_rows = rows(itertools.count(1), Random(SEED))
    batches = iter(lambda: (list(itertools.islice(all_rows, size)),), None)
    rate = await Meter().run([batches], commit, parameters["seconds"])
    await connection.close()
    return {f"copy_{size}": rate * size}


def rows(numbers: Iterator[int], chance: Random) -> Iterator[Row]:
    """Rows of a deduction: the widest event of a job's life."""
    moment = datetime.now(UTC)
    for position in numbers:
        job_id = random_id(chance)
        event = Deducted(
            originator_id=account_of(position),
            originator_version=3,
            job_id=job_id,
            credits=1,
            order_digest=DIGEST,
            index=0,
            count=1,
            deadline_at=moment,
        )
        stored = encode(event)
        yield (
            *(position, stored.originator_id, 3, stored.topic, stored.state, "deducted", 1),
            *(f"deducted:{job_id}", job_id, moment, "person", stored.originator_id),
            *(0, 0, 0, bytes.fromhex(DIGEST)),
        )


def _with(connection: asyncpg.Connection, all_rows: Iterator[Row]) -> Iterator[Any]:
    for row in all_rows:
        yield ((connection, row),)


async def _leave(_: asyncpg.Connection) -> None:
    """Keep the connection as it is, as the engine's own does."""
