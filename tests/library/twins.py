"""The ledger's events and accounts written once more, in the library's own terms.

Nothing here is imported from the ledger: what its log says must be readable by whoever knows the
topics and the stored JSON. One aggregate per account; each event applies itself, as the library
does it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import BaseAggregate, CanInitAggregate, CanMutateAggregate
from eventsourcing.persistence import JSONTranscoder
from eventsourcing.utils import register_topic

ACCOUNT_TOPIC = "ledger-account"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
UUIDS = ("job_id", "order_id")
INSTANTS = ("deadline_at",)


class Account(BaseAggregate[str]):
    """Balance, debt and what is open."""

    TOPIC = ACCOUNT_TOPIC

    def __init__(self) -> None:
        self.balance = 0
        self.debt = 0
        self.open: dict[UUID, int] = {}

    def give(self, amount: int, to_debt: int) -> None:
        self.balance += amount - to_debt
        self.debt -= to_debt


@dataclass(frozen=True, kw_only=True)
class Event(CanMutateAggregate[str]):
    """The library wants a time in each event; ours has it in a column of its row."""

    originator_id: str
    originator_version: int
    timestamp: datetime = LONG_AGO
    topics: ClassVar[tuple[str, ...]] = ()

    def _as_dict(self) -> dict[str, Any]:
        return {"timestamp": self.timestamp} | vars(self)


@dataclass(frozen=True, kw_only=True)
class AccountOpened(CanInitAggregate[str], Event):
    topics = ("account_opened.v1",)
    originator_topic: str = ACCOUNT_TOPIC
    terms_version: str


@dataclass(frozen=True, kw_only=True)
class Plus(Event):
    """Gives credits, of which some pay debt; the first versions knew no debt."""

    credits: int
    to_debt: int = 0

    def apply(self, aggregate: Account) -> None:
        aggregate.give(self.credits, self.to_debt)


@dataclass(frozen=True, kw_only=True)
class ToppedUp(Plus):
    topics = ("topped_up.v1", "topped_up.v2")
    grant_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Deducted(Event):
    topics = ("deducted.v1",)
    job_id: UUID
    credits: int
    order_digest: str
    index: int
    count: int
    deadline_at: datetime

    def apply(self, aggregate: Account) -> None:
        aggregate.balance -= self.credits
        aggregate.open[self.job_id] = self.credits


@dataclass(frozen=True, kw_only=True)
class Started(Event):
    topics = ("started.v1",)
    job_id: UUID


@dataclass(frozen=True, kw_only=True)
class Settled(Event):
    topics = ("settled.v1",)
    job_id: UUID
    credits: int
    video_digest: str

    def apply(self, aggregate: Account) -> None:
        assert aggregate.open.pop(self.job_id) == self.credits


@dataclass(frozen=True, kw_only=True)
class Refunded(Plus):
    topics = ("refunded.v1", "refunded.v2")
    job_id: UUID
    reason: str

    def apply(self, aggregate: Account) -> None:
        assert aggregate.open.pop(self.job_id) == self.credits
        super().apply(aggregate)


@dataclass(frozen=True, kw_only=True)
class Delivered(Event):
    topics = ("delivered.v1",)
    job_id: UUID
    outcome: str
    file_digest: str | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentRequested(Event):
    topics = ("payment_requested.v1",)
    order_id: UUID
    provider: str
    plan: str
    credits: int
    price: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentOpened(Event):
    topics = ("payment_opened.v1",)
    order_id: UUID
    provider: str
    payment_id: str


@dataclass(frozen=True, kw_only=True)
class PaymentCompleted(Plus):
    topics = ("payment_completed.v1",)
    order_id: UUID
    provider: str
    payment_id: str
    price: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentCanceled(Event):
    topics = ("payment_canceled.v1",)
    order_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefundRequested(Event):
    topics = ("payment_refund_requested.v1",)
    order_id: UUID
    provider: str
    payment_id: str
    refund_id: str
    money: int
    currency: str
    credits: int
    shortfall: int

    def apply(self, aggregate: Account) -> None:
        aggregate.balance -= self.credits - self.shortfall
        aggregate.debt += self.shortfall


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Event):
    topics = ("payment_refunded.v1",)
    order_id: UUID
    refund_id: str
    provider: str
    provider_refund_id: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefundFailed(Plus):
    topics = ("payment_refund_failed.v1",)
    order_id: UUID
    refund_id: str
    reason: str


TWINS = (
    AccountOpened,
    ToppedUp,
    Deducted,
    Started,
    Settled,
    Refunded,
    Delivered,
    PaymentRequested,
    PaymentOpened,
    PaymentCompleted,
    PaymentCanceled,
    PaymentRefundRequested,
    PaymentRefunded,
    PaymentRefundFailed,
)


def register_twins() -> None:
    """Tell the library which class stands for which topic of ours; it imports nothing then."""
    register_topic(ACCOUNT_TOPIC, Account)
    for twin in TWINS:
        for topic in twin.topics:
            register_topic(topic, twin)


class LedgerTranscoder(JSONTranscoder):
    """Reads our plain JSON: the types that the library would tag are known by field."""

    def decode(self, data: bytes) -> Any:
        state = super().decode(data)
        state |= {name: UUID(state[name]) for name in UUIDS if name in state}
        state |= {name: datetime.fromisoformat(state[name]) for name in INSTANTS if name in state}
        return state
