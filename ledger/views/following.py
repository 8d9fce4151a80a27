"""Follow the log and apply each event to a projection exactly once.

Rows and cursor move in one transaction, so a crash repeats nothing and loses nothing. Events
come straight from the log, never through NATS.
"""

import asyncio
from collections.abc import Sequence

import structlog
from msgspec import Struct

from contracts.service import OperatorNeededError
from ledger.database import UNREACHABLE, Bell, Pool, PooledConnection, Row
from ledger.views.projection import Projection

BATCH_MAX = 2_000
RETRY_S = 1.0

# The row lock makes a second follower of the same projection wait. From here to the commit
# everything goes by index, whatever old statistics say: a batch may never cost a walk over a table.
TAKE_CURSOR = """
    SELECT position, hash, set_config('enable_seqscan', 'off', true),
           set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
    FROM ledger.cursors WHERE name = $1 FOR UPDATE
"""
MOVE_CURSOR = """
    UPDATE ledger.cursors SET position = $2, hash = $3, moved_at = clock_timestamp()
    WHERE name = $1
"""
READ_FROM = """
    SELECT notification_id AS position, originator_id AS account, kind, recorded_at, hash, {reads}
    FROM ledger.events
    WHERE notification_id >= $1 ORDER BY notification_id LIMIT $2
"""

log = structlog.get_logger()


class Target(Struct, frozen=True):
    """The table to fill, and the cursor that says how far it is."""

    table: str
    cursor: str


class LogChangedError(OperatorNeededError):
    """The log does not continue what a projection has read of it."""


def live(projection: Projection) -> Target:
    return Target(table=f"ledger.{projection.name}", cursor=projection.name)


async def follow(pool: Pool, projection: Projection, bell: Bell, stop: asyncio.Event) -> None:
    """Keep the projection up to date until `stop`. A broken invariant ends the service loudly."""
    while not stop.is_set():
        try:
            applied = await catch_up(pool, projection)
        except UNREACHABLE as error:
            log.warning("projection waits", projection=projection.name, error=repr(error))
            await asyncio.sleep(RETRY_S)
        except Exception as error:
            log.critical("projection stopped", projection=projection.name, error=repr(error))
            raise
        else:
            if applied < BATCH_MAX:
                await bell.wait()


async def catch_up(pool: Pool, projection: Projection, limit: int = BATCH_MAX) -> int:
    """Apply the next batch and return how many events it held."""
    async with pool.acquire() as connection, connection.transaction():
        return await advance(connection, projection, live(projection), limit)


async def advance(
    connection: PooledConnection, projection: Projection, target: Target, limit: int = BATCH_MAX
) -> int:
    """Apply the next batch in the transaction of the caller."""
    cursor = await connection.fetchrow(TAKE_CURSOR, target.cursor)
    if cursor is None:
        raise LogChangedError(f"nobody knows how far {target.table} is: it must be rebuilt")
    position: int = cursor["position"]
    statement = READ_FROM.format(reads=projection.reads)
    rows = await connection.fetch(statement, position, limit + (position > 0))
    events = _continued(target, cursor, rows)
    if events:
        await projection.apply(connection, target.table, events)
        last = events[-1]
        await connection.execute(MOVE_CURSOR, target.cursor, last["position"], last["hash"])
    return len(events)


def _continued(target: Target, cursor: Row, rows: Sequence[Row]) -> Sequence[Row]:
    """Return what is new in `rows`, which begin at the cursor's own event.

    That event tells whether the log is still the one that was read, and a gap is never skipped.
    """
    position = cursor["position"]
    if position > 0 and not (rows and rows[0]["hash"] == cursor["hash"]):
        raise LogChangedError(f"{target.table} has read another log up to position {position}")
    events = rows[1:] if position > 0 else rows
    for expected, event in enumerate(events, start=position + 1):
        if event["position"] != expected:
            raise LogChangedError(f"the log lacks position {expected}, {target.table} stops there")
    return events
