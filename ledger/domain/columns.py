"""What the log shows of an event in columns beside its state, so that SQL can check and sum."""

from typing import assert_never
from uuid import UUID

from msgspec import Struct

from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
    PaymentEvent,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)


class Columns(Struct, frozen=True, kw_only=True):
    amount: int = 0
    """How many credits the event is about."""
    debt_change: int = 0
    job_id: UUID | None = None
    closes_job: UUID | None = None
    """A job has one end."""
    order_id: UUID | None = None
    closes_refund: str | None = None
    """A refund of money has one end."""


def columns_of(event: AccountEvent) -> Columns:
    match event:
        case Deducted():
            return Columns(amount=event.credits, job_id=event.job_id)
        case Started() | Delivered():
            return Columns(job_id=event.job_id)
        case Settled():
            return Columns(amount=event.credits, job_id=event.job_id, closes_job=event.job_id)
        case Refunded():
            return Columns(
                amount=event.credits,
                debt_change=-event.to_debt,
                job_id=event.job_id,
                closes_job=event.job_id,
            )
        case ToppedUp():
            return Columns(amount=event.credits, debt_change=-event.to_debt)
        case AccountOpened():
            return Columns()
        case _:
            return _payment_columns_of(event)


def _payment_columns_of(event: PaymentEvent) -> Columns:
    order_id = event.order_id
    match event:
        case PaymentRequested():
            return Columns(amount=event.credits, order_id=order_id)
        case PaymentOpened() | PaymentCanceled():
            return Columns(order_id=order_id)
        case PaymentCompleted():
            return Columns(amount=event.credits, debt_change=-event.to_debt, order_id=order_id)
        case PaymentRefundRequested():
            return Columns(amount=event.credits, debt_change=event.shortfall, order_id=order_id)
        case PaymentRefunded():
            return Columns(order_id=order_id, closes_refund=event.refund_id)
        case PaymentRefundFailed():
            return Columns(
                amount=event.credits,
                debt_change=-event.to_debt,
                order_id=order_id,
                closes_refund=event.refund_id,
            )
        case _:
            assert_never(event)
