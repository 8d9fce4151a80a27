"""Any order of commands, repeats and late outcomes included, keeps the ledger honest.

The machine draws its operations independently of the data: any command may meet any state. Its
equations are computed from the recorded events alone, not from the account that they check.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.domain import account as account_module
from ledger.domain import decider as decider_module
from ledger.domain.commands import (
    AccountCommand,
    Cancel,
    Deduct,
    Deliver,
    OpenAccount,
    Refund,
    Settle,
    Start,
    TopUp,
)
from ledger.domain.events import (
    AccountEvent,
    Deducted,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.domain.keys import key_of, keys_of
from ledger.domain.refusals import LedgerRefusal
from ledger.domain.rules import Known, Rules
from tests.memory_log import NOON

RULES = Rules(welcome_credits=1, open_jobs_max=4, deadline=timedelta(minutes=15))

# Small worlds, so that commands often meet: a collision is what may go wrong.
account_ids = st.sampled_from(["tg:1", "tg:1", "tg:1", "tg:2"])
grant_ids = st.sampled_from(["g1", "g2", "g3"])
amounts = st.integers(min_value=1, max_value=4)
jobs = st.sampled_from([UUID(int=n) for n in range(1, 4)])
job_lists = st.lists(jobs, min_size=1, max_size=2, unique=True).map(tuple)
digests = st.sampled_from(["a" * 64, "b" * 64])
reasons = st.sampled_from(["internal", "deadline", "content_rejected"])


@dataclass
class Domain:
    """The functions under test: the real ones, or a mutant of them."""

    decide: Callable = decider_module.decide
    evolve: Callable = account_module.evolve
    fresh: Callable = field(default=account_module.Account)


class AccountMachine(RuleBasedStateMachine):
    domain = Domain()

    def __init__(self):
        super().__init__()
        self.now = NOON
        self.accounts = {}
        self.history: list[AccountEvent] = []

    def do(self, command: AccountCommand) -> None:
        account = self.account(command.account_id)
        try:
            events = self.domain.decide(command, account, self.known(command), RULES)
        except LedgerRefusal:
            return
        for event in events:
            account = self.domain.evolve(account, event)
            self.history.append(event)
        self.accounts[command.account_id] = account
        again = self.domain.decide(command, account, self.known(command), RULES)
        assert again == [], "saying it twice changed something"

    def account(self, account_id):
        return self.accounts.get(account_id) or self.domain.fresh(account_id=account_id)

    def known(self, command):
        keys = keys_of(command)
        events = {key_of(event): event for event in self.history if key_of(event) in keys}
        return Known(now=self.now, events=events)

    @rule(account_id=account_ids)
    def open_account(self, account_id):
        self.do(OpenAccount(account_id=account_id, terms_version="1"))

    @rule(account_id=account_ids, grant_id=grant_ids, credits_=amounts)
    def top_up(self, account_id, grant_id, credits_):
        self.do(TopUp(account_id=account_id, grant_id=grant_id, credits=credits_, reason="promo"))

    @rule(account_id=account_ids, job_ids=job_lists, digest=digests)
    def deduct(self, account_id, job_ids, digest):
        ordered = tuple((job_id, digest) for job_id in job_ids)
        self.do(Deduct(account_id=account_id, jobs=ordered, price_credits=1))

    @rule(account_id=account_ids, job_id=jobs)
    def start(self, account_id, job_id):
        self.do(Start(account_id=account_id, job_id=job_id))

    @rule(account_id=account_ids, job_id=jobs, digest=digests)
    def settle(self, account_id, job_id, digest):
        self.do(Settle(account_id=account_id, job_id=job_id, video_digest=digest))

    @rule(account_id=account_ids, job_id=jobs, reason=reasons)
    def refund(self, account_id, job_id, reason):
        self.do(Refund(account_id=account_id, job_id=job_id, reason=reason))

    @rule(account_id=account_ids, job_id=jobs)
    def cancel(self, account_id, job_id):
        self.do(Cancel(account_id=account_id, job_id=job_id))

    @rule(account_id=account_ids, job_id=jobs)
    def deliver(self, account_id, job_id):
        self.do(Deliver(account_id=account_id, job_id=job_id, outcome="sent"))

    @rule(minutes=st.integers(min_value=1, max_value=5))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @invariant()
    def credits_are_conserved(self):
        for account_id, account in self.accounts.items():
            own = [one for one in self.history if one.originator_id == account_id]
            balance = total(own, ToppedUp) + total(own, Refunded) - total(own, Deducted)
            assert account.balance == balance
            assert account.balance >= 0

    @invariant()
    def every_deduction_is_open_or_ended(self):
        for account_id, account in self.accounts.items():
            own = [one for one in self.history if one.originator_id == account_id]
            open_credits = sum(one.credits for one in account.open.values())
            ended = total(own, Settled) + total(own, Refunded)
            assert total(own, Deducted) == ended + open_credits

    @invariant()
    def a_job_has_one_end(self):
        ends = Counter(one.job_id for one in self.history if isinstance(one, Settled | Refunded))
        assert all(count == 1 for count in ends.values())

    @invariant()
    def started_and_cancelled_exclude_each_other(self):
        started = {one.job_id for one in self.history if isinstance(one, Started)}
        cancelled = {
            one.job_id
            for one in self.history
            if isinstance(one, Refunded) and one.reason == "cancelled"
        }
        assert not started & cancelled

    @invariant()
    def every_key_happens_once(self):
        assert all(n == 1 for n in Counter(map(key_of, self.history)).values())

    @invariant()
    def replay_equals_live(self):
        for account_id, account in self.accounts.items():
            replayed = self.domain.fresh(account_id=account_id)
            for one in self.history:
                if one.originator_id == account_id:
                    replayed = self.domain.evolve(replayed, one)
            assert replayed == account


def total(events: list[AccountEvent], kind: type) -> int:
    return sum(one.credits for one in events if isinstance(one, kind))
