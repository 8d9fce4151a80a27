"""What the columns of an event say about the balance: the second opinion beside the domain's."""

from ledger.database import Row

# For each kind, the sign with which its amount enters the balance, and the open deductions.
_SIGNS = {
    "account_opened": (0, 0),
    "topped_up": (1, 0),
    "deducted": (-1, 1),
    "started": (0, 0),
    "settled": (0, -1),
    "refunded": (1, -1),
    "delivered": (0, 0),
    "payment_requested": (0, 0),
    "payment_opened": (0, 0),
    "payment_completed": (1, 0),
    "payment_canceled": (0, 0),
    "payment_refund_requested": (-1, 0),
    "payment_refunded": (0, 0),
    "payment_refund_failed": (1, 0),
}


def balance_change_of(event: Row) -> int:
    """What went to the debt did not go to the balance, and what became debt did not leave it."""
    return _SIGNS[event["kind"]][0] * event["amount"] + event["debt_change"]


def open_change_of(event: Row) -> int:
    return _SIGNS[event["kind"]][1] * event["amount"]
