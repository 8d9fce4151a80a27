"""Wishes that the ledger may refuse."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from contracts.ids import AccountId, Sha256Hex, Token
from contracts.messages.base import JOBS_PER_ORDER_MAX, Credits, Message, Reason

REVISION_MAX = 2**31 - 1
PRICE_MAX = 100_000_000
"""In minor units: a million roubles."""
EMAIL_PATTERN = r"^[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}$"


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


class PaymentProvider(StrEnum):
    YOOKASSA = "yookassa"
    STARS = "stars"


class Currency(StrEnum):
    """Its minor unit is what prices count: kopecks, and Stars, which have none."""

    RUB = "RUB"
    XTR = "XTR"


Price = Annotated[int, Field(strict=True, gt=0, le=PRICE_MAX)]
Email = Annotated[str, Field(min_length=6, max_length=254, pattern=EMAIL_PATTERN)]


class Buy(Command):
    """Buy a plan as the person saw it. The reply is a `Payment`, with the link to pay.

    While an order of the same plan is open, the reply is that one: the same link.
    """

    order_id: UUID
    """Made where the wish originates, so that a repeat is the same order."""
    provider: PaymentProvider
    plan: Token
    credits: Credits
    price: Price
    currency: Currency
    email: Email | None = None
    """For the receipt; remembered for the next time, erasable, and never in the log."""


class CheckPayment(Command):
    """Ask the provider now, as far as it was not asked a moment ago. The reply is a `Payment`."""

    order_id: UUID


class ReportStars(Command):
    """Telegram says that Stars were paid. The reply is a `Payment`."""

    order_id: UUID
    charge_id: Annotated[str, Field(min_length=1, max_length=255)]
    stars: Price


class ReportStarsRefund(Command):
    """Telegram says that Stars went back to the person."""

    charge_id: Annotated[str, Field(min_length=1, max_length=255)]
    stars: Price


LedgerCommand = OpenAccount | TopUp | Deduct | Start | Cancel | Deliver
PaymentCommand = Buy | CheckPayment | ReportStars | ReportStarsRefund
