"""How money goes back: credits are taken first, and return if the money did not go."""

from ledger.domain.account import Account
from ledger.domain.commands import (
    ConfirmPaymentRefund,
    FailPaymentRefund,
    RequestPaymentRefund,
)
from ledger.domain.events import (
    AccountEvent,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
)
from ledger.domain.keys import refund_key, refunded_key
from ledger.domain.orders import KnownOrder, Payment, find_order, refuse_mismatch
from ledger.domain.refusals import (
    PaymentUnknown,
    RefundClosed,
    RefundTooLarge,
    RefundUnknown,
    TooManyRefunds,
)
from ledger.domain.rules import (
    MONEY_MAX,
    Known,
    refuse_late,
    refuse_no_amount,
    refuse_other,
    to_debt,
)

REFUNDS_PER_PAYMENT_MAX = 20
"""Failed ones too: what must be read to decide stays small."""


def decide_request_payment_refund(
    command: RequestPaymentRefund, account: Account, known: Known
) -> list[AccountEvent]:
    refuse_no_amount(MONEY_MAX, money=command.money)
    order = find_order(command.order_id, account, known)
    if _is_repeated_request(command, known):
        return []
    refuse_late(command, known)
    payment = order.payments.get((command.provider, command.payment_id))
    if payment is None:
        raise PaymentUnknown
    if payment.refunds >= REFUNDS_PER_PAYMENT_MAX:
        raise TooManyRefunds
    if payment.money_back + command.money > payment.completed.price:
        raise RefundTooLarge
    taken = _clawback(payment, command.money)
    return [
        PaymentRefundRequested(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            order_id=command.order_id,
            provider=command.provider,
            payment_id=command.payment_id,
            refund_id=command.refund_id,
            money=command.money,
            currency=payment.completed.currency,
            credits=taken,
            shortfall=max(0, taken - account.balance),
        )
    ]


def decide_confirm_payment_refund(
    command: ConfirmPaymentRefund, account: Account, known: Known
) -> list[AccountEvent]:
    order = find_order(command.order_id, account, known)
    recorded = known.events.get(refunded_key(command.provider, command.provider_refund_id))
    if isinstance(recorded, PaymentRefunded):
        refuse_other(order_id=(recorded.order_id, command.order_id))
        refuse_other(refund_id=(recorded.refund_id, command.refund_id))
        return []
    refuse_late(command, known)
    requested = _open_refund(command.refund_id, order)
    refuse_mismatch(provider=(requested.provider, command.provider))
    return [
        PaymentRefunded(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            order_id=command.order_id,
            refund_id=command.refund_id,
            provider=command.provider,
            provider_refund_id=command.provider_refund_id,
        )
    ]


def decide_fail_payment_refund(
    command: FailPaymentRefund, account: Account, known: Known
) -> list[AccountEvent]:
    order = find_order(command.order_id, account, known)
    ended = order.ends.get(command.refund_id)
    if isinstance(ended, PaymentRefundFailed):
        refuse_other(reason=(ended.reason, command.reason))
        return []
    refuse_late(command, known)
    requested = _open_refund(command.refund_id, order)
    return [
        PaymentRefundFailed(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            order_id=command.order_id,
            refund_id=command.refund_id,
            credits=requested.credits,
            to_debt=to_debt(account, requested.credits),
            reason=command.reason,
        )
    ]


def _is_repeated_request(command: RequestPaymentRefund, known: Known) -> bool:
    recorded = known.events.get(refund_key(command.refund_id))
    if not isinstance(recorded, PaymentRefundRequested):
        return False
    refuse_other(order_id=(recorded.order_id, command.order_id))
    refuse_other(provider=(recorded.provider, command.provider))
    refuse_other(payment_id=(recorded.payment_id, command.payment_id))
    refuse_other(money=(recorded.money, command.money))
    return True


def _clawback(payment: Payment, money: int) -> int:
    """Return how many credits to take so that all that was taken fits all money sent back.

    Rounding is over the sum, so many small refunds take what one large one takes. A refund that
    failed gave back what it took, which may be less than its own share: then nothing is taken.
    """
    paid = payment.completed
    due = paid.credits * (payment.money_back + money) // paid.price
    return max(0, due - payment.credits_back)


def _open_refund(refund_id: str, order: KnownOrder) -> PaymentRefundRequested:
    requested = order.refunds.get(refund_id)
    if requested is None:
        raise RefundUnknown
    if refund_id in order.ends:
        raise RefundClosed
    return requested
