"""Any order of commands, repeats and late outcomes included, keeps the ledger honest.

The machine draws its operations independently of the data: any command may meet any state. Its
equations are computed from the recorded events alone, not from the account that they check.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.domain import account as account_module
from ledger.domain import decider as decider_module
from ledger.domain.columns import columns_of
from ledger.domain.commands import (
    AccountCommand,
    Cancel,
    CancelPayment,
    CompletePayment,
    ConfirmPaymentRefund,
    Deduct,
    Deliver,
    FailPaymentRefund,
    OpenAccount,
    OpenPayment,
    Refund,
    RequestPayment,
    RequestPaymentRefund,
    Settle,
    Start,
    TopUp,
)
from ledger.domain.events import (
    AccountEvent,
    Deducted,
    PaymentRequested,
    Refunded,
    Settled,
)
from ledger.domain.keys import key_of, keys_of, order_of, payment_key
from ledger.domain.refusals import LedgerRefusal
from ledger.domain.rules import Known, Rules
from tests.memory_log import NOON
from tests.properties.equations import (
    balance_of,
    check_clawback,
    check_every_step,
    check_job_ends,
    check_keys,
    check_orders,
    check_payments,
    debt_of,
    open_orders_of,
    total,
)

PRICE = 3
RULES = Rules(welcome_credits=1, price_credits=PRICE, open_jobs_max=3, open_orders_max=2)

# Small worlds, so that commands often meet: a collision is what may go wrong.
account_ids = st.sampled_from(["tg:1"] * 5 + ["tg:2"])
grant_ids = st.sampled_from([f"g{n}" for n in range(8)])
amounts = st.integers(min_value=1, max_value=4)
jobs = st.sampled_from([UUID(int=n) for n in (1, 1, 1, 2, 3)])
job_lists = st.lists(jobs, min_size=1, max_size=2, unique=True).map(tuple)
digests = st.sampled_from(["a" * 64, "b" * 64])
reasons = st.sampled_from(["internal", "deadline", "content_rejected"])


class Deal(NamedTuple):
    order_id: UUID
    provider: str
    payment_id: str
    plan: str
    bought: int
    price: int


SMALL = Deal(UUID(int=11), "yookassa", "p1", "s", 7, 4)
LARGE = Deal(UUID(int=12), "yookassa", "p2", "m", 9, 4)
ODD = [
    SMALL._replace(order_id=UUID(int=13)),
    SMALL._replace(provider="stars"),
    SMALL._replace(payment_id="p2"),
    SMALL._replace(payment_id="p3"),
    SMALL._replace(plan="l"),
    SMALL._replace(bought=4),
    SMALL._replace(price=5, payment_id="p4"),
    LARGE._replace(price=5, payment_id="p4"),
]
buyers = st.sampled_from(["tg:1"] * 9 + ["tg:2"])
deals = st.sampled_from([SMALL] * 9 + [LARGE] * 8 + ODD)
refund_ids = st.sampled_from(["r1", "r1", "r2", "r3"])
provider_refund_ids = st.sampled_from(["pr1", "pr2"])
money_back = st.sampled_from([1, 2, 3, 4, 4])


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
        self.checked = 0

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
        order_id = order_of(command)
        if order_id is None:
            return Known(now=self.now, events=events)
        order = tuple(event for event in self.history if columns_of(event).order_id == order_id)
        return Known(now=self.now, events=events, orders={order_id: order})

    @initialize(steps=st.sampled_from([3, 3, 3, 2, 1, 0]))
    def begin(self, steps):
        """Start with so many of a customer's usual steps: from nothing, debt is far away."""
        usual = [
            lambda: self.open_account("tg:1"),
            lambda: self.buy("tg:1", SMALL),
            lambda: self.deduct("tg:1", (UUID(int=1), UUID(int=2)), "a" * 64),
        ]
        for step in usual[:steps]:
            step()

    @rule(account_id=account_ids)
    def open_account(self, account_id):
        self.do(OpenAccount(account_id=account_id, terms_version="1"))

    @rule(account_id=account_ids, grant_id=grant_ids, credits_=amounts)
    def top_up(self, account_id, grant_id, credits_):
        self.do(TopUp(account_id=account_id, grant_id=grant_id, credits=credits_, reason="promo"))

    @rule(account_id=account_ids, job_ids=job_lists, digest=digests)
    def deduct(self, account_id, job_ids, digest):
        ordered = tuple((job_id, digest) for job_id in job_ids)
        self.do(Deduct(account_id=account_id, jobs=ordered, price_credits=PRICE))

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

    @rule(account_id=buyers, deal=deals)
    def request_payment(self, account_id, deal):
        self.do(
            RequestPayment(
                account_id=account_id,
                order_id=deal.order_id,
                provider=deal.provider,
                plan=deal.plan,
                credits=deal.bought,
                price=deal.price,
                currency="RUB",
            )
        )

    @rule(account_id=buyers, deal=deals)
    def open_payment(self, account_id, deal):
        self.do(
            OpenPayment(
                account_id=account_id,
                order_id=deal.order_id,
                provider=deal.provider,
                payment_id=deal.payment_id,
            )
        )

    @rule(account_id=buyers, deal=deals)
    def complete_payment(self, account_id, deal):
        command = CompletePayment(
            account_id=account_id,
            order_id=deal.order_id,
            provider=deal.provider,
            payment_id=deal.payment_id,
            price=deal.price,
            currency="RUB",
        )
        self.do(command)
        if any(is_paid_by(one, command) for one in self.history):
            keys = set(map(key_of, self.history))
            assert payment_key(deal.provider, deal.payment_id) in keys, "paid but not credited"

    @rule(account_id=buyers, deal=deals)
    def buy(self, account_id, deal):
        self.request_payment(account_id, deal)
        self.complete_payment(account_id, deal)

    @rule(account_id=buyers, deal=deals, reason=st.sampled_from(["expired", "declined"]))
    def cancel_payment(self, account_id, deal, reason):
        self.do(CancelPayment(account_id=account_id, order_id=deal.order_id, reason=reason))

    @rule(account_id=buyers, deal=deals, refund_id=refund_ids, money=money_back)
    def request_payment_refund(self, account_id, deal, refund_id, money):
        self.do(
            RequestPaymentRefund(
                account_id=account_id,
                order_id=deal.order_id,
                provider=deal.provider,
                payment_id=deal.payment_id,
                refund_id=refund_id,
                money=money,
            )
        )

    @rule(account_id=buyers, deal=deals, refund_id=refund_ids, theirs=provider_refund_ids)
    def confirm_payment_refund(self, account_id, deal, refund_id, theirs):
        self.do(
            ConfirmPaymentRefund(
                account_id=account_id,
                order_id=deal.order_id,
                refund_id=refund_id,
                provider=deal.provider,
                provider_refund_id=theirs,
            )
        )

    @rule(account_id=buyers, deal=deals, refund_id=refund_ids)
    def fail_payment_refund(self, account_id, deal, refund_id):
        self.do(
            FailPaymentRefund(
                account_id=account_id,
                order_id=deal.order_id,
                refund_id=refund_id,
                reason="declined",
            )
        )

    @rule(account_id=buyers, refund_id=refund_ids, money=money_back)
    def take_back(self, account_id, refund_id, money):
        self.request_payment_refund(account_id, SMALL, refund_id, money)

    @rule(account_id=buyers, refund_id=refund_ids, money=money_back)
    def try_to_take_back(self, account_id, refund_id, money):
        self.request_payment_refund(account_id, SMALL, refund_id, money)
        self.fail_payment_refund(account_id, SMALL, refund_id)

    @rule(minutes=st.integers(min_value=1, max_value=5))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @invariant()
    def every_equation_holds(self):
        if len(self.history) == self.checked:
            return
        self.checked = len(self.history)
        check_keys(self.history)
        check_job_ends(self.history)
        check_payments(self.history)
        check_orders(self.history)
        check_clawback(self.history)
        for account in self.accounts.values():
            own = [one for one in self.history if one.originator_id == account.account_id]
            self.credits_are_conserved(account, own)
            self.what_is_open_has_not_ended(account, own)
            self.replay_equals_live(account, own)

    def credits_are_conserved(self, account, own):
        assert account.balance == balance_of(own)
        assert account.debt == debt_of(own)
        assert account.balance >= 0
        assert account.debt >= 0
        check_every_step(own)

    def what_is_open_has_not_ended(self, account, own):
        open_credits = sum(one.credits for one in account.open.values())
        ended = total(own, Settled) + total(own, Refunded)
        assert total(own, Deducted) == ended + open_credits
        plans = open_orders_of(own)
        assert {order_id: order.plan for order_id, order in account.orders.items()} == plans
        assert len(set(plans.values())) == len(plans) <= RULES.open_orders_max

    def replay_equals_live(self, account, own):
        replayed = self.domain.fresh(account_id=account.account_id)
        for one in own:
            replayed = self.domain.evolve(replayed, one)
        assert replayed == account


def is_paid_by(event: AccountEvent, command: CompletePayment) -> bool:
    return (
        isinstance(event, PaymentRequested)
        and event.originator_id == command.account_id
        and event.order_id == command.order_id
        and (event.provider, event.price, event.currency)
        == (command.provider, command.price, command.currency)
    )
