"""The outbox: follow the log and tell NATS, at least once and in order.

The stream itself says how far it got: each message carries its position, and each publish names
the sequence it expects to follow. So a second publisher is fenced off, and a stream that was
lost, purged or recreated is noticed and refilled from the log.
"""

import asyncio
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from msgspec import Struct

from ledger.database import UNREACHABLE, Bell, Pool, PooledConnection, Row
from ledger.log import Recorded
from ledger.log.postgres import recorded_of

BATCH_MAX = 100
RETRY_S = 0.5
LEADER_LOCK = 7302
LEADER_POLL_S = 1.0

LEAD = "SELECT pg_try_advisory_lock($1)"
LOG_ID = "SELECT log_id FROM ledger.identity"
HEAD = "SELECT coalesce(max(notification_id), 0) FROM ledger.events"
CURSOR = "SELECT position FROM ledger.cursors WHERE name = 'outbox'"
MOVE_CURSOR = """
    INSERT INTO ledger.cursors AS cursors (name, position, stream_created_at, stream_sequence)
    VALUES ('outbox', $1, $2, $3)
    ON CONFLICT (name) DO UPDATE
        SET position = greatest(cursors.position, excluded.position),
            stream_created_at = excluded.stream_created_at,
            stream_sequence = excluded.stream_sequence
"""
READ_AFTER = """
    SELECT * FROM ledger.events
    WHERE notification_id > $1 ORDER BY notification_id LIMIT $2
"""
# A refill reaches back to the oldest job that somebody may still wait for, or seven days.
REFILL_FROM = """
    SELECT least(
        (SELECT min(ordered_position) FROM ledger.jobs
         WHERE state IN ('queued', 'started') OR (state = 'settled' AND NOT delivered)),
        (SELECT min(notification_id) FROM ledger.events
         WHERE recorded_at > clock_timestamp() - interval '7 days'))
"""

log = structlog.get_logger()


class StreamState(Struct, frozen=True, kw_only=True):
    """What the stream says of itself. `log_id` and `position` are those of its last message."""

    created_at: datetime
    sequence: int
    log_id: str | None = None
    position: int = 0


class StreamMovedError(Exception):
    """The stream is not where we left it: look again before publishing."""


class StreamAheadError(Exception):
    """NATS has seen events that this log does not hold: a restored backup or a lost tail.

    The ledger must not go on; an operator decides.
    """


class Publisher(Protocol):
    """The LEDGER stream as the outbox needs it."""

    async def state(self) -> StreamState: ...

    async def publish(self, one: Recorded, *, log_id: str, after: int, refill: bool) -> int:
        """Store one event behind sequence `after` and return its own sequence.

        Raises `StreamMovedError`, or `TimeoutError` when NATS stays away.
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
        log_id: UUID = await connection.fetchval(LOG_ID)
        stream = await self._publisher.state()
        position, refill_until = await self._resume(connection, stream, str(log_id))
        sequence = stream.sequence
        log.info("outbox leads", position=position, refill_until=refill_until)
        while not stop.is_set():
            rows = await connection.fetch(READ_AFTER, position, BATCH_MAX)
            for one in map(recorded_of, rows):
                sequence = await self._publisher.publish(
                    one,
                    log_id=str(log_id),
                    after=sequence,
                    refill=one.position <= refill_until,
                )
                position = one.position
            if rows:
                await connection.execute(MOVE_CURSOR, position, stream.created_at, sequence)
            if len(rows) < BATCH_MAX:
                await self._bell.wait()

    async def _resume(
        self, connection: PooledConnection, stream: StreamState, log_id: str
    ) -> tuple[int, int]:
        """Return the position to go on after, and up to which one it is a refill."""
        head: int = await connection.fetchval(HEAD)
        cursor: Row | None = await connection.fetchrow(CURSOR)
        published: int = cursor["position"] if cursor else 0
        if stream.log_id is not None:
            if stream.log_id != log_id or stream.position > head:
                raise StreamAheadError(
                    f"the LEDGER stream holds position {stream.position} of log {stream.log_id}, "
                    f"this is log {log_id} with its head at {head}"
                )
            return stream.position, published
        if published == 0:
            return 0, 0
        oldest: int | None = await connection.fetchval(REFILL_FROM)
        start = published if oldest is None else min(oldest - 1, published)
        log.warning("the LEDGER stream is empty and is refilled", after=start, until=published)
        return start, published
