"""Payments, refunds and receipts as they are told: by the API and in a notification."""

from datetime import UTC, datetime

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.money import amount, income
from infra.sandbox.yookassa.payments import Method, Payment, PaymentStatus
from infra.sandbox.yookassa.refunds import Refund, RefundStatus
from infra.sandbox.yookassa.settings import Shop, Timing

CARD = {
    "first6": "555555",
    "last4": "4444",
    "expiry_month": "07",
    "expiry_year": "2030",
    "card_type": "MasterCard",
    "issuer_country": "US",
}
PAYER_BANK = {"bank_id": "100000000111", "bic": "044525225"}


def told(seconds: float) -> str:
    at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def payment_object(payment: Payment, shop: Shop, timing: Timing, now: float) -> Json:
    return {
        "id": payment.payment_id,
        "status": payment.status.value,
        "paid": payment.is_paid,
        "amount": amount(payment.price, payment.currency),
        **_optional(payment),
        "created_at": told(payment.created_at),
        "metadata": payment.metadata,
        "recipient": {"account_id": payment.account_id, "gateway_id": shop.gateway_id},
        "refundable": payment.status is PaymentStatus.SUCCEEDED
        and payment.refunded < payment.price,
        "test": payment.is_test,
        **_of_status(payment, timing, now),
    }


def _optional(payment: Payment) -> Json:
    given = {
        "description": payment.description,
        "merchant_customer_id": payment.merchant_customer_id,
    }
    return {name: value for name, value in given.items() if value is not None}


def _of_status(payment: Payment, timing: Timing, now: float) -> Json:
    match payment.status:
        case PaymentStatus.PENDING:
            return _pending(payment)
        case PaymentStatus.WAITING_FOR_CAPTURE:
            return {**_paid(payment), "expires_at": told(payment.expires_at)}
        case PaymentStatus.SUCCEEDED:
            return {**_paid(payment), **_succeeded(payment, timing, now)}
        case PaymentStatus.CANCELED:
            party = payment.party.value if payment.party else "payment_network"
            return {"cancellation_details": {"party": party, "reason": payment.reason}}


def _pending(payment: Payment) -> Json:
    back = {"return_url": payment.return_url} if payment.return_url else {}
    return {
        "confirmation": {
            "type": "redirect",
            **back,
            "confirmation_url": payment.confirmation_url,
        }
    }


def _paid(payment: Payment) -> Json:
    details = {"rrn": "10000000000", "auth_code": "000000", "three_d_secure": {"applied": True}}
    return {"authorization_details": details, "payment_method": _method(payment)}


def _method(payment: Payment) -> Json:
    common = {"id": payment.payment_id, "saved": False, "status": "inactive"}
    if payment.method is Method.SBP:
        operation = payment.payment_id.replace("-", "").upper()
        bank = {"sbp_operation_id": operation, "payer_bank_details": PAYER_BANK}
        return {"type": "sbp", **common, **bank}
    title = f"Bank card *{CARD['last4']}"
    return {"type": "bank_card", **common, "title": title, "card": CARD}


def _succeeded(payment: Payment, timing: Timing, now: float) -> Json:
    ended_at = payment.ended_at or payment.created_at
    registered = "succeeded" if now >= ended_at + timing.receipt_s else "pending"
    return {
        "income_amount": amount(income(payment.price), payment.currency),
        "captured_at": told(ended_at),
        "refunded_amount": amount(payment.refunded, payment.currency),
        **({"receipt_registration": registered} if payment.receipt is not None else {}),
    }


def refund_object(refund: Refund) -> Json:
    given = {"description": refund.description, "metadata": refund.metadata}
    canceled = {"cancellation_details": {"party": "yoo_money", "reason": refund.reason}}
    return {
        "id": refund.refund_id,
        "status": refund.status.value,
        "amount": amount(refund.money, refund.currency),
        "created_at": told(refund.created_at),
        "payment_id": refund.payment_id,
        **{name: value for name, value in given.items() if value is not None},
        **(canceled if refund.status is RefundStatus.CANCELED else {}),
    }
