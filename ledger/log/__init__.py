"""The event log as the rest of the ledger sees it: a port, and what passes through it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from contracts.service import OperatorNeededError
from ledger.domain.account import Account
from ledger.domain.events import AccountEvent


class Recorded(Struct, frozen=True, kw_only=True):
    """One event as it stands in the log."""

    position: int
    event: AccountEvent
    recorded_at: datetime
    actor: str
    correlation_id: str
    balance_after: int
    debt_after: int
    hash: bytes
    """Of the chain: it covers the previous event's hash and everything in this row."""


class Loaded(Struct, frozen=True, kw_only=True):
    """One consistent look at the log: what was asked for, and the time."""

    accounts: Mapping[str, Account]
    """Every account that was asked for; version 0 if nobody opened it."""
    events: Mapping[str, Recorded]
    """The events under those of the asked keys that exist."""
    orders: Mapping[UUID, Sequence[Recorded]]
    """Every event of each asked payment order, by position."""
    now: datetime


class Origin(Struct, frozen=True, kw_only=True):
    """Who caused an append, and the id that ties together everything one wish causes."""

    actor: str
    correlation_id: str


class Change(Struct, frozen=True, kw_only=True):
    """One event decided on, what its account is after it, and who caused it."""

    key: str
    event: AccountEvent
    after: Account
    origin: Origin


class LogMovedError(Exception):
    """Accounts, keys, or the time are no longer as they were decided on. Nothing was written.

    `accounts` are those to look at again, which includes whoever decided on one of the `keys`.
    Where accounts moved, no keys need to be named.
    """

    def __init__(self, accounts: Collection[str] = (), keys: Collection[str] = ()) -> None:
        super().__init__(*accounts, *keys)
        self.accounts = accounts
        self.keys = keys


class LogUnreachableError(Exception):
    """The log did not answer: an append may or may not have happened. Load and look."""


class LogDivergedError(OperatorNeededError):
    """The log no longer holds what this process has seen in it."""


class EventLog(Protocol):
    """Appends are atomic and never repeated blindly; positions are gap-free in commit order."""

    def clock(self) -> datetime | None:
        """Return the log's time as of its last answer plus what passed since, if it is recent."""
        ...

    async def now(self) -> datetime: ...

    async def load(
        self,
        accounts: Collection[str],
        keys: Collection[str] = (),
        orders: Collection[UUID] = (),
        *,
        settled: bool = False,
    ) -> Loaded:
        """Read in one snapshot; `settled` first waits until no append is under way.

        Raises `LogUnreachableError`.
        """
        ...

    async def append(
        self,
        changes: Sequence[Change],
        versions: Mapping[str, int],
        not_after: datetime | None = None,
    ) -> Sequence[Recorded]:
        """Append all `changes` or none.

        They were decided on accounts of these `versions`, on the absence of the events' keys, and
        on a time that is not past `not_after`. Raises `LogMovedError` when one of these is no
        longer true, `LogUnreachableError` when the outcome is unknown, and `LogDivergedError`.
        """
        ...
