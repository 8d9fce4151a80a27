"""Wishes that the ledger may refuse."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.ids import AccountId, Sha256Hex, Token
from contracts.messages.base import JOBS_PER_ORDER_MAX, Credits, Message, Reason


class Command(Message):
    account: AccountId
    correlation_id: Token
    not_after: AwareDatetime | None = None
    """An instant after which the ledger refuses the command as `too_late`."""


class OpenAccount(Command):
    """Open the account when it is new, and give the welcome bonus once."""

    terms_version: Token


class TopUp(Command):
    """Grant credits without payment; `grant_id` is made where the grant originates."""

    grant_id: Token
    credits: Credits
    reason: Reason


class Deduct(Command):
    """Order one job per order digest, all or none, at `price_credits` each.

    The ledger computes the job ids itself from account, draft, revision and index.
    """

    draft_id: UUID
    revision: Annotated[int, Field(ge=0)]
    price_credits: Credits
    order_digests: Annotated[
        tuple[Sha256Hex, ...], Field(min_length=1, max_length=JOBS_PER_ORDER_MAX)
    ]


class Start(Command):
    """Ask whether the first paid step of a job may begin; from then on it cannot be cancelled."""

    job_id: UUID


class Cancel(Command):
    job_id: UUID


class DeliveryOutcome(StrEnum):
    SENT = "sent"
    UNREACHABLE = "unreachable"


class Deliver(Command):
    """Record that the person has the video, or cannot be reached."""

    job_id: UUID
    outcome: DeliveryOutcome
    file_digest: Sha256Hex | None = None


LedgerCommand = OpenAccount | TopUp | Deduct | Start | Cancel | Deliver
