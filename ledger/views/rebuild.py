"""Build a projection anew from the log beside the live one, and put it in its place.

The live one is followed and read all the while. The swap is one transaction under the live
cursor's row lock: who asks before it sees the old table with the old position, who asks after it
the new table with a position that is not older. A rebuild that dies leaves only its own shadow.
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg

from ledger.database import Pool, PooledConnection
from ledger.views.following import BATCH_MAX, advance, live
from ledger.views.projection import Projection
from ledger.views.shadow import drop_shadow, make_shadow, replace_live, shadow_of, spelled

REBUILD_LOCK = 7304
TIDY_WAIT_S = 600.0
# While the swap waits for a reader, later readers wait behind it: not for long, and then again.
SWAP_LOCK_WAIT = "200ms"
SWAP_TRIES_MAX = 600
SWAP_RETRY_S = 1.0

LOCK = "SELECT pg_try_advisory_lock($1, $2)"
UNLOCK = "SELECT pg_advisory_unlock($1, $2)"
MAY_REBUILD = """
    SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = $1::text::regclass
"""
HEAD = "SELECT coalesce(max(notification_id), 0) FROM ledger.events"
POSITION = "SELECT position FROM ledger.cursors WHERE name = $1"
TIDY = "VACUUM (ANALYZE) {shadow}"
LIMIT_WAITS = f"SET LOCAL lock_timeout = '{SWAP_LOCK_WAIT}'"
TAKE_LIVE_CURSOR = "SELECT position FROM ledger.cursors WHERE name = $1 FOR UPDATE"

Progress = Callable[[int, int], None]
"""Told the position that the shadow has reached, and the log's head."""


class RebuildError(Exception):
    """Why there is no rebuild, in one line; the live projection is as it was."""


async def rebuild(pool: Pool, projection: Projection, progress: Progress) -> int:
    """Return the position at which the new table took over. Raises `RebuildError`."""
    async with pool.acquire() as connection, _alone(connection, projection):
        await make_shadow(connection, projection)
        try:
            await _fill(connection, projection, progress)
            await connection.execute(spelled(TIDY, projection), timeout=TIDY_WAIT_S)
            return await _swap_when_possible(connection, projection, progress)
        except Exception:
            await drop_shadow(connection, projection)
            raise


def lock_of(name: str) -> tuple[int, int]:
    """Return the advisory lock that a rebuild of that projection holds to its end."""
    return REBUILD_LOCK, zlib.crc32(name.encode()) & 0x7FFF_FFFF


@asynccontextmanager
async def _alone(connection: PooledConnection, projection: Projection) -> AsyncGenerator[None]:
    if not await connection.fetchval(MAY_REBUILD, live(projection).table):
        raise RebuildError("only the owner of the tables may rebuild one: set OWNER_DATABASE_URL")
    if not await connection.fetchval(LOCK, *lock_of(projection.name)):
        raise RebuildError(f"{projection.name} is being rebuilt already")
    try:
        yield
    finally:
        await connection.execute(UNLOCK, *lock_of(projection.name))


async def _fill(connection: PooledConnection, projection: Projection, progress: Progress) -> None:
    """Catch up until little is left for the swap."""
    shadow = shadow_of(projection)
    applied = BATCH_MAX
    while applied == BATCH_MAX:
        async with connection.transaction():
            applied = await advance(connection, projection, shadow)
        position = await connection.fetchval(POSITION, shadow.cursor)
        progress(position, await connection.fetchval(HEAD))


async def _swap_when_possible(
    connection: PooledConnection, projection: Projection, progress: Progress
) -> int:
    for _ in range(SWAP_TRIES_MAX):
        with suppress(asyncpg.LockNotAvailableError):
            async with connection.transaction():
                return await _swap(connection, projection)
        await asyncio.sleep(SWAP_RETRY_S)
        await _fill(connection, projection, progress)
    raise RebuildError(f"somebody does not stop reading {projection.name}: try again later")


async def _swap(connection: PooledConnection, projection: Projection) -> int:
    """Raises `LockNotAvailableError` while somebody reads the live table in a transaction."""
    cursor = live(projection).cursor
    await connection.execute(LIMIT_WAITS)
    await connection.execute(TAKE_LIVE_CURSOR, cursor)
    while await advance(connection, projection, shadow_of(projection)) == BATCH_MAX:
        pass
    await replace_live(connection, projection)
    return await connection.fetchval(POSITION, cursor)
