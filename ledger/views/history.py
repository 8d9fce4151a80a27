"""Every event of an account as a line that a person can read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ledger.database import PooledConnection, Row
from ledger.domain.events import (
    Delivered,
    PaymentCanceled,
    PaymentRefundFailed,
    Refunded,
    ToppedUp,
)
from ledger.views.credits import balance_change_of
from ledger.views.projection import payload_of, state_if
from ledger.views.rows import Rows


class HistoryRow(Struct):
    position: int
    account: str
    recorded_at: datetime
    kind: str
    credits: int
    balance_after: int
    job_id: UUID | None
    reason: str | None
    order_id: UUID | None
    debt_change: int


class History:
    name = "history"
    reads = "amount, debt_change, balance_after, job_id, order_id, " + state_if(
        "topped_up", "refunded", "delivered", "payment_canceled", "payment_refund_failed"
    )
    rows = Rows(HistoryRow)

    async def apply(self, connection: PooledConnection, table: str, events: Sequence[Row]) -> None:
        await self.rows.add(connection, table, map(_line_of, events))


def _line_of(event: Row) -> HistoryRow:
    return HistoryRow(
        position=event["position"],
        account=event["account"],
        recorded_at=event["recorded_at"],
        kind=event["kind"],
        credits=balance_change_of(event),
        balance_after=event["balance_after"],
        job_id=event["job_id"],
        reason=None if event["state"] is None else _reason_of(event),
        order_id=event["order_id"],
        debt_change=event["debt_change"],
    )


def _reason_of(event: Row) -> str | None:
    match payload_of(event):
        case ToppedUp(reason=reason) | Refunded(reason=reason):
            return reason
        case PaymentCanceled(reason=reason) | PaymentRefundFailed(reason=reason):
            return reason
        case Delivered(outcome=outcome):
            return outcome
        case _:
            return None
