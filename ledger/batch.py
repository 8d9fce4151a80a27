"""Decide a batch of commands in memory, from what is known of the log. No input or output.

A decision to append may rest on what was seen a while ago, because the append itself compares it
with the log. A refusal or a repeat has no append, so it stands only on a look made for this batch.
And a refusal that only time made stands on a look after which no older append can come: the same
command, asked of another ledger in time, may be on its way into the log.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from ledger.domain.account import Account, evolve
from ledger.domain.commands import AccountCommand
from ledger.domain.decider import decide
from ledger.domain.events import AccountEvent
from ledger.domain.keys import key_of, keys_of, order_of
from ledger.domain.refusals import LedgerRefusal
from ledger.domain.rules import Known, Rules
from ledger.log import Change, Loaded, Origin, Recorded

UNKNOWN = datetime.min.replace(tzinfo=UTC)


class Outcome(Struct, frozen=True, kw_only=True):
    """What stands in the log because of the command, in order; `repeat` if it stood before."""

    recorded: tuple[Recorded, ...]
    repeat: bool = False


class Wish(Struct, frozen=True):
    """A command that waits for its answer."""

    command: AccountCommand
    origin: Origin
    answer: "asyncio.Future[Outcome]"

    def tell(self, outcome: Outcome) -> None:
        if not self.answer.done():  # the asker may have left
            self.answer.set_result(outcome)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(slots=True)
class Look:
    """What a batch knows of the log."""

    accounts: dict[str, Account]
    now: datetime = UNKNOWN
    fresh: set[str] = field(default_factory=set[str])
    """Accounts read for this batch; the others are as this process left them."""
    settled: set[str] = field(default_factory=set[str])
    """Those of them that were read when no append was under way."""
    asked: set[str] = field(default_factory=set[str])
    """Keys that the log was asked about for this batch."""
    recorded: dict[str, Recorded] = field(default_factory=dict[str, Recorded])
    orders: dict[UUID, Sequence[Recorded]] = field(default_factory=dict[UUID, Sequence[Recorded]])

    def learn(self, loaded: Loaded, keys: Sequence[str], *, settled: bool) -> None:
        self.now = loaded.now
        self.accounts.update(loaded.accounts)
        self.fresh.update(loaded.accounts)
        if settled:
            self.settled.update(loaded.accounts)
        else:
            self.settled.difference_update(loaded.accounts)
        self.asked.update(keys)
        self.recorded.update(loaded.events)
        self.orders.update(loaded.orders)

    def holds(self, decided: "Decided") -> bool:
        """Tell whether the log has every event that was decided: an append is all or nothing."""
        return all(_is_that(change, self.recorded.get(change.key)) for change in decided.changes)

    def is_certain(self, command: AccountCommand, refusal: LedgerRefusal | None) -> bool:
        """Tell whether the refusal of the command, or its repeat, may be answered."""
        timely = refusal is not None and refusal.comes_with_time
        accounts = self.settled if timely else self.fresh
        return command.account_id in accounts and self.asked.issuperset(keys_of(command))


@dataclass(slots=True)
class Decided:
    """What becomes of each wish of a batch, in its order."""

    changes: list[Change] = field(default_factory=list[Change])
    results: list[LedgerRefusal | int] = field(default_factory=list["LedgerRefusal | int"])
    """A refusal, or how many of the changes are the wish's: none if it is a repeat."""
    versions: dict[str, int] = field(default_factory=dict[str, int])
    """The version of each changed account before the batch."""
    not_after: datetime | None = None
    doubtful: set[str] = field(default_factory=set[str])
    """Accounts that must be looked at before all can be answered."""
    must_settle: bool = False
    """Whether that look has to wait until no append is under way."""

    def doubt(self, command: AccountCommand, refusal: LedgerRefusal | None) -> None:
        self.doubtful.add(command.account_id)
        self.must_settle |= refusal is not None and refusal.comes_with_time


def decide_batch(wishes: Sequence[Wish], look: Look, rules: Rules) -> Decided:
    """Decide the wishes one after the other, each on what the ones before it left."""
    decided = Decided()
    accounts = dict(look.accounts)
    events = {key: one.event for key, one in look.recorded.items()}
    orders = {order_id: tuple(one.event for one in all_) for order_id, all_ in look.orders.items()}
    known = Known(now=look.now, events=events, orders=orders)
    for wish in wishes:
        command = wish.command
        account = accounts[command.account_id]
        refusal: LedgerRefusal | None = None
        happened: list[AccountEvent] = []
        try:
            happened = decide(command, account, known, rules)
        except LedgerRefusal as error:
            refusal = error
        decided.results.append(refusal or len(happened))
        if not happened:
            if not look.is_certain(command, refusal):
                decided.doubt(command, refusal)
            continue
        decided.versions.setdefault(account.account_id, account.version)
        decided.not_after = _earlier(decided.not_after, command.not_after)
        for event in happened:
            account = evolve(account, event)
            key = key_of(event)
            events[key] = event
            decided.changes.append(Change(key=key, event=event, after=account, origin=wish.origin))
        accounts[command.account_id] = account
        if orders:
            _remember_order(orders, command, happened)
    return decided


def outcomes_of(
    wishes: Sequence[Wish],
    decided: Decided,
    appended: Sequence[Recorded],
    recorded: Mapping[str, Recorded],
) -> list[LedgerRefusal | Outcome]:
    """Return each wish's answer; `recorded` holds what was looked at and what was appended."""
    answers: list[LedgerRefusal | Outcome] = []
    start = 0
    for wish, result in zip(wishes, decided.results, strict=True):
        if isinstance(result, LedgerRefusal):
            answers.append(result)
        elif result:
            answers.append(Outcome(recorded=tuple(appended[start : start + result])))
            start += result
        else:
            found = [recorded[key] for key in keys_of(wish.command) if key in recorded]
            found.sort(key=lambda one: one.position)
            answers.append(Outcome(recorded=tuple(found), repeat=True))
    return answers


def _is_that(change: Change, one: Recorded | None) -> bool:
    return (
        one is not None
        and one.event == change.event
        and (one.actor, one.correlation_id) == (change.origin.actor, change.origin.correlation_id)
    )


def _remember_order(
    orders: dict[UUID, tuple[AccountEvent, ...]],
    command: AccountCommand,
    happened: Sequence[AccountEvent],
) -> None:
    order_id = order_of(command)
    if order_id is not None:
        orders[order_id] = (*orders.get(order_id, ()), *happened)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
