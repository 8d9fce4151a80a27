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


class Delivered(LedgerFact):
    job_id: UUID
    outcome: DeliveryOutcome
