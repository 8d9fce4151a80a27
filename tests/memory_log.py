"""The event log's double: eventsourcing's in-memory recorder, wrapped with our key check."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from eventsourcing.persistence import IntegrityError
from eventsourcing.popo import POPOApplicationRecorder

from ledger.codec import decode, encode
from ledger.domain.account import Account, evolve, fold
from ledger.domain.events import AccountEvent
from ledger.domain.keys import key_of
from ledger.log import Loaded, LogMovedError, Origin, Recorded

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class MemoryEventLog:
    """Obeys the same contract as `PostgresEventLog`; its clock stands still until moved."""

    def __init__(self) -> None:
        self.recorder = POPOApplicationRecorder()
        self.recorded: list[Recorded] = []
        self.clock = NOON

    def pass_time(self, span: timedelta) -> None:
        self.clock += span

    async def now(self) -> datetime:
        return self.clock

    async def load(self, account_id: str, keys: Sequence[str]) -> Loaded:
        stored = self.recorder.select_events(account_id)
        return Loaded(
            account=fold(account_id, [decode(one.topic, one.state) for one in stored]),
            events={key_of(one.event): one for one in self.recorded if key_of(one.event) in keys},
            now=self.clock,
        )

    async def append(
        self, account: Account, events: Sequence[AccountEvent], origin: Origin
    ) -> Sequence[Recorded]:
        taken = {key_of(one.event) for one in self.recorded}
        if any(key_of(event) in taken for event in events):
            raise LogMovedError(account.account_id)
        try:
            positions = self.recorder.insert_events([encode(event) for event in events])
        except IntegrityError as error:
            raise LogMovedError(account.account_id) from error
        assert positions is not None
        appended: list[Recorded] = []
        for position, event in zip(positions, events, strict=True):
            account = evolve(account, event)
            appended.append(
                Recorded(
                    position=position,
                    event=event,
                    recorded_at=self.clock,
                    actor=origin.actor,
                    correlation_id=origin.correlation_id,
                    balance_after=account.balance,
                )
            )
        self.recorded += appended
        return appended
