"""Wishes that the ledger may refuse."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from contracts.ids import AccountId, Sha256Hex, Token
from contracts.messages.base import JOBS_PER_ORDER_MAX, Credits, Message, Reason

REVISION_MAX = 2**31 - 1


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is before the year 1 or after the year 9999") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Command(Message):
    """A wish is understood whole or refused: what an unknown field asks for, nobody would do.

    So a later version of a command, which has a field that this one lacks, is refused by it too.
    """

    model_config = ConfigDict(extra="forbid")

    account: AccountId
    correlation_id: Token
    not_after: Moment | None = None
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
    revision: Annotated[int, Field(strict=True, ge=0, le=REVISION_MAX)]
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
