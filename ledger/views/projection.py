"""What a projection is: a fold of the log into rows, a batch of events at a time."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, Protocol

from ledger.codec import decode
from ledger.database import PooledConnection, Row
from ledger.domain.events import AccountEvent
from ledger.views.rows import R, Rows


class Projection(Protocol):
    @property
    def name(self) -> str:
        """Of its table and of its cursor."""
        ...

    @property
    def reads(self) -> str:
        """What `apply` needs of an event, in SQL, beside position, account, kind and time."""
        ...

    async def apply(
        self, connection: PooledConnection, table: str, events: Sequence[Row]
    ) -> None: ...


class ProjectionBrokenError(Exception):
    """A view lacks a row that its part of the log must have made: it has to be rebuilt."""


class Folded(ABC, Generic[R]):
    """A projection whose rows change: those that a batch touches are read, folded, written."""

    name: ClassVar[str]
    reads: ClassVar[str]
    rows: Rows[R]

    async def apply(self, connection: PooledConnection, table: str, events: Sequence[Row]) -> None:
        keyed = [(key, event) for event in events if (key := self.key_of(event)) is not None]
        if not keyed:
            return
        rows = await self.rows.read(connection, table, {key for key, _ in keyed})
        for key, event in keyed:
            rows[key] = self.fold(rows.get(key), event)
        await self.rows.put(connection, table, rows.values())

    @abstractmethod
    def key_of(self, event: Row) -> Hashable | None:
        """Return the key of the one row that the event touches, or None."""

    @abstractmethod
    def fold(self, row: R | None, event: Row) -> R:
        """Return the row as it is after the event. May change `row` itself."""


def state_if(*kinds: str) -> str:
    """Return the SQL that reads the payload of these kinds only; `payload_of` opens it."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"topic, CASE WHEN kind IN ({listed}) THEN state END AS state"


def payload_of(event: Row) -> AccountEvent:
    return decode(event["topic"], event["state"])


def must_exist(row: R | None, event: Row) -> R:
    if row is None:
        raise ProjectionBrokenError(f"nothing to apply {event['kind']} {event['position']} to")
    return row
