"""What can happen to an account. Recorded for ever: a new shape is a new topic in `ledger.codec`.

Credits and money are whole and positive; money is in minor units (kopecks, Stars) of a currency.
`to_debt` is how many of the credits an event gives went to the account's debt instead of its
balance.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recorded fact of one account.

    The two fields are those of eventsourcing's `DomainEventProtocol`: the account id, and the
    event's version in its account, counted from 1.
    """

    originator_id: str
    originator_version: int


class AccountOpened(Event, frozen=True, kw_only=True):
    terms_version: str


class ToppedUp(Event, frozen=True, kw_only=True):
    """Credits without payment. `grant_id` is unique in its account."""

    grant_id: str
    credits: int
    reason: str
    to_debt: int


class Deducted(Event, frozen=True, kw_only=True):
    """A job was ordered and its credits are taken, until `Settled` or `Refunded` closes it.

    It was the `index`-th (from 0) of `count` jobs confirmed together.
    """

    job_id: UUID
    credits: int
    order_digest: str
    index: int
    count: int
    deadline_at: datetime


class Started(Event, frozen=True, kw_only=True):
    job_id: UUID


class Settled(Event, frozen=True, kw_only=True):
    """The video exists and is stored: the deduction is final."""

    job_id: UUID
    credits: int
    video_digest: str


class Refunded(Event, frozen=True, kw_only=True):
    """The whole deduction came back."""

    job_id: UUID
    credits: int
    reason: str
    to_debt: int


class Delivered(Event, frozen=True, kw_only=True):
    job_id: UUID
    outcome: str
    file_digest: str | None = None


class PaymentRequested(Event, frozen=True, kw_only=True):
    """Someone chose a plan at the price they saw; the provider has not been called yet."""

    order_id: UUID
    provider: str
    plan: str
    credits: int
    price: int
    currency: str


class PaymentOpened(Event, frozen=True, kw_only=True):
    """The provider knows the order under `payment_id`."""

    order_id: UUID
    provider: str
    payment_id: str


class PaymentCompleted(Event, frozen=True, kw_only=True):
    """The provider itself confirmed the payment when asked."""

    order_id: UUID
    provider: str
    payment_id: str
    credits: int
    price: int
    currency: str
    to_debt: int


class PaymentCanceled(Event, frozen=True, kw_only=True):
    """The order expired or was declined. A late success may still complete it."""

    order_id: UUID
    reason: str


class PaymentRefundRequested(Event, frozen=True, kw_only=True):
    """`money` is about to go back, so `credits` are taken first.

    The account lacked `shortfall` of them, which became its debt.
    """

    order_id: UUID
    provider: str
    payment_id: str
    refund_id: str
    money: int
    currency: str
    credits: int
    shortfall: int


class PaymentRefunded(Event, frozen=True, kw_only=True):
    """The provider confirmed the money's return."""

    order_id: UUID
    refund_id: str
    provider: str
    provider_refund_id: str


class PaymentRefundFailed(Event, frozen=True, kw_only=True):
    """The money did not go back: all credits of the request return."""

    order_id: UUID
    refund_id: str
    credits: int
    to_debt: int
    reason: str


CreditEvent = AccountOpened | ToppedUp
JobEvent = Deducted | Started | Settled | Refunded | Delivered
RefundEvent = PaymentRefundRequested | PaymentRefunded | PaymentRefundFailed
PaymentEvent = PaymentRequested | PaymentOpened | PaymentCompleted | PaymentCanceled | RefundEvent
AccountEvent = CreditEvent | JobEvent | PaymentEvent

CANCELLED = "cancelled"
DEADLINE = "deadline"
WELCOME_BONUS = "welcome_bonus"
WELCOME_GRANT = "welcome"
