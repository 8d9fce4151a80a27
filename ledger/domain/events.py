"""What can happen to an account. Recorded for ever: fields are only added, with a default."""

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


class Delivered(Event, frozen=True, kw_only=True):
    job_id: UUID
    outcome: str
    file_digest: str | None = None


AccountEvent = AccountOpened | ToppedUp | Deducted | Started | Settled | Refunded | Delivered

CANCELLED = "cancelled"
DEADLINE = "deadline"
WELCOME_BONUS = "welcome_bonus"
WELCOME_GRANT = "welcome"
