"""Where the outbox goes on: what the stream holds, compared with the cursor and with the log."""

from datetime import timedelta

import structlog

from contracts.service import OperatorNeededError
from contracts.topology import LEDGER
from ledger.database import PooledConnection, Row
from ledger.outbox.standing import Mark, Standing, StreamState

BATCH_MAX = 256
REFILL_AGE = timedelta(days=7)
REFILL_WAIT_S = 600.0
"""A refill is rare, and its start is looked for in the whole log."""

LOG = """
    SELECT log_id::text,
           (SELECT coalesce(max(notification_id), 0) FROM ledger.events) AS head
    FROM ledger.identity
"""
CURSOR = "SELECT * FROM ledger.cursors WHERE name = 'outbox'"
HASH = "SELECT hash FROM ledger.events WHERE notification_id = $1"
IS_YOUNGER = """
    SELECT recorded_at > clock_timestamp() - $2::interval FROM ledger.events
    WHERE notification_id = $1
"""
# Neither refunded nor delivered: somebody may still wait for it. A late video's job is refunded,
# and it is only a gift.
OLDEST_AWAITED = """
    SELECT min(d.notification_id) FROM ledger.events AS d
    WHERE d.kind = 'deducted' AND d.notification_id < $1
      AND NOT EXISTS (SELECT FROM ledger.events AS e
                      WHERE e.closes_job = d.job_id AND e.kind = 'refunded')
      AND NOT EXISTS (SELECT FROM ledger.events AS e
                      WHERE e.key = 'delivered:' || d.job_id)
"""

log = structlog.get_logger()


class StreamAheadError(OperatorNeededError):
    """NATS has seen events that this log does not hold: a restored backup or a lost tail.

    The ledger must not go on; an operator decides.
    """


async def resume(connection: PooledConnection, stream: StreamState) -> Standing:
    """Return the position to go on after, and up to which one it is a refill.

    Raises `StreamAheadError`.
    """
    known = await connection.fetchrow(LOG)
    assert known is not None  # noqa: S101 - the migration has written the one row
    head: int = known["head"]
    reached = stream.last.position if stream.last else 0
    digest = await _hash_of(connection, stream.last, known) if stream.last else None
    cursor = await connection.fetchrow(CURSOR)
    loss, start = await _loss_of(connection, stream, cursor) if cursor else (None, reached)
    if cursor is None or loss is None:
        return Standing(
            stream=stream,
            intact_from=_intact_from(stream, cursor),
            position=reached,
            hash=digest,
            refill_until=0,
        )
    # A leader that died had published at most one batch beyond the cursor.
    until = min(head, cursor["position"] + BATCH_MAX)
    log.warning("the LEDGER stream is refilled", because=loss, after=start, until=until)
    return Standing(
        stream=stream,
        intact_from=_intact_from(stream, cursor) if start == reached else stream.sequence + 1,
        position=start,
        hash=None,
        refill_until=until,
    )


async def _hash_of(connection: PooledConnection, last: Mark, known: Row) -> bytes:
    """Return the log's hash of the event that the stream ends with, unless they contradict."""
    digest: bytes | None = await connection.fetchval(HASH, last.position)
    if last.log_id == known["log_id"] and digest is not None and last.hash in (None, digest):
        return digest
    raise StreamAheadError(
        f"the LEDGER stream ends with position {last.position} of log {last.log_id}, which this "
        f"log ({known['log_id']}, head {known['head']}) does not hold: restore the newer backup "
        "of the database, or delete the stream to let it be filled from this log"
    )


def _intact_from(stream: StreamState, cursor: Row | None) -> int:
    if cursor is None or cursor["stream_created_at"] != stream.created_at:
        return stream.first_sequence
    return max(stream.first_sequence, cursor["stream_intact_from"] or 0)


async def _loss_of(
    connection: PooledConnection, stream: StreamState, cursor: Row
) -> tuple[str | None, int]:
    """Return what the stream has lost, if anything, and the position to go on after."""
    published: int = cursor["position"]
    is_same = stream.created_at == cursor["stream_created_at"]
    if stream.last is None or stream.first is None:
        if is_same and published == 0:
            return None, 0
        return "it is empty", min(published, await _refill_start(connection, published))
    reached = stream.last.position
    if stream.missing > ((cursor["stream_missing"] if is_same else 0) or 0):
        return "it has holes", min(reached, await _refill_start(connection, published))
    intact_from: int | None = cursor["stream_intact_from"] if is_same else 0
    if intact_from is not None and stream.first_sequence > intact_from:
        start = await _start_if_cut_off(connection, stream, stream.first.position, published)
        if start is not None:
            return "its beginning was cut off", min(reached, start)
    if reached < published:
        return "its end is missing", reached
    return None, reached


async def _start_if_cut_off(
    connection: PooledConnection, stream: StreamState, first: int, published: int
) -> int | None:
    """Return where to refill from, or None if only what nobody waits for is gone.

    What left by age or for lack of room is not brought back: it would drive out newer messages.
    """
    age_max = timedelta(seconds=LEDGER.age_max_s)
    if stream.is_full or not await connection.fetchval(IS_YOUNGER, first - 1, age_max):
        return None
    start = await _refill_start(connection, published)
    return start if start < first - 1 else None


async def _refill_start(connection: PooledConnection, published: int) -> int:
    """Return the position before the oldest job that somebody may wait for, or seven days back.

    It is taken from the log itself: a view may be behind.
    """
    recent = await _first_younger(connection, published)
    awaited: int | None = await connection.fetchval(OLDEST_AWAITED, recent, timeout=REFILL_WAIT_S)
    return (awaited or recent) - 1


async def _first_younger(connection: PooledConnection, published: int) -> int:
    """Return the first position younger than seven days, or the one behind `published`.

    The log's clock never goes back, so it is found by halving.
    """
    low, high = 1, published + 1
    while low < high:
        middle = (low + high) // 2
        if await connection.fetchval(IS_YOUNGER, middle, REFILL_AGE):
            high = middle
        else:
            low = middle + 1
    return low
