"""Follow the log and apply each event to a projection exactly once.

Rows and cursor move in one transaction, so a crash repeats nothing and loses nothing. Events
come straight from the log, never through NATS.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from ledger.database import UNREACHABLE, Bell, Pool, PooledConnection
from ledger.log import Recorded
from ledger.log.postgres import recorded_of

BATCH_MAX = 500
RETRY_S = 1.0

# The row lock makes a second follower of the same projection wait.
TAKE_CURSOR = "SELECT position FROM ledger.cursors WHERE name = $1 FOR UPDATE"
MAKE_CURSOR = "INSERT INTO ledger.cursors (name) VALUES ($1) ON CONFLICT DO NOTHING"
MOVE_CURSOR = "UPDATE ledger.cursors SET position = $2 WHERE name = $1"
READ_AFTER = """
    SELECT * FROM ledger.events
    WHERE notification_id > $1 ORDER BY notification_id LIMIT $2
"""

log = structlog.get_logger()


class Projection(Protocol):
    name: str

    async def apply(self, connection: PooledConnection, events: Sequence[Recorded]) -> None: ...


async def follow(pool: Pool, projection: Projection, bell: Bell, stop: asyncio.Event) -> None:
    """Keep the projection up to date until `stop`. A broken invariant ends the service loudly."""
    while not stop.is_set():
        try:
            applied = await catch_up(pool, projection)
        except UNREACHABLE as error:
            log.warning("projection waits", projection=projection.name, error=repr(error))
            await asyncio.sleep(RETRY_S)
        else:
            if applied < BATCH_MAX:
                await bell.wait()


async def catch_up(pool: Pool, projection: Projection) -> int:
    """Apply the next batch and return how many events it held."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(MAKE_CURSOR, projection.name)
        position: int = await connection.fetchval(TAKE_CURSOR, projection.name)
        rows = await connection.fetch(READ_AFTER, position, BATCH_MAX)
        events = [recorded_of(row) for row in rows]
        if events:
            await projection.apply(connection, events)
            await connection.execute(MOVE_CURSOR, projection.name, events[-1].position)
    return len(events)
