"""An account as its events make it: `evolve` only remembers, it never refuses."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import assert_never
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)


class Deduction(Struct, frozen=True):
    """Credits taken for a job that has not ended."""

    credits: int
    deadline_at: datetime
    started: bool = False


class Account(Struct, frozen=True, kw_only=True):
    """What the rules need, and nothing that grows with history."""

    account_id: str
    version: int = 0
    balance: int = 0
    open: Mapping[UUID, Deduction] = field(default_factory=dict[UUID, Deduction])


def evolve(account: Account, event: AccountEvent) -> Account:
    """Apply one recorded event. Total: it never refuses history."""
    moved = replace(account, version=event.originator_version)
    match event:
        case AccountOpened() | Delivered():
            return moved
        case ToppedUp():
            return replace(moved, balance=account.balance + event.credits)
        case Deducted():
            taken = Deduction(event.credits, event.deadline_at)
            return replace(
                moved,
                balance=account.balance - event.credits,
                open={**account.open, event.job_id: taken},
            )
        case Started():
            started = {
                job_id: replace(deduction, started=True) if job_id == event.job_id else deduction
                for job_id, deduction in account.open.items()
            }
            return replace(moved, open=started)
        case Settled():
            return replace(moved, open=_without(account.open, event.job_id))
        case Refunded():
            return replace(
                moved,
                balance=account.balance + event.credits,
                open=_without(account.open, event.job_id),
            )
        case _:
            assert_never(event)


def fold(account_id: str, events: Iterable[AccountEvent]) -> Account:
    account = Account(account_id=account_id)
    for event in events:
        account = evolve(account, event)
    return account


def _without(deductions: Mapping[UUID, Deduction], job_id: UUID) -> dict[UUID, Deduction]:
    return {key: value for key, value in deductions.items() if key != job_id}
