"""The event log as the rest of the ledger sees it: a port, and what passes through it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

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


class Loaded(Struct, frozen=True, kw_only=True):
    """One consistent look at the log: the account, the events under the keys, and the time."""

    account: Account
    events: Mapping[str, Recorded]
    now: datetime


class Origin(Struct, frozen=True, kw_only=True):
    """Who caused an append, and the id that ties together everything one wish causes."""

    actor: str
    correlation_id: str


class LogMovedError(Exception):
    """The account or one of the keys is no longer as it was loaded: load and decide again."""


class LogUnreachableError(Exception):
    """The log did not answer: an append may or may not have happened. Load and look."""


class EventLog(Protocol):
    """Appends are atomic and never repeated blindly; positions are gap-free in commit order."""

    async def now(self) -> datetime: ...

    async def load(self, account_id: str, keys: Sequence[str]) -> Loaded: ...

    async def append(
        self, account: Account, events: Sequence[AccountEvent], origin: Origin
    ) -> Sequence[Recorded]:
        """Append `events`, decided on `account` as loaded.

        Raises `LogMovedError` when the account's version moved or a key is taken meanwhile, and
        `LogUnreachableError` when the outcome is unknown.
        """
        ...
