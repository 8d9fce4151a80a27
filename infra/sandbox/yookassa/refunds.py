"""Refunds: never more than was paid, and sometimes not at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from infra.sandbox.telegram.json_types import Json


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass(frozen=True)
class RefundFate:
    """How a refund goes on; by default it is made at once."""

    pending_s: float = 0.0
    status: RefundStatus = RefundStatus.SUCCEEDED
    """Its end."""
    reason: str = "general_decline"
    """Why, if that is canceled."""


@dataclass
class Refund:
    refund_id: str
    payment_id: str
    money: int
    """In kopecks."""
    currency: str
    created_at: float
    ends_at: float
    ends_as: RefundStatus
    status: RefundStatus = RefundStatus.PENDING
    reason: str = ""
    description: str | None = None
    metadata: dict[str, str] | None = None
    receipt: Json | None = None


class RefundBook:
    """In the order in which they were created."""

    def __init__(self) -> None:
        self._refunds: dict[str, Refund] = {}

    def __iter__(self) -> Iterator[Refund]:
        return iter([*self._refunds.values()])

    def add(self, refund: Refund) -> None:
        self._refunds[refund.refund_id] = refund

    def find(self, refund_id: str) -> Refund | None:
        return self._refunds.get(refund_id)

    def promised(self, payment_id: str) -> int:
        """Return how much of a payment went back or is on its way."""
        return sum(
            one.money
            for one in self._refunds.values()
            if one.payment_id == payment_id and one.status is not RefundStatus.CANCELED
        )

    def next_end_at(self) -> float | None:
        return min((one.ends_at for one in self._pending()), default=None)

    def due(self, now: float) -> list[Refund]:
        return [one for one in self._pending() if one.ends_at <= now]

    def forget_all(self) -> None:
        self._refunds.clear()

    def _pending(self) -> list[Refund]:
        return [one for one in self._refunds.values() if one.status is RefundStatus.PENDING]
