"""The keys under which an event happens at most once, for ever."""

from typing import assert_never
from uuid import UUID

from ledger.domain.commands import (
    AccountCommand,
    Cancel,
    CancelPayment,
    CompletePayment,
    ConfirmPaymentRefund,
    Deduct,
    Deliver,
    FailPaymentRefund,
    OpenAccount,
    OpenPayment,
    PaymentCommand,
    Refund,
    RequestPayment,
    RequestPaymentRefund,
    Settle,
    Start,
    TopUp,
)
from ledger.domain.events import (
    WELCOME_GRANT,
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


def account_key(account_id: str) -> str:
    return f"account:{account_id}"


def grant_key(account_id: str, grant_id: str) -> str:
    return f"grant:{account_id}:{grant_id}"


def deducted_key(job_id: UUID) -> str:
    return f"deducted:{job_id}"


def started_key(job_id: UUID) -> str:
    return f"started:{job_id}"


def closed_key(job_id: UUID) -> str:
    """`Settled` and `Refunded` share it: a job has one end."""
    return f"closed:{job_id}"


def delivered_key(job_id: UUID) -> str:
    return f"delivered:{job_id}"


def order_key(order_id: UUID) -> str:
    return f"order:{order_id}"


def opened_key(provider: str, payment_id: str) -> str:
    return f"opened:{provider}:{payment_id}"


def payment_key(provider: str, payment_id: str) -> str:
    """A provider's payment is credited once, whatever order it is said to be of."""
    return f"payment:{provider}:{payment_id}"


def canceled_key(order_id: UUID) -> str:
    return f"canceled:{order_id}"


def refund_key(refund_id: str) -> str:
    return f"refund:{refund_id}"


def refunded_key(provider: str, provider_refund_id: str) -> str:
    return f"refunded:{provider}:{provider_refund_id}"


def refund_failed_key(refund_id: str) -> str:
    return f"refund_failed:{refund_id}"


def key_of(event: AccountEvent) -> str:
    match event:
        case Deducted():
            return deducted_key(event.job_id)
        case Started():
            return started_key(event.job_id)
        case Settled() | Refunded():
            return closed_key(event.job_id)
        case Delivered():
            return delivered_key(event.job_id)
        case ToppedUp():
            return grant_key(event.originator_id, event.grant_id)
        case AccountOpened():
            return account_key(event.originator_id)
        case _:
            return _payment_key_of(event)


def keys_of(command: AccountCommand) -> tuple[str, ...]:
    """Return the keys that `decide` must know. The first ones tell the result of a repeat."""
    match command:
        case Deduct():
            return tuple(deducted_key(job_id) for job_id, _ in command.jobs)
        case Start():
            return (started_key(command.job_id), closed_key(command.job_id))
        case Settle() | Refund() | Cancel():
            return (closed_key(command.job_id),)
        case Deliver():
            return (delivered_key(command.job_id), closed_key(command.job_id))
        case TopUp():
            return (grant_key(command.account_id, command.grant_id),)
        case OpenAccount():
            return (
                account_key(command.account_id),
                grant_key(command.account_id, WELCOME_GRANT),
            )
        case _:
            return (_payment_key_asked(command),)


def order_of(command: AccountCommand) -> UUID | None:
    """Return the payment order of which `decide` must know every event."""
    match command:
        case Deduct() | Start() | Settle() | Refund() | Cancel() | Deliver():
            return None
        case OpenAccount() | TopUp():
            return None
        case _:
            return command.order_id


def _payment_key_of(event: PaymentEvent) -> str:
    match event:
        case PaymentRequested():
            return order_key(event.order_id)
        case PaymentOpened():
            return opened_key(event.provider, event.payment_id)
        case PaymentCompleted():
            return payment_key(event.provider, event.payment_id)
        case PaymentCanceled():
            return canceled_key(event.order_id)
        case PaymentRefundRequested():
            return refund_key(event.refund_id)
        case PaymentRefunded():
            return refunded_key(event.provider, event.provider_refund_id)
        case PaymentRefundFailed():
            return refund_failed_key(event.refund_id)
        case _:
            assert_never(event)


def _payment_key_asked(command: PaymentCommand) -> str:
    match command:
        case RequestPayment():
            return order_key(command.order_id)
        case OpenPayment():
            return opened_key(command.provider, command.payment_id)
        case CompletePayment():
            return payment_key(command.provider, command.payment_id)
        case CancelPayment():
            return canceled_key(command.order_id)
        case RequestPaymentRefund():
            return refund_key(command.refund_id)
        case ConfirmPaymentRefund():
            return refunded_key(command.provider, command.provider_refund_id)
        case FailPaymentRefund():
            return refund_failed_key(command.refund_id)
        case _:
            assert_never(command)
