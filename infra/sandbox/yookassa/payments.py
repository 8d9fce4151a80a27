"""Payments, and how they come to their end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from infra.sandbox.telegram.json_types import Json


class PaymentStatus(StrEnum):
    PENDING = "pending"
    WAITING_FOR_CAPTURE = "waiting_for_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class Method(StrEnum):
    BANK_CARD = "bank_card"
    SBP = "sbp"


class Party(StrEnum):
    MERCHANT = "merchant"
    YOO_MONEY = "yoo_money"
    PAYMENT_NETWORK = "payment_network"


REASONS = {
    "3d_secure_failed": Party.PAYMENT_NETWORK,
    "call_issuer": Party.PAYMENT_NETWORK,
    "canceled_by_merchant": Party.MERCHANT,
    "card_expired": Party.PAYMENT_NETWORK,
    "country_forbidden": Party.YOO_MONEY,
    "deal_expired": Party.YOO_MONEY,
    "expired_on_capture": Party.YOO_MONEY,
    "expired_on_confirmation": Party.YOO_MONEY,
    "fraud_suspected": Party.YOO_MONEY,
    "general_decline": Party.PAYMENT_NETWORK,
    "identification_required": Party.YOO_MONEY,
    "insufficient_funds": Party.PAYMENT_NETWORK,
    "internal_timeout": Party.YOO_MONEY,
    "invalid_card_number": Party.PAYMENT_NETWORK,
    "invalid_csc": Party.PAYMENT_NETWORK,
    "issuer_unavailable": Party.PAYMENT_NETWORK,
    "payment_method_limit_exceeded": Party.PAYMENT_NETWORK,
    "payment_method_restricted": Party.PAYMENT_NETWORK,
    "permission_revoked": Party.MERCHANT,
    "rejected_by_timeout": Party.YOO_MONEY,
    "unsupported_mobile_operator": Party.YOO_MONEY,
}
"""Who cancels for which reason. New ones may appear, and then it is the payment network."""


@dataclass
class Payment:
    payment_id: str
    account_id: str
    price: int
    """In kopecks."""
    created_at: float
    expires_at: float
    """When it is canceled unless it has been paid, or captured."""
    confirmation_url: str
    currency: str = "RUB"
    return_url: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    receipt: Json | None = None
    is_captured_at_once: bool = True
    is_test: bool = True
    method: Method | None = None
    """What the shop asked for, then what it was paid with."""
    status: PaymentStatus = PaymentStatus.PENDING
    ended_at: float | None = None
    """When it was captured or canceled."""
    reason: str = ""
    """Why it was canceled."""
    party: Party | None = None
    declines: list[str] = field(default_factory=list[str])
    """Why tries to pay on the page failed; none of them is its end."""
    refunded: int = 0
    merchant_customer_id: str | None = None

    @property
    def is_payable(self) -> bool:
        return self.status is PaymentStatus.PENDING

    @property
    def is_paid(self) -> bool:
        return self.status in (PaymentStatus.SUCCEEDED, PaymentStatus.WAITING_FOR_CAPTURE)

    @property
    def is_open(self) -> bool:
        return self.status in (PaymentStatus.PENDING, PaymentStatus.WAITING_FOR_CAPTURE)

    def succeed(self, now: float) -> None:
        self.status, self.ended_at = PaymentStatus.SUCCEEDED, now
        self.method = self.method or Method.BANK_CARD
        self.reason, self.party = "", None

    def cancel(self, reason: str, now: float, party: Party | None = None) -> None:
        self.status, self.ended_at = PaymentStatus.CANCELED, now
        self.reason = reason
        self.party = party or REASONS.get(reason, Party.PAYMENT_NETWORK)

    def expire(self) -> None:
        """Cancel it for its time, as of that time."""
        is_captured_late = self.status is PaymentStatus.WAITING_FOR_CAPTURE
        reason = "expired_on_capture" if is_captured_late else "expired_on_confirmation"
        self.cancel(reason, self.expires_at)


class PaymentBook:
    """In the order in which they were created."""

    def __init__(self) -> None:
        self._payments: dict[str, Payment] = {}

    def __iter__(self) -> Iterator[Payment]:
        return iter([*self._payments.values()])

    def add(self, payment: Payment) -> None:
        self._payments[payment.payment_id] = payment

    def find(self, payment_id: str) -> Payment | None:
        return self._payments.get(payment_id)

    def next_expiry_at(self) -> float | None:
        return min((one.expires_at for one in self._payments.values() if one.is_open), default=None)

    def expired(self, now: float) -> list[Payment]:
        return self._those(lambda one: one.is_open and one.expires_at <= now)

    def forget_all(self) -> None:
        self._payments.clear()

    def _those(self, wanted: Callable[[Payment], bool]) -> list[Payment]:
        return [one for one in self._payments.values() if wanted(one)]
