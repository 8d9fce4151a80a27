"""The rules about credits and jobs, one row each: given what happened, when asked, then that."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts import messages
from ledger.domain.account import fold
from ledger.domain.commands import Deduct, Deliver, OpenAccount, Refund, Settle, Start
from ledger.domain.decider import decide
from ledger.domain.events import Delivered, Refunded, Settled, Started
from ledger.domain.refusals import (
    AccountUnknown,
    AlreadyStarted,
    AmountInvalid,
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
from ledger.domain.rules import CREDITS_MAX, Rules
from tests.deciding import (
    BONUS,
    CANCEL,
    DEADLINE_AT,
    DEDUCT,
    DEDUCTED,
    DIGEST,
    EARLIER,
    FIRST_OF_2,
    JOB,
    JOB_2,
    ME,
    OPENED,
    OTHER_DIGEST,
    RULES,
    SECOND_OF_2,
    TOP_UP_2,
    TOPPED_UP_2,
    check_rule,
    decided,
    event,
    history_of,
    known_of,
)
from tests.memory_log import NOON

STARTED = event(Started, job_id=JOB)
SETTLED = event(Settled, job_id=JOB, credits=1, video_digest=DIGEST)
FAILED = event(Refunded, job_id=JOB, credits=1, reason="internal", to_debt=0)
CANCELLED = event(Refunded, job_id=JOB, credits=1, reason="cancelled", to_debt=0)
EXPIRED = event(Refunded, job_id=JOB, credits=1, reason="deadline", to_debt=0)
DELIVERED = event(Delivered, job_id=JOB, outcome="sent", file_digest=DIGEST)

OPEN = OpenAccount(account_id=ME, terms_version="1")
DEDUCT_2 = Deduct(account_id=ME, jobs=((JOB, DIGEST), (JOB_2, OTHER_DIGEST)), price_credits=1)
START = Start(account_id=ME, job_id=JOB)
SETTLE = Settle(account_id=ME, job_id=JOB, video_digest=DIGEST)
FAIL = Refund(account_id=ME, job_id=JOB, reason="internal")
EXPIRE = Refund(account_id=ME, job_id=JOB, reason="deadline")
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
    (RUNNING, replace(SETTLE, not_after=EARLIER), TooLate),
    ([*RUNNING, SETTLED], replace(SETTLE, not_after=EARLIER), []),
    (ORDERED, SETTLE, NotStarted),
    ([*RUNNING, FAILED], SETTLE, DeductionClosed),
    ([OPENED], SETTLE, JobUnknown),
    # refund
    (RUNNING, FAIL, [FAILED]),
    (ORDERED, FAIL, [FAILED]),
    (RUNNING, replace(FAIL, not_after=EARLIER), TooLate),
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
    ([*RUNNING, SETTLED], replace(DELIVER, not_after=EARLIER), TooLate),
    ([*RUNNING, SETTLED, DELIVERED], DELIVER, []),
    ([*RUNNING, SETTLED, DELIVERED], replace(DELIVER, outcome="unreachable"), KeyReused),
    (RUNNING, DELIVER, DeductionOpen),
    ([*ORDERED, CANCELLED], DELIVER, DeductionClosed),
    ([*RUNNING, EXPIRED], DELIVER, [DELIVERED]),
    ([OPENED], DELIVER, JobUnknown),
    # amounts that are none
    *[
        ([OPENED], replace(TOP_UP_2, credits=amount), AmountInvalid)
        for amount in (0, -1, CREDITS_MAX + 1, 1.0, True, "2", None)
    ],
    ([OPENED], replace(TOP_UP_2, credits=CREDITS_MAX), list),
    *[
        ([OPENED, BONUS], replace(DEDUCT, price_credits=amount), AmountInvalid)
        for amount in (0, -1, CREDITS_MAX + 1, 1.0, True)
    ],
]


@pytest.mark.parametrize(("given", "when", "then"), ROWS)
def test_the_rules_hold(given, when, then):
    check_rule(given, when, then)


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
    known = known_of([foreign])
    for command in (CANCEL, SETTLE, DELIVER, START, FAIL):
        with pytest.raises(JobUnknown):
            decide(command, fold(ME, history_of([OPENED])), known, RULES)


def test_the_welcome_bonus_is_not_paid_to_a_debt_that_cannot_be():
    assert decided([], OPEN)[1].to_debt == 0


def test_the_rules_and_the_messages_agree_on_the_most_credits():
    assert CREDITS_MAX == messages.CREDITS_MAX
