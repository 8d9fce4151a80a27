"""Each order of credits: what was asked, what was paid, what went back."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from msgspec import Struct, field

from ledger.database import Row
from ledger.domain.events import (
    AccountEvent,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    RefundEvent,
)
from ledger.views.projection import Folded, must_exist, payload_of
from ledger.views.rows import Rows


class PaymentRow(Struct):
    order_id: UUID
    account: str
    provider: str
    plan: str
    credits: int
    price: int
    currency: str
    requested_at: datetime
    requested_position: int
    position: int
    state: str = "requested"
    payment_ids: list[str] = field(default_factory=list[str])
    completed: int = 0
    paid_credits: int = 0
    paid_money: int = 0
    refund_requested_money: int = 0
    refund_returned_money: int = 0
    refund_failed_money: int = 0
    open_refunds: dict[str, int] = field(default_factory=dict[str, int])
    clawed_credits: int = 0
    shortfall_credits: int = 0
    opened_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None


class Payments(Folded[PaymentRow]):
    name = "payments"
    reads = "order_id, topic, CASE WHEN order_id IS NOT NULL THEN state END AS state"
    rows = Rows(PaymentRow)

    def key_of(self, event: Row) -> UUID | None:
        return event["order_id"]

    def fold(self, row: PaymentRow | None, event: Row) -> PaymentRow:
        payload = payload_of(event)
        if isinstance(payload, PaymentRequested):
            return _requested(event, payload)
        row = must_exist(row, event)
        row.position = event["position"]
        _change(row, payload, event["recorded_at"])
        return row


def _requested(event: Row, requested: PaymentRequested) -> PaymentRow:
    return PaymentRow(
        order_id=requested.order_id,
        account=requested.originator_id,
        provider=requested.provider,
        plan=requested.plan,
        credits=requested.credits,
        price=requested.price,
        currency=requested.currency,
        requested_at=event["recorded_at"],
        requested_position=event["position"],
        position=event["position"],
    )


def _change(row: PaymentRow, payload: AccountEvent, now: datetime) -> None:
    """What was paid stays paid, whatever else the provider says of the order."""
    match payload:
        case PaymentOpened():
            row.opened_at = row.opened_at or now
            row.state = "opened" if row.state == "requested" else row.state
            _remember(row, payload.payment_id)
        case PaymentCompleted():
            row.completed_at = row.completed_at or now
            row.state = "completed"
            row.completed += 1
            row.paid_credits += payload.credits
            row.paid_money += payload.price
            _remember(row, payload.payment_id)
        case PaymentCanceled():
            row.canceled_at = now
            row.state = "canceled"
        case PaymentRefundRequested() | PaymentRefunded() | PaymentRefundFailed():
            _refund(row, payload)
        case _:
            raise TypeError(payload)


def _refund(row: PaymentRow, payload: RefundEvent) -> None:
    match payload:
        case PaymentRefundRequested():
            row.refund_requested_money += payload.money
            row.clawed_credits += payload.credits
            row.shortfall_credits += payload.shortfall
            row.open_refunds[payload.refund_id] = payload.money
        case PaymentRefunded():
            row.refund_returned_money += row.open_refunds.pop(payload.refund_id)
        case PaymentRefundFailed():
            row.refund_failed_money += row.open_refunds.pop(payload.refund_id)
            row.clawed_credits -= payload.credits
        case _:
            assert_never(payload)


def _remember(row: PaymentRow, payment_id: str) -> None:
    if payment_id not in row.payment_ids:
        row.payment_ids.append(payment_id)
