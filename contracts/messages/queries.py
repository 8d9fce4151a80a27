"""Questions to the ledger."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.ids import AccountId
from contracts.messages.base import HISTORY_PAGE_MAX, Message

LATE_S_MAX = 86_400


class Query(Message):
    account: AccountId
    min_position: int = 0
    """The log position that the answer must include (read your own write)."""


class GetBalance(Query):
    pass


class GetHistory(Query):
    limit: Annotated[int, Field(gt=0, le=HISTORY_PAGE_MAX)] = 10
    before_position: int | None = None


class GetJob(Query):
    job_id: UUID


class GetUndelivered(Message):
    """Ask for settled jobs of Telegram accounts that nobody has marked as delivered."""

    limit: Annotated[int, Field(gt=0, le=500)] = 100


class GetLate(Message):
    """Ask for open jobs of Telegram accounts that are older, the nearest deadline first."""

    older_s: Annotated[float, Field(ge=0, le=LATE_S_MAX)]
    limit: Annotated[int, Field(gt=0, le=500)] = 500


class GetTerms(Message):
    """Ask what the ledger offers today."""


class GetPlans(Message):
    """Ask what can be bought, and how this account pays."""

    account: AccountId


class GetPayment(Message):
    """Ask how an order of the account stands, without asking its provider."""

    account: AccountId
    order_id: UUID
