"""How credits are bought: an order is requested, opened, completed or canceled."""

from ledger.domain.account import Account
from ledger.domain.commands import CancelPayment, CompletePayment, OpenPayment, RequestPayment
from ledger.domain.events import (
    AccountEvent,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRequested,
)
from ledger.domain.keys import canceled_key, opened_key, order_key, payment_key
from ledger.domain.orders import find_order, refuse_mismatch
from ledger.domain.refusals import AlreadyPaid, OrderOpen, TooManyOpen
from ledger.domain.rules import (
    CREDITS_MAX,
    MONEY_MAX,
    Known,
    Rules,
    refuse_late,
    refuse_no_amount,
    refuse_other,
    refuse_overfull,
    refuse_unknown,
    to_debt,
)


def decide_request_payment(
    command: RequestPayment, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    refuse_no_amount(CREDITS_MAX, credits=command.credits)
    refuse_no_amount(MONEY_MAX, price=command.price)
    if _is_repeated_request(command, known):
        return []
    refuse_late(command, known)
    refuse_unknown(account)
    for order_id, order in account.orders.items():
        if order.plan == command.plan:
            raise OrderOpen(order_id=order_id)
    if len(account.orders) >= rules.open_orders_max:
        raise TooManyOpen
    refuse_overfull(account, command.credits)
    return [
        PaymentRequested(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            order_id=command.order_id,
            provider=command.provider,
            plan=command.plan,
            credits=command.credits,
            price=command.price,
            currency=command.currency,
        )
    ]


def decide_open_payment(command: OpenPayment, account: Account, known: Known) -> list[AccountEvent]:
    order = find_order(command.order_id, account, known)
    recorded = known.events.get(opened_key(command.provider, command.payment_id))
    if isinstance(recorded, PaymentOpened):
        refuse_other(order_id=(recorded.order_id, command.order_id))
        return []
    refuse_late(command, known)
    refuse_mismatch(provider=(order.requested.provider, command.provider))
    return [
        PaymentOpened(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            order_id=command.order_id,
            provider=command.provider,
            payment_id=command.payment_id,
        )
    ]


def decide_complete_payment(
    command: CompletePayment, account: Account, known: Known
) -> list[AccountEvent]:
    """Credit what was paid: even after the order's cancellation, even above every limit."""
    refuse_no_amount(MONEY_MAX, price=command.price)
    requested = find_order(command.order_id, account, known).requested
    recorded = known.events.get(payment_key(command.provider, command.payment_id))
    if isinstance(recorded, PaymentCompleted):
        refuse_other(order_id=(recorded.order_id, command.order_id))
        refuse_other(price=(recorded.price, command.price))
        refuse_other(currency=(recorded.currency, command.currency))
        return []
    refuse_late(command, known)
    refuse_mismatch(provider=(requested.provider, command.provider))
    refuse_mismatch(price=(requested.price, command.price))
    refuse_mismatch(currency=(requested.currency, command.currency))
    return [
        PaymentCompleted(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            order_id=command.order_id,
            provider=command.provider,
            payment_id=command.payment_id,
            credits=requested.credits,
            price=command.price,
            currency=command.currency,
            to_debt=to_debt(account, requested.credits),
        )
    ]


def decide_cancel_payment(
    command: CancelPayment, account: Account, known: Known
) -> list[AccountEvent]:
    order = find_order(command.order_id, account, known)
    recorded = known.events.get(canceled_key(command.order_id))
    if isinstance(recorded, PaymentCanceled):
        refuse_other(reason=(recorded.reason, command.reason))
        return []
    refuse_late(command, known)
    if order.payments:
        raise AlreadyPaid
    return [
        PaymentCanceled(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            order_id=command.order_id,
            reason=command.reason,
        )
    ]


def _is_repeated_request(command: RequestPayment, known: Known) -> bool:
    recorded = known.events.get(order_key(command.order_id))
    if not isinstance(recorded, PaymentRequested):
        return False
    refuse_other(account=(recorded.originator_id, command.account_id))
    refuse_other(provider=(recorded.provider, command.provider))
    refuse_other(plan=(recorded.plan, command.plan))
    refuse_other(credits=(recorded.credits, command.credits))
    refuse_other(price=(recorded.price, command.price))
    refuse_other(currency=(recorded.currency, command.currency))
    return True
