"""The rules about credits, one row each: given what happened, when this is asked, then that."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from ledger.domain.account import fold
from ledger.domain.commands import (
    Cancel,
    Deduct,
    Deliver,
    OpenAccount,
    Refund,
    Settle,
    Start,
    TopUp,
)
from ledger.domain.crediting import BALANCE_MAX
from ledger.domain.decider import decide
from ledger.domain.events import (
    AccountOpened,
    Deducted,
    Delivered,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.domain.keys import key_of
from ledger.domain.refusals import (
    AccountUnknown,
    AlreadyStarted,
    BalanceLimit,
    DeductionClosed,
    DeductionOpen,
    InsufficientCredits,
    JobUnknown,
    KeyReused,
    NotStarted,
    NotYetDue,
    PriceChanged,
    TooLate,
    TooLittleTime,
    TooManyOpen,
)
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
BONUS = event(ToppedUp, grant_id="welcome", credits=1, reason="welcome_bonus")
TOPPED_UP_2 = event(ToppedUp, grant_id="g", credits=2, reason="promo")
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
STARTED = event(Started, job_id=JOB)
SETTLED = event(Settled, job_id=JOB, credits=1, video_digest=DIGEST)
FAILED = event(Refunded, job_id=JOB, credits=1, reason="internal")
CANCELLED = event(Refunded, job_id=JOB, credits=1, reason="cancelled")
EXPIRED = event(Refunded, job_id=JOB, credits=1, reason="deadline")
DELIVERED = event(Delivered, job_id=JOB, outcome="sent", file_digest=DIGEST)

OPEN = OpenAccount(account_id=ME, terms_version="1")
TOP_UP_2 = TopUp(account_id=ME, grant_id="g", credits=2, reason="promo")
DEDUCT = Deduct(account_id=ME, jobs=((JOB, DIGEST),), price_credits=1)
DEDUCT_2 = Deduct(account_id=ME, jobs=((JOB, DIGEST), (JOB_2, OTHER_DIGEST)), price_credits=1)
START = Start(account_id=ME, job_id=JOB)
SETTLE = Settle(account_id=ME, job_id=JOB, video_digest=DIGEST)
FAIL = Refund(account_id=ME, job_id=JOB, reason="internal")
EXPIRE = Refund(account_id=ME, job_id=JOB, reason="deadline")
CANCEL = Cancel(account_id=ME, job_id=JOB)
DELIVER = Deliver(account_id=ME, job_id=JOB, outcome="sent", file_digest=DIGEST)

ORDERED = [OPENED, BONUS, DEDUCTED]
RUNNING = [*ORDERED, STARTED]

ROWS = [
    # opening
    ([], OPEN, [OPENED, BONUS]),
    ([OPENED, BONUS], OPEN, []),
    ([OPENED, BONUS], replace(OPEN, terms_version="2"), []),
    ([], replace(OPEN, not_after=EARLIER), TooLate),
    ([OPENED, BONUS], replace(OPEN, not_after=EARLIER), []),
    # grants
    ([], TOP_UP_2, AccountUnknown),
    ([OPENED], TOP_UP_2, [TOPPED_UP_2]),
    ([OPENED, TOPPED_UP_2], TOP_UP_2, []),
    ([OPENED, TOPPED_UP_2], replace(TOP_UP_2, credits=3), KeyReused),
    ([OPENED, TOPPED_UP_2], replace(TOP_UP_2, reason="other"), KeyReused),
    ([OPENED], replace(TOP_UP_2, not_after=EARLIER), TooLate),
    ([OPENED], replace(TOP_UP_2, not_after=NOON), [TOPPED_UP_2]),
    ([OPENED, BONUS], replace(TOP_UP_2, credits=BALANCE_MAX), BalanceLimit),
    # deductions
    ([], DEDUCT, AccountUnknown),
    ([OPENED], DEDUCT, InsufficientCredits),
    ([OPENED, BONUS], DEDUCT, [DEDUCTED]),
    ([OPENED, BONUS], DEDUCT_2, InsufficientCredits),
    ([OPENED, TOPPED_UP_2], DEDUCT_2, [FIRST_OF_2, SECOND_OF_2]),
    ([OPENED, TOPPED_UP_2, FIRST_OF_2, SECOND_OF_2], DEDUCT_2, []),
    ([OPENED, TOPPED_UP_2, FIRST_OF_2, SECOND_OF_2], DEDUCT, KeyReused),
    (ORDERED, DEDUCT, []),
    (ORDERED, replace(DEDUCT, not_after=EARLIER), []),
    (ORDERED, replace(DEDUCT, jobs=((JOB, OTHER_DIGEST),)), KeyReused),
    (ORDERED, DEDUCT_2, KeyReused),
    ([OPENED, BONUS], replace(DEDUCT, not_after=EARLIER), TooLate),
    ([OPENED, BONUS], replace(DEDUCT, price_credits=2), PriceChanged),
    (ORDERED, replace(DEDUCT, price_credits=2), KeyReused),
    # start
    (ORDERED, START, [STARTED]),
    (RUNNING, START, []),
    ([OPENED], START, JobUnknown),
    ([*ORDERED, CANCELLED], START, DeductionClosed),
    ([*RUNNING, SETTLED], START, DeductionClosed),
    (ORDERED, replace(START, not_after=EARLIER), TooLate),
    # settle
    (RUNNING, SETTLE, [SETTLED]),
    ([*RUNNING, SETTLED], SETTLE, []),
    ([*RUNNING, SETTLED], replace(SETTLE, video_digest=OTHER_DIGEST), KeyReused),
    (ORDERED, SETTLE, NotStarted),
    ([*RUNNING, FAILED], SETTLE, DeductionClosed),
    ([OPENED], SETTLE, JobUnknown),
    # refund
    (RUNNING, FAIL, [FAILED]),
    (ORDERED, FAIL, [FAILED]),
    ([*RUNNING, FAILED], FAIL, []),
    ([*RUNNING, SETTLED], FAIL, DeductionClosed),
    ([*ORDERED, CANCELLED], FAIL, DeductionClosed),
    ([OPENED], FAIL, JobUnknown),
    (RUNNING, EXPIRE, NotYetDue),
    # cancel
    (ORDERED, CANCEL, [CANCELLED]),
    ([*ORDERED, CANCELLED], CANCEL, []),
    (RUNNING, CANCEL, AlreadyStarted),
    ([*RUNNING, SETTLED], CANCEL, DeductionClosed),
    (ORDERED, replace(CANCEL, not_after=EARLIER), TooLate),
    ([OPENED], CANCEL, JobUnknown),
    # delivery
    ([*RUNNING, SETTLED], DELIVER, [DELIVERED]),
    ([*RUNNING, SETTLED, DELIVERED], DELIVER, []),
    ([*RUNNING, SETTLED, DELIVERED], replace(DELIVER, outcome="unreachable"), KeyReused),
    (RUNNING, DELIVER, DeductionOpen),
    ([*ORDERED, CANCELLED], DELIVER, DeductionClosed),
    ([*RUNNING, EXPIRED], DELIVER, [DELIVERED]),
    ([OPENED], DELIVER, JobUnknown),
]


def history_of(makers):
    return [make(version) for version, make in enumerate(makers, start=1)]


def decided(given, when, now=NOON, rules=RULES):
    history = history_of(given)
    known = Known(now=now, events={key_of(one): one for one in history})
    return decide(when, fold(ME, history), known, rules)


@pytest.mark.parametrize(("given", "when", "then"), ROWS)
def test_the_rules_hold(given, when, then):
    if isinstance(then, list):
        start = len(given) + 1
        assert decided(given, when) == [make(start + n) for n, make in enumerate(then)]
    else:
        with pytest.raises(then):
            decided(given, when)


def test_a_refusal_names_what_is_missing():
    with pytest.raises(InsufficientCredits) as refused:
        decided([OPENED, BONUS], DEDUCT_2)
    assert (refused.value.balance, refused.value.needed) == (1, 2)


def test_a_reused_key_names_the_field_that_differs():
    with pytest.raises(KeyReused) as refused:
        decided([OPENED, TOPPED_UP_2], replace(TOP_UP_2, credits=3))
    assert refused.value.field == "credits"


def test_a_deadline_refund_is_due_at_the_deadline_and_not_before():
    with pytest.raises(NotYetDue):
        decided(RUNNING, EXPIRE, now=DEADLINE_AT - timedelta(microseconds=1))
    assert decided(RUNNING, EXPIRE, now=DEADLINE_AT) == [EXPIRED(5)]


def test_a_job_may_start_only_while_enough_time_is_left():
    last_moment = DEADLINE_AT - RULES.start_margin
    assert decided(ORDERED, START, now=last_moment) == [STARTED(4)]
    with pytest.raises(TooLittleTime):
        decided(ORDERED, START, now=last_moment + timedelta(microseconds=1))


def test_open_jobs_are_limited_per_account():
    rules = Rules(open_jobs_max=1)
    other = Deduct(account_id=ME, jobs=((JOB_2, DIGEST),), price_credits=1)
    with pytest.raises(TooManyOpen):
        decided([OPENED, TOPPED_UP_2, DEDUCTED], other, rules=rules)
    assert decided([OPENED, TOPPED_UP_2, DEDUCTED, STARTED, SETTLED], other, rules=rules)


def test_without_a_bonus_only_the_account_is_opened():
    assert decided([], OPEN, rules=Rules(welcome_credits=0)) == [OPENED(1)]


def test_the_end_of_a_foreign_job_is_not_told():
    stranger = SETTLED(5)
    foreign = Settled(
        originator_id="tg:2",
        originator_version=5,
        job_id=JOB,
        credits=1,
        video_digest=stranger.video_digest,
    )
    known = Known(now=NOON, events={key_of(foreign): foreign})
    for command in (CANCEL, SETTLE, DELIVER, START, FAIL):
        with pytest.raises(JobUnknown):
            decide(command, fold(ME, history_of([OPENED])), known, RULES)
