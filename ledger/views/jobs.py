"""Each job from its deduction to its end: what runs, what is overdue, what is undelivered."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

from ledger.database import Pool, PooledConnection, Row
from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.log import Recorded

ORDERED = """
    INSERT INTO ledger.jobs (job_id, account, state, credits, balance_after, ordered_at,
                             deadline_at, ordered_position, position)
    VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $7)
"""
STARTED = "UPDATE ledger.jobs SET state = 'started', position = $2 WHERE job_id = $1"
ENDED = """
    UPDATE ledger.jobs
    SET state = $2, reason = $3, video_digest = $4, balance_after = $5, ended_at = $6,
        position = $7
    WHERE job_id = $1
"""
DELIVERED = "UPDATE ledger.jobs SET delivered = true, position = $2 WHERE job_id = $1"

OVERDUE = """
    SELECT job_id, account, deadline_at FROM ledger.jobs
    WHERE state IN ('queued', 'started') AND deadline_at <= $1
    ORDER BY deadline_at LIMIT $2
"""


class Jobs:
    name = "jobs"

    async def apply(self, connection: PooledConnection, events: Sequence[Recorded]) -> None:
        for one in events:
            statement, arguments = _change_of(one, one.event)
            if statement:
                await connection.execute(statement, *arguments)


async def overdue(pool: Pool, now: datetime, limit: int) -> list[tuple[UUID, str, datetime]]:
    """Return job id, account and deadline of open jobs past their deadline, the oldest first."""
    rows: list[Row] = await pool.fetch(OVERDUE, now, limit)
    return [(row["job_id"], row["account"], row["deadline_at"]) for row in rows]


def _change_of(one: Recorded, event: AccountEvent) -> tuple[str, tuple[object, ...]]:
    match event:
        case Deducted():
            return ORDERED, (
                event.job_id,
                event.originator_id,
                event.credits,
                one.balance_after,
                one.recorded_at,
                event.deadline_at,
                one.position,
            )
        case Started():
            return STARTED, (event.job_id, one.position)
        case Settled():
            return ENDED, _end(one, event.job_id, "settled", None, event.video_digest)
        case Refunded():
            return ENDED, _end(one, event.job_id, "refunded", event.reason, None)
        case Delivered():
            return DELIVERED, (event.job_id, one.position)
        case AccountOpened() | ToppedUp():
            return "", ()
        case _:
            assert_never(event)


def _end(
    one: Recorded, job_id: UUID, state: str, reason: str | None, digest: str | None
) -> tuple[object, ...]:
    return (job_id, state, reason, digest, one.balance_after, one.recorded_at, one.position)
