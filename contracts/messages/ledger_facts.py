"""What the ledger recorded, as it stands in its log."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.ids import AccountId, Sha256Hex
from contracts.messages.base import Message
from contracts.messages.commands import DeliveryOutcome


class LedgerFact(Message):
    account: AccountId
    position: int
    version: int
    recorded_at: AwareDatetime
    correlation_id: str
    balance_after: int


class AccountOpened(LedgerFact):
    terms_version: str


class ToppedUp(LedgerFact):
    grant_id: str
    credits: int
    reason: str
    to_debt: int = 0
    """How many of the credits paid debt instead of raising the balance."""


class Deducted(LedgerFact):
    job_id: UUID
    credits: int
    order_digest: Sha256Hex
    deadline_at: AwareDatetime


class Started(LedgerFact):
    job_id: UUID


class Settled(LedgerFact):
    job_id: UUID
    video_digest: Sha256Hex


class Refunded(LedgerFact):
    job_id: UUID
    credits: int
    reason: str
    to_debt: int = 0


class Delivered(LedgerFact):
    job_id: UUID
    outcome: DeliveryOutcome


class PaymentRequested(LedgerFact):
    order_id: UUID
    provider: str
    plan: str
    credits: int
    price: int
    """In minor units of the currency: kopecks, Stars."""
    currency: str


class PaymentOpened(LedgerFact):
    order_id: UUID
    provider: str
    payment_id: str


class PaymentCompleted(LedgerFact):
    order_id: UUID
    provider: str
    payment_id: str
    credits: int
    price: int
    currency: str
    to_debt: int


class PaymentCanceled(LedgerFact):
    order_id: UUID
    reason: str


class PaymentRefundRequested(LedgerFact):
    """`credits` were taken, but for the `shortfall`, which became debt."""

    order_id: UUID
    provider: str
    payment_id: str
    refund_id: str
    money: int
    currency: str
    credits: int
    shortfall: int


class PaymentRefunded(LedgerFact):
    order_id: UUID
    refund_id: str
    provider: str
    provider_refund_id: str


class PaymentRefundFailed(LedgerFact):
    """The money did not go back, so the credits did."""

    order_id: UUID
    refund_id: str
    credits: int
    to_debt: int
    reason: str
