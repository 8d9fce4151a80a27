"""What must be true of any log, computed from its recorded events alone."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import floor

from ledger.domain.events import (
    AccountEvent,
    Deducted,
    PaymentCanceled,
    PaymentCompleted,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.domain.keys import key_of

History = Sequence[AccountEvent]

GIVING = ToppedUp | PaymentCompleted | Refunded | PaymentRefundFailed


def balance_of(own: History) -> int:
    given = total(own, GIVING) - total(own, GIVING, "to_debt")
    clawed_back = total(own, PaymentRefundRequested)
    lacking = total(own, PaymentRefundRequested, "shortfall")
    return given - total(own, Deducted) - (clawed_back - lacking)


def debt_of(own: History) -> int:
    return total(own, PaymentRefundRequested, "shortfall") - total(own, GIVING, "to_debt")


def check_every_step(own: History) -> None:
    """What comes in pays debt first; what is clawed back becomes debt only where it must."""
    for n, event in enumerate(own):
        before = own[:n]
        if isinstance(event, GIVING):
            assert event.to_debt == min(debt_of(before), event.credits), "debt is not paid first"
        elif isinstance(event, PaymentRefundRequested):
            lacking = max(0, event.credits - balance_of(before))
            assert event.shortfall == lacking, "debt is not what the balance lacked"


def check_job_ends(history: History) -> None:
    ends = Counter(one.job_id for one in history if isinstance(one, Settled | Refunded))
    assert all(count == 1 for count in ends.values()), "a job has two ends"
    started = {one.job_id for one in history if isinstance(one, Started)}
    cancelled = {
        one.job_id for one in history if isinstance(one, Refunded) and one.reason == "cancelled"
    }
    assert not started & cancelled, "a cancelled job was started"


def check_keys(history: History) -> None:
    assert all(n == 1 for n in Counter(map(key_of, history)).values()), "a key happened twice"


def check_orders(history: History) -> None:
    """An order is one account's, credits what was ordered, and is canceled only while unpaid."""
    requested: dict = {}
    paid = set()
    for event in history:
        if isinstance(event, PaymentRequested):
            requested[event.order_id] = event
        elif (order_id := getattr(event, "order_id", None)) is not None:
            assert event.originator_id == requested[order_id].originator_id
        if isinstance(event, PaymentCompleted):
            paid.add(event.order_id)
            asked = requested[event.order_id]
            assert (event.credits, event.price) == (asked.credits, asked.price)
            assert (event.currency, event.provider) == (asked.currency, asked.provider)
        if isinstance(event, PaymentCanceled):
            assert event.order_id not in paid, "a paid order was canceled"


def check_payments(history: History) -> None:
    payments = Counter(
        (one.provider, one.payment_id) for one in history if isinstance(one, PaymentCompleted)
    )
    assert all(count == 1 for count in payments.values()), "a payment is credited twice"
    ends = Counter(
        one.refund_id for one in history if isinstance(one, PaymentRefunded | PaymentRefundFailed)
    )
    assert all(count == 1 for count in ends.values()), "a refund has two ends"


def check_clawback(history: History) -> None:
    """After each refund request: the share of the credits that the returned money is of the price.

    Rounded down over all that is not failed; or more, if a failure before left more than that.
    """
    for paid in [one for one in history if isinstance(one, PaymentCompleted)]:
        requests: list[PaymentRefundRequested] = []
        failed: dict[str, PaymentRefundFailed] = {}
        for event in history:
            if isinstance(event, PaymentRefundFailed):
                failed[event.refund_id] = event
            if isinstance(event, PaymentRefundRequested) and _is_of(event, paid):
                requests.append(event)
                standing = [one for one in requests if one.refund_id not in failed]
                money = sum(one.money for one in standing)
                assert money <= paid.price, "more money goes back than was paid"
                share = floor(paid.credits * Fraction(money, paid.price))
                in_all = sum(one.credits for one in standing)
                assert in_all == max(share, in_all - event.credits), "clawback is not the share"
        for one in requests:
            back = failed.get(one.refund_id)
            assert back is None or back.credits == one.credits


def open_orders_of(own: History) -> dict:
    """Return the plan of each order that is neither completed nor canceled."""
    plans = {one.order_id: one.plan for one in own if isinstance(one, PaymentRequested)}
    for one in own:
        if isinstance(one, PaymentCompleted | PaymentCanceled):
            plans.pop(one.order_id, None)
    return plans


def total(events: History, kinds: type, name: str = "credits") -> int:
    return sum(getattr(one, name) for one in events if isinstance(one, kinds))


def _is_of(refund: PaymentRefundRequested, paid: PaymentCompleted) -> bool:
    return (refund.provider, refund.payment_id) == (paid.provider, paid.payment_id)
