"""What the typed columns of a row must hold, as its opened payload says it.

Written apart from `ledger.domain`, which filled the columns: a mistake must not check itself.
"""

from collections.abc import Callable
from typing import Any

from ledger.chain import Row
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

NAMES = (
    "originator_id",
    "version",
    "kind",
    "amount",
    "debt_change",
    "key",
    "job_id",
    "closes_job",
    "order_id",
    "closes_refund",
)

# amount, debt_change, key, job_id, closes_job, order_id, closes_refund
About = tuple[int, int, str, bytes | None, bytes | None, bytes | None, str | None]


def differing(event: AccountEvent, row: Row) -> tuple[str, ...]:
    """Return the names of the columns that do not hold what the event says."""
    kind, about = ABOUT[type(event)]
    amount, debt_change, key, job_id, closes_job, order_id, closes_refund = about(event)
    # Attribute by attribute, as this runs for every event and almost never finds a difference.
    if (
        row.key == key.encode()
        and row.kind == kind
        and row.amount == amount
        and row.job_id == job_id
        and row.closes_job == closes_job
        and row.order_id == order_id
        and row.debt_change == debt_change
        and row.version == event.originator_version
        and row.closes_refund == (closes_refund and closes_refund.encode())
        and row.originator_id == event.originator_id.encode()
    ):
        return ()
    expected = (
        *(event.originator_id.encode(), event.originator_version, kind, amount, debt_change),
        *(key.encode(), job_id, closes_job, order_id, closes_refund and closes_refund.encode()),
    )
    return tuple(
        name for name, value in zip(NAMES, expected, strict=True) if getattr(row, name) != value
    )


def text_of(id_bytes: bytes) -> str:
    """Return a UUID's sixteen bytes as `str` writes them, in half of its time."""
    digits = id_bytes.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _account_opened(event: AccountOpened) -> About:
    return 0, 0, f"account:{event.originator_id}", None, None, None, None


def _topped_up(event: ToppedUp) -> About:
    key = f"grant:{event.originator_id}:{event.grant_id}"
    return event.credits, -event.to_debt, key, None, None, None, None


def _deducted(event: Deducted) -> About:
    job = event.job_id.bytes
    return event.credits, 0, f"deducted:{text_of(job)}", job, None, None, None


def _started(event: Started) -> About:
    job = event.job_id.bytes
    return 0, 0, f"started:{text_of(job)}", job, None, None, None


def _settled(event: Settled) -> About:
    job = event.job_id.bytes
    return event.credits, 0, f"closed:{text_of(job)}", job, job, None, None


def _refunded(event: Refunded) -> About:
    job = event.job_id.bytes
    return event.credits, -event.to_debt, f"closed:{text_of(job)}", job, job, None, None


def _delivered(event: Delivered) -> About:
    job = event.job_id.bytes
    return 0, 0, f"delivered:{text_of(job)}", job, None, None, None


def _payment_requested(event: PaymentRequested) -> About:
    order = event.order_id.bytes
    return event.credits, 0, f"order:{text_of(order)}", None, None, order, None


def _payment_opened(event: PaymentOpened) -> About:
    key = f"opened:{event.provider}:{event.payment_id}"
    return 0, 0, key, None, None, event.order_id.bytes, None


def _payment_completed(event: PaymentCompleted) -> About:
    key = f"payment:{event.provider}:{event.payment_id}"
    return event.credits, -event.to_debt, key, None, None, event.order_id.bytes, None


def _payment_canceled(event: PaymentCanceled) -> About:
    order = event.order_id.bytes
    return 0, 0, f"canceled:{text_of(order)}", None, None, order, None


def _refund_requested(event: PaymentRefundRequested) -> About:
    key = f"refund:{event.refund_id}"
    return event.credits, event.shortfall, key, None, None, event.order_id.bytes, None


def _refund_confirmed(event: PaymentRefunded) -> About:
    key = f"refunded:{event.provider}:{event.provider_refund_id}"
    return 0, 0, key, None, None, event.order_id.bytes, event.refund_id


def _refund_failed(event: PaymentRefundFailed) -> About:
    key = f"refund_failed:{event.refund_id}"
    order = event.order_id.bytes
    return event.credits, -event.to_debt, key, None, None, order, event.refund_id


ABOUT: dict[type[AccountEvent], tuple[bytes, Callable[[Any], About]]] = {
    AccountOpened: (b"account_opened", _account_opened),
    ToppedUp: (b"topped_up", _topped_up),
    Deducted: (b"deducted", _deducted),
    Started: (b"started", _started),
    Settled: (b"settled", _settled),
    Refunded: (b"refunded", _refunded),
    Delivered: (b"delivered", _delivered),
    PaymentRequested: (b"payment_requested", _payment_requested),
    PaymentOpened: (b"payment_opened", _payment_opened),
    PaymentCompleted: (b"payment_completed", _payment_completed),
    PaymentCanceled: (b"payment_canceled", _payment_canceled),
    PaymentRefundRequested: (b"payment_refund_requested", _refund_requested),
    PaymentRefunded: (b"payment_refunded", _refund_confirmed),
    PaymentRefundFailed: (b"payment_refund_failed", _refund_failed),
}
