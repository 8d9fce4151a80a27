"""What really happened, counted: the judge of whoever credits payments."""

from collections.abc import Iterable
from itertools import groupby

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.notifications import Delivery
from infra.sandbox.yookassa.payments import Payment, PaymentStatus
from infra.sandbox.yookassa.refunds import Refund, RefundStatus

ORDER = "order_id"
"""The key in a payment's metadata that names the shop's order."""


def totals(
    payments: Iterable[Payment], refunds: Iterable[Refund], deliveries: Iterable[Delivery]
) -> Json:
    made, returned, told = [*payments], [*refunds], [*deliveries]
    succeeded = [one for one in made if one.status is PaymentStatus.SUCCEEDED]
    back = [one for one in returned if one.status is RefundStatus.SUCCEEDED]
    return {
        "payments_created": len(made),
        "payments_succeeded": len(succeeded),
        "paid_kopecks": sum(one.price for one in succeeded),
        "refunds_created": len(returned),
        "refunds_succeeded": len(back),
        "refunded_kopecks": sum(one.money for one in back),
        "notifications_made": len(told),
        "notifications_sent": sum(len(one.answers) for one in told),
        "notifications_accepted": sum(one.is_received for one in told),
        "orders": _by_order(made),
    }


def _by_order(payments: list[Payment]) -> Json:
    named = sorted(payments, key=_order)
    return {order: _order_total([*of_it]) for order, of_it in groupby(named, _order)}


def _order(payment: Payment) -> str:
    return payment.metadata.get(ORDER, "")


def _order_total(payments: list[Payment]) -> Json:
    return {
        "payment_ids": [one.payment_id for one in payments],
        "paid_ids": [one.payment_id for one in payments if one.status is PaymentStatus.SUCCEEDED],
        "paid_kopecks": sum(one.price for one in payments if one.status is PaymentStatus.SUCCEEDED),
        "refunded_kopecks": sum(one.refunded for one in payments),
    }
