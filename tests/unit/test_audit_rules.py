"""The audit's own copy of the rules: it passes whatever `decide` makes, and nothing else."""

from datetime import timedelta
from uuid import UUID

import pytest

from ledger.audit.findings import Kind
from ledger.audit.log import Findings, LogCheck
from ledger.chain import COPY_HEADER, RowReader
from ledger.codec import TOPICS
from ledger.domain.events import (
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.generating.life import Life
from tests.audited import GENESIS, findings_of
from tests.memory_log import NOON

ME = "tg:1"
JOB, OTHER_JOB = UUID(int=1), UUID(int=2)
ORDER, OTHER_ORDER = UUID(int=11), UUID(int=12)


def opened():
    return AccountOpened, {"terms_version": "1"}


def topped_up(credits_=5, to_debt=0, grant_id="g1"):
    return ToppedUp, {
        "grant_id": grant_id,
        "credits": credits_,
        "reason": "promo",
        "to_debt": to_debt,
    }


def deducted(job_id=JOB, credits_=1, index=0, count=1, minutes=15):
    deadline_at = NOON + timedelta(minutes=minutes)
    return Deducted, {
        "job_id": job_id,
        "credits": credits_,
        "order_digest": "a" * 64,
        "index": index,
        "count": count,
        "deadline_at": deadline_at,
    }


def started(job_id=JOB):
    return Started, {"job_id": job_id}


def settled(job_id=JOB, credits_=1):
    return Settled, {"job_id": job_id, "credits": credits_, "video_digest": "b" * 64}


def refunded(reason="internal", job_id=JOB, credits_=1, to_debt=0):
    return Refunded, {"job_id": job_id, "credits": credits_, "reason": reason, "to_debt": to_debt}


def delivered(job_id=JOB):
    return Delivered, {"job_id": job_id, "outcome": "sent"}


def requested(order_id=ORDER, plan="s", credits_=10, price=100):
    return PaymentRequested, {
        "order_id": order_id,
        "provider": "p",
        "plan": plan,
        "credits": credits_,
        "price": price,
        "currency": "RUB",
    }


def payment_opened(provider="p", order_id=ORDER):
    return PaymentOpened, {"order_id": order_id, "provider": provider, "payment_id": "1"}


def completed(payment_id="1", credits_=10, price=100, to_debt=0, order_id=ORDER):
    return PaymentCompleted, {
        "order_id": order_id,
        "provider": "p",
        "payment_id": payment_id,
        "credits": credits_,
        "price": price,
        "currency": "RUB",
        "to_debt": to_debt,
    }


def canceled():
    return PaymentCanceled, {"order_id": ORDER, "reason": "expired"}


def refund_requested(money=50, credits_=5, shortfall=0, refund_id="r1", payment_id="1"):
    return PaymentRefundRequested, {
        "order_id": ORDER,
        "provider": "p",
        "payment_id": payment_id,
        "refund_id": refund_id,
        "money": money,
        "currency": "RUB",
        "credits": credits_,
        "shortfall": shortfall,
    }


def refund_confirmed(refund_id="r1", provider="p"):
    return PaymentRefunded, {
        "order_id": ORDER,
        "refund_id": refund_id,
        "provider": provider,
        "provider_refund_id": "x",
    }


def refund_failed(refund_id="r1", credits_=5, to_debt=0):
    return PaymentRefundFailed, {
        "order_id": ORDER,
        "refund_id": refund_id,
        "credits": credits_,
        "to_debt": to_debt,
        "reason": "no",
    }


def history(steps):
    """Events of one account; a number of minutes between them lets time pass."""
    now, version = NOON, 0
    for step in steps:
        if isinstance(step, int):
            now += timedelta(minutes=step)
            continue
        kind, fields = step
        version += 1
        yield now, kind(originator_id=ME, originator_version=version, **fields)


RICH = [opened(), topped_up(5)]
PAID = [opened(), requested(), completed()]

LAWFUL = {
    "a job": [*RICH, deducted(), started(), settled(), delivered()],
    "a cancelled job": [*RICH, deducted(), refunded("cancelled")],
    "a late job": [*RICH, deducted(), started(), 15, refunded("deadline"), delivered()],
    "jobs together": [*RICH, deducted(count=2), deducted(OTHER_JOB, index=1, count=2)],
    "the last credit": [opened(), topped_up(1), deducted()],
    "a payment": [opened(), requested(), payment_opened(), completed()],
    "a late payment": [opened(), requested(), canceled(), completed()],
    "a payment twice": [*PAID, completed("2")],
    "money sent back": [*PAID, refund_requested(), refund_confirmed()],
    "money not sent back": [*PAID, refund_requested(), refund_failed()],
    "money in small parts": [
        *PAID,
        refund_requested(9, 0),
        refund_requested(1, 1, refund_id="r2"),
        refund_requested(90, 9, refund_id="r3"),
    ],
    "spent credits become debt": [
        *PAID,
        deducted(credits_=8),
        refund_requested(100, 10, 8),
        topped_up(3, 3),
        refunded(credits_=8, to_debt=5),
    ],
}

UNLAWFUL = {
    "not opened": ([topped_up()], "never opened"),
    "opened twice": ([opened(), opened()], "open already"),
    "nothing given": ([opened(), topped_up(0)], "gives 0"),
    "debt not paid": (
        [*PAID, deducted(credits_=8), refund_requested(100, 10, 8), topped_up(3, 2)],
        "3 had to",
    ),
    "debt invented": ([opened(), topped_up(3, 1)], "0 had to"),
    "more than the balance": ([opened(), topped_up(1), deducted(credits_=2)], "takes 2 of 1"),
    "a second deduction": ([*RICH, deducted(), deducted()], "open already"),
    "a lonely second job": ([*RICH, deducted(index=1, count=2)], "missing"),
    "jobs cut short": ([*RICH, deducted(count=2), topped_up(grant_id="g2")], "amid 2 jobs"),
    "a log that ends too early": ([*RICH, deducted(count=2)], "the log ends amid 2 jobs"),
    "jobs of two orders": (
        [*RICH, deducted(count=2), deducted(OTHER_JOB, 2, index=1, count=2)],
        "differs from the jobs",
    ),
    "a deadline in the past": ([*RICH, deducted(minutes=-15)], "deadline had passed"),
    "started without a deduction": ([*RICH, started()], "not open"),
    "started twice": ([*RICH, deducted(), started(), started()], "started already"),
    "started too late": ([*RICH, deducted(), 20, started()], "deadline of its job had passed"),
    "settled before its start": ([*RICH, deducted(), settled()], "never started"),
    "settled in part": ([*RICH, deducted(), started(), settled(credits_=2)], "settles 2"),
    "two ends": ([*RICH, deducted(), started(), settled(), refunded()], "not open"),
    "cancelled after its start": (
        [*RICH, deducted(), started(), refunded("cancelled")],
        "could not be cancelled",
    ),
    "refunded before the deadline": (
        [*RICH, deducted(), 14, refunded("deadline")],
        "had not come",
    ),
    "refunded twofold": ([*RICH, deducted(), refunded(credits_=2)], "returns 2 credits of 1"),
    "delivered before its end": ([*RICH, deducted(), delivered()], "is open"),
    "two orders of one plan": ([opened(), requested(), requested(OTHER_ORDER)], "open already"),
    "an order for nothing": ([opened(), requested(price=0)], "asks 0"),
    "a payment of no order": ([opened(), completed()], "has not requested"),
    "another provider": ([opened(), requested(), payment_opened("q")], "provider q"),
    "another price": ([opened(), requested(), completed(price=1)], "was requested"),
    "more credits than ordered": ([opened(), requested(), completed(credits_=11)], "was requested"),
    "canceled after it was paid": ([*PAID, canceled()], "not open"),
    "canceled twice": ([opened(), requested(), canceled(), canceled()], "not open"),
    "a refund of no payment": ([opened(), requested(), refund_requested()], "no such payment"),
    "too much sent back": ([*PAID, refund_requested(101, 10)], "101 RUB go back of 100"),
    "too little taken": ([*PAID, refund_requested(50, 4)], "5 were due"),
    "rounded by parts": (
        [*PAID, refund_requested(15, 1), refund_requested(15, 1, refund_id="r2")],
        "2 were due",
    ),
    "debt instead of credits": ([*PAID, refund_requested(50, 5, 1)], "5 could be taken"),
    "an end of no refund": ([*PAID, refund_confirmed()], "no such refund"),
    "a refund with two ends": (
        [*PAID, refund_requested(), refund_confirmed(), refund_failed()],
        "ended already",
    ),
    "more returned than taken": (
        [*PAID, refund_requested(), refund_failed(credits_=6)],
        "returns 6 credits of 5",
    ),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_a_lawful_history_passes(name):
    assert findings_of(history(LAWFUL[name])) == []


@pytest.mark.parametrize("name", UNLAWFUL)
def test_an_unlawful_history_is_found(name):
    steps, says = UNLAWFUL[name]
    found = findings_of(history(steps))
    assert [one for one in found if says in one.says], found
    assert {one.kind for one in found} <= {
        Kind.UNLAWFUL,
        Kind.DANGLING_REFERENCE,
        Kind.ENDED_TWICE,
        Kind.BALANCE_MISMATCH,
        Kind.DEBT_MISMATCH,
    }


@pytest.mark.parametrize("seed", range(5))
def test_a_generated_history_passes(seed):
    findings = Findings()
    check = LogCheck(GENESIS, findings)
    reader = RowReader()
    life = Life(GENESIS, events=3_000, accounts=50, seed=seed)
    rows = list(reader.feed(COPY_HEADER + b"".join(life.pieces(500))))
    check.take(rows)
    check.finish()
    kinds = {row.topic.decode() for row in rows}
    assert findings.listed() == []
    assert len(rows) == 3_000
    assert len(life.history.accounts) == 50
    assert kinds <= set(TOPICS)
