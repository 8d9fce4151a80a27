"""The event log's double: eventsourcing's in-memory recorder, wrapped with our key check."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from eventsourcing.persistence import IntegrityError
from eventsourcing.popo import POPOApplicationRecorder

from ledger.chain import next_hash
from ledger.codec import decode, encode
from ledger.domain.account import fold
from ledger.domain.columns import columns_of
from ledger.domain.keys import key_of
from ledger.log import Change, Loaded, LogMovedError, Recorded

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class MemoryEventLog:
    """Obeys the same contract as `PostgresEventLog`; its clock stands still until moved."""

    def __init__(self) -> None:
        self.recorder = POPOApplicationRecorder()
        self.recorded: list[Recorded] = []
        self.time = NOON

    def pass_time(self, span: timedelta) -> None:
        self.time += span

    def clock(self) -> datetime:
        return self.time

    async def now(self) -> datetime:
        return self.time

    async def load(
        self,
        accounts: Collection[str],
        keys: Collection[str] = (),
        orders: Collection[UUID] = (),
        *,
        settled: bool = False,  # noqa: ARG002 - nothing is ever under way here
    ) -> Loaded:
        return Loaded(
            accounts={one: self._account(one) for one in accounts},
            events={key_of(one.event): one for one in self.recorded if key_of(one.event) in keys},
            orders={
                order: [one for one in self.recorded if columns_of(one.event).order_id == order]
                for order in orders
            },
            now=self.time,
        )

    async def append(
        self,
        changes: Sequence[Change],
        versions: Mapping[str, int],
        not_after: datetime | None = None,
    ) -> Sequence[Recorded]:
        taken = {key_of(one.event) for one in self.recorded}
        moved_keys = [one.key for one in changes if one.key in taken]
        moved = [one for one, version in versions.items() if self._account(one).version != version]
        if moved or moved_keys or (not_after is not None and self.time > not_after):
            owners = [one.event.originator_id for one in changes if one.key in moved_keys]
            raise LogMovedError({*moved, *owners}, moved_keys)
        try:
            positions = self.recorder.insert_events([encode(one.event) for one in changes])
        except IntegrityError as error:
            raise LogMovedError(versions) from error
        assert positions is not None
        appended = [
            Recorded(
                position=position,
                event=one.event,
                recorded_at=self.time,
                actor=one.origin.actor,
                correlation_id=one.origin.correlation_id,
                balance_after=one.after.balance,
                debt_after=one.after.debt,
                hash=next_hash(b"", str(position).encode()),
            )
            for position, one in zip(positions, changes, strict=True)
        ]
        self.recorded += appended
        return appended

    def _account(self, account_id: str):
        stored = self.recorder.select_events(account_id)
        return fold(account_id, [decode(one.topic, one.state) for one in stored])
