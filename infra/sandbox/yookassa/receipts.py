"""Fiscal receipts: one for each paid payment and each refund that came with one."""

from collections.abc import Iterator

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.objects import told
from infra.sandbox.yookassa.payments import Payment, PaymentStatus
from infra.sandbox.yookassa.refunds import Refund, RefundStatus
from infra.sandbox.yookassa.settings import Timing


def payment_receipt(payment: Payment, timing: Timing, now: float) -> Json | None:
    if payment.receipt is None or payment.status is not PaymentStatus.SUCCEEDED:
        return None
    made_at = payment.ended_at or payment.created_at
    return {
        **_receipt(payment.payment_id, "payment", payment.receipt, made_at, timing, now),
        "payment_id": payment.payment_id,
    }


def refund_receipt(refund: Refund, timing: Timing, now: float) -> Json | None:
    if refund.receipt is None or refund.status is not RefundStatus.SUCCEEDED:
        return None
    return {
        **_receipt(refund.refund_id, "refund", refund.receipt, refund.ends_at, timing, now),
        "payment_id": refund.payment_id,
        "refund_id": refund.refund_id,
    }


def all_receipts(
    payments: Iterator[Payment], refunds: Iterator[Refund], timing: Timing, now: float
) -> list[Json]:
    """Return them with the newest first."""
    found = [
        *(payment_receipt(payment, timing, now) for payment in payments),
        *(refund_receipt(refund, timing, now) for refund in refunds),
    ]
    made = [receipt for receipt in found if receipt is not None]
    return sorted(made, key=lambda receipt: str(receipt["created_at"]), reverse=True)


def _receipt(  # noqa: PLR0913, PLR0917 - what a receipt is made of
    origin_id: str, kind: str, given: Json, made_at: float, timing: Timing, now: float
) -> Json:
    registered_at = made_at + timing.receipt_s
    registered = {
        "registered_at": told(registered_at),
        "fiscal_document_number": "3986",
        "fiscal_storage_number": "9288000100115785",
        "fiscal_attribute": "2617603921",
    }
    is_registered = now >= registered_at
    return {
        "id": f"rt-{origin_id}",
        "type": kind,
        "status": "succeeded" if is_registered else "pending",
        "created_at": told(made_at),
        "items": given["items"],
        **(registered if is_registered else {}),
    }
