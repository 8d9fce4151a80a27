"""The decider as its tests ask it: given what happened, when this is asked, then that."""

from datetime import timedelta
from uuid import UUID

import pytest

from ledger.domain.account import fold
from ledger.domain.columns import columns_of
from ledger.domain.commands import Cancel, Deduct, TopUp
from ledger.domain.decider import decide
from ledger.domain.events import AccountOpened, Deducted, ToppedUp
from ledger.domain.keys import key_of
from ledger.domain.rules import Known, Rules
from tests.memory_log import NOON

ME = "tg:1"
JOB = UUID(int=1)
JOB_2 = UUID(int=2)
DIGEST = "a" * 64
OTHER_DIGEST = "b" * 64
RULES = Rules(welcome_credits=1, open_jobs_max=3)
DEADLINE_AT = NOON + RULES.deadline
EARLIER = NOON - timedelta(seconds=1)


def event(kind, **fields):
    """Make an event whose version the row's order decides."""
    return lambda version: kind(originator_id=ME, originator_version=version, **fields)


OPENED = event(AccountOpened, terms_version="1")
BONUS = event(ToppedUp, grant_id="welcome", credits=1, reason="welcome_bonus", to_debt=0)
TOPPED_UP_2 = event(ToppedUp, grant_id="g", credits=2, reason="promo", to_debt=0)
DEDUCTED = event(
    Deducted, job_id=JOB, credits=1, order_digest=DIGEST, index=0, count=1, deadline_at=DEADLINE_AT
)
FIRST_OF_2 = event(
    Deducted, job_id=JOB, credits=1, order_digest=DIGEST, index=0, count=2, deadline_at=DEADLINE_AT
)
SECOND_OF_2 = event(
    Deducted,
    job_id=JOB_2,
    credits=1,
    order_digest=OTHER_DIGEST,
    index=1,
    count=2,
    deadline_at=DEADLINE_AT,
)

TOP_UP_2 = TopUp(account_id=ME, grant_id="g", credits=2, reason="promo")
DEDUCT = Deduct(account_id=ME, jobs=((JOB, DIGEST),), price_credits=1)
CANCEL = Cancel(account_id=ME, job_id=JOB)


def check_rule(given, when, then):
    """`then` is what happens, or a refusal, or `list` where it is enough that something does."""
    if isinstance(then, list):
        start = len(given) + 1
        assert decided(given, when) == [make(start + n) for n, make in enumerate(then)]
    elif then is list:
        assert len(decided(given, when)) == 1
    else:
        with pytest.raises(then):
            decided(given, when)


def decided(given, when, now=NOON, rules=RULES):
    history = history_of(given)
    return decide(when, fold(ME, history), known_of(history, now), rules)


def history_of(makers):
    return [make(version) for version, make in enumerate(makers, start=1)]


def known_of(history, now=NOON):
    orders = {}
    for one in history:
        if order_id := columns_of(one).order_id:
            orders[order_id] = (*orders.get(order_id, ()), one)
    return Known(now=now, events={key_of(one): one for one in history}, orders=orders)
