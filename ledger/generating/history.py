"""The past as it is being made: every event is decided by the real rules, none is invented."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import asdict

from ledger.chain import form_of, next_hash, row_of, stamp_of
from ledger.codec import encode, kind_of
from ledger.domain.account import Account, evolve
from ledger.domain.columns import columns_of
from ledger.domain.commands import AccountCommand
from ledger.domain.decider import decide
from ledger.domain.events import AccountEvent
from ledger.domain.keys import key_of, order_of
from ledger.domain.refusals import LedgerRefusal
from ledger.domain.rules import Known, Rules


class Thread(Struct):
    """What has happened under one wish, a job or an order: all that deciding about it needs."""

    correlation_id: str
    events: dict[str, AccountEvent] = field(default_factory=dict[str, AccountEvent])
    """By key, in their order."""


class History:
    """Holds accounts, not events: `take_rows` hands those over and forgets them."""

    def __init__(self, genesis: bytes, *, start: datetime, events_max: int, rules: Rules) -> None:
        self.now = start
        self.position = 0
        self.accounts: dict[str, Account] = {}
        self.reserved = 0
        """How many of the events that may still come are for somebody else."""
        self._events_max = events_max
        self._rules = rules
        self._hash = genesis
        self._rows = bytearray()

    @property
    def remaining(self) -> int:
        return self._events_max - self.position

    def tell(self, command: AccountCommand, thread: Thread, actor: str) -> bool:
        """Let the rules decide and record it; say whether anything happened."""
        account = self.accounts.get(command.account_id)
        if account is None:
            account = Account(account_id=command.account_id)
        order_id = order_of(command)
        known = Known(now=self.now, events=thread.events, orders=_orders(order_id, thread))
        try:
            events = decide(command, account, known, self._rules)
        except LedgerRefusal:
            return False
        if len(events) > self.remaining - self.reserved:
            return False
        for event in events:
            account = evolve(account, event)
            self._record(event, account, actor, thread)
        self.accounts[account.account_id] = account
        return bool(events)

    def take_rows(self) -> bytes:
        """Return what was recorded since the last call, as COPY takes it."""
        rows = bytes(self._rows)
        self._rows.clear()
        return rows

    def _record(self, event: AccountEvent, after: Account, actor: str, thread: Thread) -> None:
        stored = encode(event)
        key = key_of(event)
        self.position += 1
        form = form_of(
            position=self.position,
            version=event.originator_version,
            recorded_at=stamp_of(self.now),
            balance_after=after.balance,
            debt_after=after.debt,
            originator_id=event.originator_id,
            topic=stored.topic,
            state=stored.state,
            kind=kind_of(event),
            key=key,
            actor=actor,
            correlation_id=thread.correlation_id,
            **asdict(columns_of(event)),
        )
        self._hash = next_hash(self._hash, form)
        self._rows += row_of(form, self._hash)
        thread.events[key] = event


def _orders(order_id: UUID | None, thread: Thread) -> Mapping[UUID, tuple[AccountEvent, ...]]:
    return {} if order_id is None else {order_id: tuple(thread.events.values())}
