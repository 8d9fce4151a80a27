"""What the log shows of an event in columns beside its state, so that SQL can check and sum."""

from typing import assert_never
from uuid import UUID

from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
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


def amount_of(event: AccountEvent) -> int:
    """Return how many credits the event is about, 0 where it says none."""
    match event:
        case Deducted() | Settled() | ToppedUp() | Refunded():
            return event.credits
        case Started() | Delivered() | AccountOpened():
            return 0
        case PaymentOpened() | PaymentCanceled() | PaymentRefunded():
            return 0
        case _:
            return event.credits


def balance_change_of(event: AccountEvent) -> int:
    match event:
        case Deducted():
            return -event.credits
        case ToppedUp() | Refunded() | PaymentCompleted() | PaymentRefundFailed():
            return event.credits - event.to_debt
        case PaymentRefundRequested():
            return event.shortfall - event.credits
        case Started() | Settled() | Delivered() | AccountOpened():
            return 0
        case PaymentRequested() | PaymentOpened() | PaymentCanceled() | PaymentRefunded():
            return 0
        case _:
            assert_never(event)


def debt_change_of(event: AccountEvent) -> int:
    match event:
        case Deducted() | Started() | Settled() | Delivered() | AccountOpened():
            return 0
        case ToppedUp() | Refunded() | PaymentCompleted() | PaymentRefundFailed():
            return -event.to_debt
        case PaymentRefundRequested():
            return event.shortfall
        case PaymentRequested() | PaymentOpened() | PaymentCanceled() | PaymentRefunded():
            return 0
        case _:
            assert_never(event)


def job_of(event: AccountEvent) -> UUID | None:
    match event:
        case Deducted() | Started() | Settled() | Refunded() | Delivered():
            return event.job_id
        case _:
            return None


def closes_job_of(event: AccountEvent) -> UUID | None:
    """Return the job that the event ends: a job has one end."""
    match event:
        case Settled() | Refunded():
            return event.job_id
        case _:
            return None


def order_id_of(event: AccountEvent) -> UUID | None:
    match event:
        case Deducted() | Started() | Settled() | Refunded() | Delivered():
            return None
        case AccountOpened() | ToppedUp():
            return None
        case _:
            return event.order_id


def closes_refund_of(event: AccountEvent) -> str | None:
    """Return the money refund that the event ends: a refund has one end."""
    match event:
        case PaymentRefunded() | PaymentRefundFailed():
            return event.refund_id
        case _:
            return None
