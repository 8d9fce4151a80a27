"""What the log holds about one payment order, sorted for the rules that ask."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct, field

from ledger.domain.account import Account
from ledger.domain.events import (
    AccountEvent,
    PaymentCompleted,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
)
from ledger.domain.refusals import OrderUnknown, PaymentMismatch
from ledger.domain.rules import Known


class Payment(Struct):
    """One payment of an order, and what went back of it. Failed refunds gave theirs back."""

    completed: PaymentCompleted
    refunds: int = 0
    money_back: int = 0
    credits_back: int = 0


class KnownOrder(Struct):
    """The events of one order: an order may be paid twice, and each payment counts."""

    requested: PaymentRequested
    payments: dict[tuple[str, str], Payment] = field(default_factory=dict[tuple[str, str], Payment])
    """By provider and payment id."""
    refunds: dict[str, PaymentRefundRequested] = field(
        default_factory=dict[str, PaymentRefundRequested]
    )
    ends: dict[str, PaymentRefunded | PaymentRefundFailed] = field(
        default_factory=dict[str, PaymentRefunded | PaymentRefundFailed]
    )
    """Of refunds, by refund id."""


def find_order(order_id: UUID, account: Account, known: Known) -> KnownOrder:
    """Return the account's order, or refuse: another account's is not told about."""
    events = iter(known.orders.get(order_id, ()))
    requested = next(events, None)
    if not isinstance(requested, PaymentRequested) or requested.originator_id != account.account_id:
        raise OrderUnknown
    return _sorted(KnownOrder(requested), events)


def refuse_mismatch(**compared: tuple[object, object]) -> None:
    for name, (ordered, said) in compared.items():
        if ordered != said:
            raise PaymentMismatch(field=name)


def _sorted(order: KnownOrder, events: Iterable[AccountEvent]) -> KnownOrder:
    for event in events:
        match event:
            case PaymentCompleted():
                order.payments[event.provider, event.payment_id] = Payment(event)
            case PaymentRefundRequested():
                order.refunds[event.refund_id] = event
                payment = order.payments[event.provider, event.payment_id]
                payment.refunds += 1
                payment.money_back += event.money
                payment.credits_back += event.credits
            case PaymentRefundFailed():
                order.ends[event.refund_id] = event
                failed = order.refunds[event.refund_id]
                payment = order.payments[failed.provider, failed.payment_id]
                payment.money_back -= failed.money
                payment.credits_back -= event.credits
            case PaymentRefunded():
                order.ends[event.refund_id] = event
            case _:
                pass
    return order
