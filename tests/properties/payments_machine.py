"""Any order of what people, the provider and the ledger may do about payments, and its end.

Faults are drawn apart from the rest: any call of the provider may fail in any way, and the ledger
may die at any of its outside calls. Every step is of a fresh ledger on what the last one left.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from contracts.messages import CheckPayment
from ledger.domain.events import (
    PaymentCompleted,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
)
from ledger.domain.refusals import RefundTooLarge, TooManyRefunds
from ledger.payments.gateway import GatewayRefusedError, RefundState
from ledger.payments.reconciling import PASSING
from tests.memory_gateway import Fault
from tests.payments_lives import Mortal, dying
from tests.payments_world import ME, PLANS, YOU, Running, memory_world, refund_of, wish_of
from tests.properties.equations import (
    balance_of,
    check_clawback,
    check_every_step,
    check_keys,
    check_orders,
    check_payments,
    debt_of,
    open_orders_of,
)
from tests.videogen_lives import Side

LAST_HOURS = (0, 0, 1, 1, 2, 6, 25, 25, 49)

accounts = st.sampled_from([ME, ME, YOU])
plans = st.sampled_from(["starter", "starter", "pro"])
numbers = st.sampled_from([0, 0, 0, 1, 2, 3])
"""Which one, counted from the newest."""
sums = st.sampled_from([1, 5_000, 5_000, 5_000, 9_950, 19_900])
minutes = st.sampled_from([1, 1, 10, 61, 61, 12 * 60, 24 * 60])
states = st.sampled_from([RefundState.SUCCEEDED, *RefundState])
details: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "buy": (accounts, plans),
    "tap_buy_again": (numbers,),
    "tap_check": (numbers,),
    "pay": (numbers,),
    "decline": (numbers,),
    "pay_twice": (numbers,),
    "ring": (numbers,),
    "refund_at_its_page": (numbers, sums),
    "refund_at_the_console": (numbers, sums, states),
    "pending_refunds_end": (states,),
    "schedules_run": (),
    "the_list_is_swept": (),
    "time_passes": (minutes,),
    "it_is_silent": (st.sampled_from([True, False, False]),),
}
OFTEN = [
    "buy",
    "buy",
    "pay",
    "pay",
    "ring",
    "ring",
    *["refund_at_its_page", "refund_at_the_console"] * 2,
]


class Move(NamedTuple):
    """What happens, which calls of the provider fail then, and when the ledger dies, if it does."""

    kind: str
    details: tuple[Any, ...]
    faults: Sequence[Fault | None]
    death: tuple[int, Side] | None


faults = st.sampled_from([0, 0, 0, 1, 2, 3]).flatmap(
    lambda count: st.tuples(*[st.sampled_from([None, *Fault])] * count)
)
deaths = st.none() | st.none() | st.tuples(st.integers(1, 14), st.sampled_from(list(Side)))
moves = st.sampled_from([*details, *OFTEN]).flatmap(
    lambda kind: st.builds(Move, st.just(kind), st.tuples(*details[kind]), faults, deaths)
)
histories = st.lists(moves, min_size=15, max_size=40)


class PaymentsMachine:
    """Plays one history to its end."""

    def __init__(self) -> None:
        self.world = memory_world()
        self.gateway = self.world.gateway
        self.runner = asyncio.Runner()
        self.numbers = iter(range(1, 1_000_000))
        self.death: tuple[int, Side] | None = None

    def play(self, history: Sequence[Move]) -> None:
        with self.runner:
            self.live(lambda ledger: ledger.open(ME, YOU))
            self.live(lambda ledger: ledger.sweep())
            for move in history:
                self.gateway.faults.extend(move.faults)
                self.death = move.death
                getattr(self, move.kind)(*move.details)
                self.gateway.faults.clear()
            self.everything_runs()
            self.check()

    def buy(self, account, plan):
        wish = wish_of(UUID(int=next(self.numbers)), account, plan)
        self.live(lambda ledger: ledger.buy(wish))

    def tap_buy_again(self, number):
        if (order := self.an_order(number)) is not None:
            wish = wish_of(order.order_id, order.originator_id, order.plan)
            self.live(lambda ledger: ledger.buy(wish))

    def tap_check(self, number):
        if (order := self.an_order(number)) is not None:
            wish = CheckPayment(
                account=order.originator_id, correlation_id="c", order_id=order.order_id
            )
            self.live(lambda ledger: ledger.buying.check(wish))

    def pay(self, number):
        if (payment_id := self.a_payment(number)) is not None:
            self.gateway.pay(payment_id)

    def decline(self, number):
        if (payment_id := self.a_payment(number)) is not None:
            self.gateway.decline(payment_id)

    def pay_twice(self, number):
        """Another payment of the same order, as after a key that the provider forgot."""
        if (payment_id := self.a_payment(number)) is not None:
            first = self.gateway.payments[payment_id]
            self.gateway.pay(self.gateway.make(first.metadata, first.price))

    def ring(self, number):
        """A bell, early, late, twice or for nothing: it is always the same question."""
        payment_id = self.a_payment(number) or "forged-forged-forged"
        self.live(lambda ledger: ledger.settle(payment_id))

    def refund_at_its_page(self, number, money):
        if (payment_id := self.a_payment(number)) is not None:
            with suppress(GatewayRefusedError):
                self.gateway.send_back(payment_id, money)

    def refund_at_the_console(self, number, money, state):
        paid = [one.event for one in self.recorded() if isinstance(one.event, PaymentCompleted)]
        if not paid:
            return
        event = paid[number % len(paid)]
        refund = refund_of(
            self.world,
            event.payment_id,
            min(money, event.price),
            next(self.numbers),
            account=event.originator_id,
            order_id=event.order_id,
        )
        self.gateway.refund_state = state

        async def send_back(ledger: Running) -> None:
            await ledger.send_back(refund)

        self.live(send_back)

    def pending_refunds_end(self, state):
        for refund_id in list(self.gateway.refunds):
            self.gateway.end_refund(refund_id, state)

    def schedules_run(self):
        self.live(lambda ledger: ledger.look_after())

    def the_list_is_swept(self):
        self.live(lambda ledger: ledger.sweep())

    def time_passes(self, minutes):
        self.world.pass_time(timedelta(minutes=minutes))
        self.gateway.expire()

    def it_is_silent(self, is_down):
        self.gateway.is_down = is_down

    def everything_runs(self):
        """From now on everybody answers and nobody dies."""
        self.death = None
        self.gateway.is_down = False
        self.gateway.refund_state = RefundState.SUCCEEDED
        self.pending_refunds_end(RefundState.SUCCEEDED)
        for hours in LAST_HOURS:
            self.world.pass_time(timedelta(hours=hours))
            self.gateway.expire()
            self.live(lambda ledger: ledger.look_after(), may_fail=False)
            self.live(lambda ledger: ledger.sweep(), may_fail=False)

    def live(self, act: Callable[[Running], Awaitable[Any]], *, may_fail: bool = True) -> None:
        async def step() -> None:
            call, side = self.death or (10**9, Side.BEFORE)
            async with dying(self.world, Mortal(call, side)) as ledger:
                try:
                    await act(ledger)
                except PASSING:
                    assert may_fail
                except (RefundTooLarge, TooManyRefunds):
                    assert act.__name__ == "send_back"

        self.runner.run(step())

    def recorded(self):
        return self.world.event_log.recorded

    def a_payment(self, number):
        made = list(self.gateway.payments)
        return made[-1 - number % len(made)] if made else None

    def an_order(self, number):
        orders = [one.event for one in self.recorded() if isinstance(one.event, PaymentRequested)]
        return orders[-1 - number % len(orders)] if orders else None

    def check(self):
        events = [one.event for one in self.recorded()]
        check_keys(events)
        check_orders(events)
        check_payments(events)
        check_clawback(events)
        for account in (ME, YOU):
            own = [one for one in events if one.originator_id == account]
            check_every_step(own)
            assert (balance_of(own), debt_of(own)) == self.balance(account)
            assert balance_of(own) >= 0
            assert debt_of(own) >= 0
        self.check_credits(events)
        self.check_money_back(events)
        self.check_nothing_is_left(events)

    def check_credits(self, events):
        """What was granted is what the provider says was paid, once for each of its ids."""
        requested = {one.order_id: one for one in events if isinstance(one, PaymentRequested)}
        granted = {
            one.payment_id: (one.originator_id, one.credits, one.price)
            for one in events
            if isinstance(one, PaymentCompleted)
        }
        paid = {}
        for one in self.gateway.paid:
            order = requested[UUID(one.metadata["order_id"])]
            plan = PLANS.plan(one.metadata["plan"])
            assert (order.credits, order.price) == (plan.credits, plan.price)
            paid[one.payment_id] = (one.metadata["account"], plan.credits, one.price)
        assert granted == paid

    def check_money_back(self, events):
        """What was taken back stands for exactly the money that went back."""
        failed = {one.refund_id for one in events if isinstance(one, PaymentRefundFailed)}
        standing = defaultdict(list)
        for one in events:
            if isinstance(one, PaymentRefundRequested) and one.refund_id not in failed:
                standing[one.payment_id].append(one.money)
        for payment_id in self.gateway.payments:
            back = self.gateway.refunded(payment_id)
            assert sorted(standing[payment_id]) == sorted(back), payment_id
        assert "refund_after_failure" not in self.world.told.codes

    def check_nothing_is_left(self, events):
        assert open_orders_of(events) == {}
        store = self.world.pool
        assert [one for one in store.orders.values() if one.next_check_at is not None] == []
        assert [one for one in store.orders.values() if one.body is not None] == []
        assert [at for at in store.refund_checks.values() if at is not None] == []

    def balance(self, account):
        found = self.world.event_log._account(account)
        return found.balance, found.debt
