"""Each job from its deduction to its end: what runs, what is overdue, what is undelivered."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ledger.database import Pool, Row
from ledger.domain.events import Deducted, Refunded, Settled
from ledger.views.projection import Folded, must_exist, payload_of, state_if
from ledger.views.rows import Rows

OVERDUE = """
    SELECT job_id, account, deadline_at FROM ledger.jobs
    WHERE state IN ('queued', 'started') AND deadline_at <= $1
    ORDER BY deadline_at LIMIT $2
"""


async def overdue(pool: Pool, now: datetime, limit: int) -> list[tuple[UUID, str, datetime]]:
    """Return job id, account and deadline of open jobs past their deadline, the oldest first."""
    rows: list[Row] = await pool.fetch(OVERDUE, now, limit)
    return [(row["job_id"], row["account"], row["deadline_at"]) for row in rows]


class JobRow(Struct):
    job_id: UUID
    account: str
    state: str
    credits: int
    reason: str | None
    video_digest: str | None
    balance_after: int
    ordered_at: datetime
    deadline_at: datetime
    ended_at: datetime | None
    delivered: bool
    ordered_position: int
    position: int


class Jobs(Folded[JobRow]):
    name = "jobs"
    reads = "job_id, balance_after, " + state_if("deducted", "settled", "refunded")
    rows = Rows(JobRow)

    def key_of(self, event: Row) -> UUID | None:
        return event["job_id"]

    def fold(self, row: JobRow | None, event: Row) -> JobRow:
        payload = None if event["state"] is None else payload_of(event)
        if isinstance(payload, Deducted):
            return _ordered(event, payload)
        row = must_exist(row, event)
        row.position = event["position"]
        match payload:
            case Settled():
                _end(row, event)
                row.video_digest = payload.video_digest
            case Refunded():
                _end(row, event)
                row.reason = payload.reason
            case _ if event["kind"] == "started":
                row.state = "started"
            case _:
                row.delivered = True
        return row


def _ordered(event: Row, deducted: Deducted) -> JobRow:
    return JobRow(
        job_id=deducted.job_id,
        account=event["account"],
        state="queued",
        credits=deducted.credits,
        reason=None,
        video_digest=None,
        balance_after=event["balance_after"],
        ordered_at=event["recorded_at"],
        deadline_at=deducted.deadline_at,
        ended_at=None,
        delivered=False,
        ordered_position=event["position"],
        position=event["position"],
    )


def _end(row: JobRow, event: Row) -> None:
    """A job's end has the same name as the event that ends it."""
    row.state = event["kind"]
    row.balance_after = event["balance_after"]
    row.ended_at = event["recorded_at"]
