"""The outbox: follow the log and tell NATS, at least once and in order.

The stream itself says how far it got: each message carries its position and its hash, and each
publish names the sequence that it expects to follow. So a second publisher is fenced off, and a
stream that was lost, purged or recreated is noticed and refilled from the log.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from ledger.database import UNREACHABLE, Bell, Pool, PooledConnection
from ledger.log import Recorded
from ledger.log.postgres import recorded_of
from ledger.outbox import rewinding
from ledger.outbox.resuming import BATCH_MAX, resume
from ledger.outbox.standing import Standing, StreamState

RETRY_S = 0.5
LEADER_LOCK = 7302
LOOK_EVERY_S = 2.0
"""A stream that is wiped while nothing happens is noticed this late."""

LEAD = "SELECT pg_try_advisory_lock($1)"
LOG_ID = "SELECT log_id::text FROM ledger.identity"
READ_AFTER = """
    SELECT * FROM ledger.events
    WHERE notification_id > $1 ORDER BY notification_id LIMIT $2
"""
MOVE_CURSOR = """
    INSERT INTO ledger.cursors AS cursors
        (name, position, hash, stream_created_at, stream_sequence, stream_intact_from,
         stream_missing)
    VALUES ('outbox', $1, $2, $3, $4, $5, $6)
    ON CONFLICT (name) DO UPDATE
        SET position = greatest(cursors.position, excluded.position),
            hash = CASE WHEN excluded.position > cursors.position
                THEN excluded.hash ELSE cursors.hash END,
            stream_created_at = excluded.stream_created_at,
            stream_sequence = excluded.stream_sequence,
            stream_intact_from = excluded.stream_intact_from,
            stream_missing = excluded.stream_missing,
            moved_at = clock_timestamp()
"""

log = structlog.get_logger()


class StreamMovedError(Exception):
    """The stream is not where we left it: look again before publishing."""


class Publisher(Protocol):
    """The LEDGER stream as the outbox needs it."""

    async def state(self) -> StreamState:
        """Raises `TimeoutError` when NATS stays away."""
        ...

    async def publish(
        self, batch: Sequence[Recorded], *, log_id: str, after: int, refill_until: int
    ) -> int:
        """Store the events in order behind sequence `after` and return the last one's sequence.

        Those up to position `refill_until` are marked: they may have been published before.
        Raises `StreamMovedError`, or `TimeoutError` when NATS stays away; then the first few of
        the batch, or all, may have been stored.
        """
        ...


class Outbox:
    def __init__(self, pool: Pool, publisher: Publisher, bell: Bell) -> None:
        self._pool = pool
        self._publisher = publisher
        self._bell = bell

    async def run(self, stop: asyncio.Event) -> None:
        """Publish while this process leads, until `stop`. Raises `StreamAheadError`."""
        while not stop.is_set():
            try:
                async with self._pool.acquire() as connection:
                    if await connection.fetchval(LEAD, LEADER_LOCK):
                        await self._lead(connection, stop)
            except (*UNREACHABLE, StreamMovedError) as error:
                log.warning("outbox starts again", error=repr(error))
            await asyncio.sleep(0 if stop.is_set() else RETRY_S)

    async def _lead(self, connection: PooledConnection, stop: asyncio.Event) -> None:
        """Publish from where the stream stands; the lock ends with the connection's session."""
        log_id: str = await connection.fetchval(LOG_ID)
        loop = asyncio.get_running_loop()
        standing, looked_at = await self._look(connection, None), loop.time()
        log.info("outbox leads", position=standing.position, refill_until=standing.refill_until)
        while not stop.is_set():
            if loop.time() > looked_at + LOOK_EVERY_S:
                standing, looked_at = await self._look(connection, standing), loop.time()
            heeded = await rewinding.heed(connection, standing)
            rows = await connection.fetch(READ_AFTER, heeded.position, BATCH_MAX)
            if rows:
                is_rewound = heeded is not standing
                batch = [recorded_of(row) for row in rows]
                standing = await self._publish(connection, log_id, heeded, batch)
                if is_rewound:
                    await rewinding.note_begun(connection, heeded)
            if len(rows) < BATCH_MAX:
                await self._bell.wait()

    async def _look(self, connection: PooledConnection, left: Standing | None) -> Standing:
        """Return where the stream stands: as we `left` it, or as it must be gone on with."""
        stream = await self._publisher.state()
        if left is not None and left.is_left_as(stream):
            return left
        standing = await resume(connection, stream)
        if not standing.is_refill:
            await _move_cursor(connection, standing)
        return standing

    async def _publish(
        self,
        connection: PooledConnection,
        log_id: str,
        standing: Standing,
        batch: Sequence[Recorded],
    ) -> Standing:
        sequence = await self._publisher.publish(
            batch,
            log_id=log_id,
            after=standing.stream.sequence,
            refill_until=standing.refill_until,
        )
        last = batch[-1]
        standing = standing.after(sequence, last.position, last.hash)
        await _move_cursor(connection, standing)
        return standing


async def _move_cursor(connection: PooledConnection, standing: Standing) -> None:
    await connection.execute(
        MOVE_CURSOR,
        standing.position,
        standing.hash,
        standing.stream.created_at,
        standing.stream.sequence,
        standing.intact_from,
        standing.stream.missing,
    )
