"""An account as its events make it: `evolve` only remembers, it never refuses."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar, assert_never
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
    PaymentEvent,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)

Open = TypeVar("Open")


class Deduction(Struct, frozen=True):
    """Credits taken for a job that has not ended."""

    credits: int
    deadline_at: datetime
    started: bool = False


class Order(Struct, frozen=True):
    """A payment that was requested and neither completed nor canceled."""

    plan: str
    credits: int
    price: int
    currency: str
    provider: str


class Account(Struct, frozen=True, kw_only=True):
    """What the rules need, and nothing that grows with history."""

    account_id: str
    version: int = 0
    balance: int = 0
    debt: int = 0
    open: Mapping[UUID, Deduction] = field(default_factory=dict[UUID, Deduction])
    orders: Mapping[UUID, Order] = field(default_factory=dict[UUID, Order])


def evolve(account: Account, event: AccountEvent) -> Account:
    """Apply one recorded event. Total: it never refuses history."""
    version = event.originator_version
    match event:
        case Deducted():
            taken = Deduction(event.credits, event.deadline_at)
            return replace(
                account,
                version=version,
                balance=account.balance - event.credits,
                open={**account.open, event.job_id: taken},
            )
        case Started():
            return replace(account, version=version, open=_started(account.open, event.job_id))
        case Settled():
            return replace(account, version=version, open=_without(account.open, event.job_id))
        case Delivered() | AccountOpened():
            return replace(account, version=version)
        case ToppedUp():
            return _given(account, event.credits, event.to_debt, version=version)
        case Refunded():
            rest = _without(account.open, event.job_id)
            return _given(account, event.credits, event.to_debt, version=version, open=rest)
        case _:
            return _evolve_payment(replace(account, version=version), event)


def fold(account_id: str, events: Iterable[AccountEvent]) -> Account:
    account = Account(account_id=account_id)
    for event in events:
        account = evolve(account, event)
    return account


def _evolve_payment(account: Account, event: PaymentEvent) -> Account:
    match event:
        case PaymentRequested():
            order = Order(event.plan, event.credits, event.price, event.currency, event.provider)
            return replace(account, orders={**account.orders, event.order_id: order})
        case PaymentCompleted():
            rest = _without(account.orders, event.order_id)
            return _given(account, event.credits, event.to_debt, orders=rest)
        case PaymentCanceled():
            return replace(account, orders=_without(account.orders, event.order_id))
        case PaymentRefundRequested():
            return _given(account, -event.credits, -event.shortfall)
        case PaymentRefundFailed():
            return _given(account, event.credits, event.to_debt)
        case PaymentOpened() | PaymentRefunded():
            return account
        case _:
            assert_never(event)


def _given(account: Account, amount: int, to_debt: int, **changes: object) -> Account:
    balance, debt = account.balance + amount - to_debt, account.debt - to_debt
    return replace(account, balance=balance, debt=debt, **changes)


def _started(deductions: Mapping[UUID, Deduction], job_id: UUID) -> dict[UUID, Deduction]:
    return {
        key: replace(deduction, started=True) if key == job_id else deduction
        for key, deduction in deductions.items()
    }


def _without(open_: Mapping[UUID, Open], closed: UUID) -> dict[UUID, Open]:
    rest = dict(open_)
    rest.pop(closed, None)
    return rest
