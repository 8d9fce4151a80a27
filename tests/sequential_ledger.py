"""The ledger as a person would tell it: one account, one command after the other, no database.

Written from the rules, not from the decider: it is the second opinion that concurrent histories
are checked against.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from contracts.ids import job_id_of
from contracts.messages import (
    Cancel,
    Deduct,
    Deliver,
    Done,
    LedgerCommand,
    OpenAccount,
    Refusal,
    RefusalCode,
    Start,
    TopUp,
    VideoFailed,
    VideoReady,
)
from tests.linearise import Call

Asked = LedgerCommand | VideoReady | VideoFailed
Answer = Done | Refusal


class Fact(NamedTuple):
    """What is known under a key, and the balance right after it."""

    content: tuple
    balance: int


class State(NamedTuple):
    balance: int = 0
    facts: frozenset[tuple[str, Fact]] = frozenset()


@dataclass(frozen=True)
class SequentialLedger:
    """The rules that the machine's ledgers run with."""

    welcome: int = 1
    price: int = 1
    open_max: int = 3

    def step(self, state: State, call: Call[Asked, Answer]) -> State | None:
        """Return the state after the call, or None if it is not answered like that."""
        if isinstance(call.answer, Refusal) and call.answer.code is RefusalCode.OVERLOADED:
            return state
        not_after = getattr(call.command, "not_after", None)
        timely = not_after is None or call.asked <= not_after.timestamp()
        late = not_after is not None and call.answered >= not_after.timestamp()
        if call.answer is None:
            return self.execute(state, call.command, late=False)[1] if timely else state
        for is_late, possible in ((False, timely), (True, late)):
            answer, after = self.execute(state, call.command, late=is_late)
            if possible and self._is_said(call.answer, answer):
                return after
        return None

    def execute(self, state: State, command: Asked, *, late: bool) -> tuple[Answer, State]:
        """Return the answer and the state after it; `late` if the time of the command is over."""
        account = _Account(state, dict(state.facts), command.account)
        try:
            match command:
                case OpenAccount():
                    return self._open(account, command, late=late)
                case TopUp():
                    return self._top_up(account, command, late=late)
                case Deduct():
                    return self._deduct(account, command, late=late)
                case Start():
                    return self._start(account, command, late=late)
                case Cancel():
                    return self._cancel(account, command, late=late)
                case Deliver():
                    return self._deliver(account, command, late=late)
                case VideoReady():
                    return self._settle(account, command)
                case VideoFailed():
                    return self._fail(account, command)
        except _No as no:
            return no.refusal, state

    def _is_said(self, said: Answer, expected: Answer) -> bool:
        if isinstance(said, Refusal) or isinstance(expected, Refusal):
            return said == expected
        same = {"position": said.position, "deadline_at": said.deadline_at}
        return said == expected.model_copy(update=same)

    def _open(self, account: "_Account", _: OpenAccount, *, late: bool) -> tuple[Answer, State]:
        known = account.facts.get("account")
        if known is not None:
            return account.repeat(known, bonus_credits=self.welcome)
        _refuse(late, RefusalCode.TOO_LATE)
        grants = {"account": (), "grant:welcome": (self.welcome, "welcome_bonus")}
        return account.done(self.welcome, grants, bonus_credits=self.welcome)

    def _top_up(self, account: "_Account", top_up: TopUp, *, late: bool) -> tuple[Answer, State]:
        key = f"grant:{top_up.grant_id}"
        known = account.facts.get(key)
        if known is not None:
            credits_, reason = known.content
            _refuse(credits_ != top_up.credits, RefusalCode.KEY_REUSED, field="credits")
            _refuse(reason != top_up.reason, RefusalCode.KEY_REUSED, field="reason")
            return account.repeat(known)
        _refuse(late, RefusalCode.TOO_LATE)
        _refuse("account" not in account.facts, RefusalCode.ACCOUNT_UNKNOWN)
        return account.done(top_up.credits, {key: (top_up.credits, top_up.reason)})

    def _deduct(self, account: "_Account", deduct: Deduct, *, late: bool) -> tuple[Answer, State]:
        count = len(deduct.order_digests)
        job_ids = tuple(
            job_id_of(deduct.account, deduct.draft_id, deduct.revision, index)
            for index in range(count)
        )
        ordered = [account.facts.get(f"ordered:{job_id}") for job_id in job_ids]
        for known, digest in zip(ordered, deduct.order_digests, strict=True):
            if known is not None:
                in_all, recorded, price, _ = known.content
                _refuse(in_all != count, RefusalCode.KEY_REUSED, field="count")
                _refuse(recorded != digest, RefusalCode.KEY_REUSED, field="order_digest")
                other = price != deduct.price_credits
                _refuse(other, RefusalCode.KEY_REUSED, field="price_credits")
        if ordered[-1] is not None:
            return account.repeat(ordered[-1], job_ids=job_ids)
        _refuse(late, RefusalCode.TOO_LATE)
        _refuse("account" not in account.facts, RefusalCode.ACCOUNT_UNKNOWN)
        changed = deduct.price_credits != self.price
        _refuse(changed, RefusalCode.PRICE_CHANGED, needed=self.price)
        _refuse(account.open_jobs() + count > self.open_max, RefusalCode.TOO_MANY_OPEN)
        needed, balance = self.price * count, account.state.balance
        short = balance < needed
        _refuse(short, RefusalCode.INSUFFICIENT_CREDITS, balance=balance, needed=needed)
        orders = {
            f"ordered:{job_id}": (count, digest, self.price, str(job_id))
            for job_id, digest in zip(job_ids, deduct.order_digests, strict=True)
        }
        return account.done(-needed, orders, job_ids=job_ids)

    def _start(self, account: "_Account", start: Start, *, late: bool) -> tuple[Answer, State]:
        account.refuse_unless_open(start.job_id)
        known = account.facts.get(f"started:{start.job_id}")
        if known is not None:
            return account.repeat(known)
        _refuse(late, RefusalCode.TOO_LATE)
        return account.done(0, {f"started:{start.job_id}": ()})

    def _cancel(self, account: "_Account", cancel: Cancel, *, late: bool) -> tuple[Answer, State]:
        known = account.facts.get(f"closed:{cancel.job_id}")
        if known is not None and known.content == ("refunded", "cancelled"):
            return account.repeat(known)
        account.refuse_unless_open(cancel.job_id)
        started = f"started:{cancel.job_id}" in account.facts
        _refuse(started, RefusalCode.ALREADY_STARTED)
        _refuse(late, RefusalCode.TOO_LATE)
        return account.done(self.price, {f"closed:{cancel.job_id}": ("refunded", "cancelled")})

    def _deliver(
        self, account: "_Account", deliver: Deliver, *, late: bool
    ) -> tuple[Answer, State]:
        key = f"delivered:{deliver.job_id}"
        known = account.facts.get(key)
        if known is not None:
            other = known.content != (deliver.outcome,)
            _refuse(other, RefusalCode.KEY_REUSED, field="outcome")
            return account.repeat(known)
        closed = account.facts.get(f"closed:{deliver.job_id}")
        if closed is None:
            account.refuse_unless_open(deliver.job_id)
            raise _No(RefusalCode.DEDUCTION_OPEN)
        _refuse(closed.content[0] == "refunded", RefusalCode.DEDUCTION_CLOSED)
        _refuse(late, RefusalCode.TOO_LATE)
        return account.done(0, {key: (deliver.outcome,)})

    def _settle(self, account: "_Account", ready: VideoReady) -> tuple[Answer, State]:
        account.refuse_unless_open(ready.job_id)
        _refuse(f"started:{ready.job_id}" not in account.facts, RefusalCode.NOT_STARTED)
        return account.done(0, {f"closed:{ready.job_id}": ("settled", ready.video_digest)})

    def _fail(self, account: "_Account", failed: VideoFailed) -> tuple[Answer, State]:
        account.refuse_unless_open(failed.job_id)
        return account.done(
            self.price, {f"closed:{failed.job_id}": ("refunded", str(failed.reason))}
        )


class _No(Exception):
    def __init__(self, code: RefusalCode, **explained: object) -> None:
        super().__init__(code)
        self.refusal = Refusal.model_validate({"code": code, **explained})


def _refuse(is_so: bool, code: RefusalCode, **explained: object) -> None:  # noqa: FBT001 - it reads as a sentence: refuse if so
    if is_so:
        raise _No(code, **explained)


@dataclass(frozen=True)
class _Account:
    state: State
    facts: Mapping[str, Fact]
    name: str

    def done(self, change: int, news: Mapping[str, tuple], **more) -> tuple[Answer, State]:
        balance = self.state.balance + change
        facts = {key: Fact(content, balance) for key, content in news.items()}
        after = State(balance, self.state.facts.union(facts.items()))
        return Done(account=self.name, balance=balance, position=0, **more), after

    def repeat(self, known: Fact, **more) -> tuple[Answer, State]:
        answer = Done(account=self.name, balance=known.balance, position=0, repeat=True, **more)
        return answer, self.state

    def open_jobs(self) -> int:
        jobs = [key.partition(":")[2] for key in self.facts if key.startswith("ordered:")]
        return sum(f"closed:{job}" not in self.facts for job in jobs)

    def refuse_unless_open(self, job_id: UUID) -> None:
        _refuse(f"closed:{job_id}" in self.facts, RefusalCode.DEDUCTION_CLOSED)
        _refuse(f"ordered:{job_id}" not in self.facts, RefusalCode.JOB_UNKNOWN)
