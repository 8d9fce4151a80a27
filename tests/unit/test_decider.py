"""The rules about credits, one row each: given what happened, when this is asked, then that."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from contracts import messages
from ledger.domain.account import fold
from ledger.domain.columns import order_id_of
from ledger.domain.commands import (
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
from ledger.domain.decider import decide
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
from ledger.domain.keys import key_of
from ledger.domain.payment_refunds import REFUNDS_PER_PAYMENT_MAX
from ledger.domain.refusals import (
    AccountUnknown,
    AlreadyPaid,
    AlreadyStarted,
    AmountInvalid,
    BalanceLimit,
    DeductionClosed,
    DeductionOpen,
    InsufficientCredits,
    JobUnknown,
    KeyReused,
    NotStarted,
    NotYetDue,
    OrderOpen,
    OrderUnknown,
    PaymentMismatch,
    PaymentUnknown,
    PriceChanged,
    RefundClosed,
    RefundTooLarge,
    RefundUnknown,
    TooLate,
    TooLittleTime,
    TooManyOpen,
    TooManyRefunds,
)
from ledger.domain.rules import BALANCE_MAX, CREDITS_MAX, MONEY_MAX, Known, Rules
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
SPENT_10 = event(
    Deducted, job_id=JOB, credits=10, order_digest=DIGEST, index=0, count=1, deadline_at=DEADLINE_AT
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
FAILED = event(Refunded, job_id=JOB, credits=1, reason="internal", to_debt=0)
CANCELLED = event(Refunded, job_id=JOB, credits=1, reason="cancelled", to_debt=0)
EXPIRED = event(Refunded, job_id=JOB, credits=1, reason="deadline", to_debt=0)
DELIVERED = event(Delivered, job_id=JOB, outcome="sent", file_digest=DIGEST)

ORDER = UUID(int=11)
ORDER_2 = UUID(int=12)
YOOKASSA = {"order_id": ORDER, "provider": "yookassa"}
BOUGHT = {"credits": 10, "price": 1000, "currency": "RUB"}


def completed(payment_id="p1", to_debt=0):
    return event(PaymentCompleted, **YOOKASSA, payment_id=payment_id, **BOUGHT, to_debt=to_debt)


def taken(refund_id, money, credits_, shortfall=0, payment_id="p1"):
    return event(
        PaymentRefundRequested,
        **YOOKASSA,
        payment_id=payment_id,
        refund_id=refund_id,
        money=money,
        currency="RUB",
        credits=credits_,
        shortfall=shortfall,
    )


def refund_failed(refund_id, credits_, to_debt=0):
    return event(
        PaymentRefundFailed,
        order_id=ORDER,
        refund_id=refund_id,
        credits=credits_,
        to_debt=to_debt,
        reason="declined",
    )


def refund_of(money, refund_id="r1", payment_id="p1"):
    return RequestPaymentRefund(
        account_id=ME, **YOOKASSA, payment_id=payment_id, refund_id=refund_id, money=money
    )


REQUESTED = event(PaymentRequested, **YOOKASSA, plan="m", **BOUGHT)
REQUESTED_2 = event(PaymentRequested, order_id=ORDER_2, provider="yookassa", plan="l", **BOUGHT)
PAY_OPENED = event(PaymentOpened, **YOOKASSA, payment_id="p1")
PAID = completed()
PAID_TWICE = completed("p2")
PAY_CANCELED = event(PaymentCanceled, order_id=ORDER, reason="expired")
MONEY_BACK = event(PaymentRefunded, **YOOKASSA, refund_id="r1", provider_refund_id="pr1")

REQUEST = RequestPayment(account_id=ME, **YOOKASSA, plan="m", **BOUGHT)
REQUEST_2 = RequestPayment(account_id=ME, order_id=ORDER_2, provider="yookassa", plan="l", **BOUGHT)
OPEN_PAY = OpenPayment(account_id=ME, **YOOKASSA, payment_id="p1")
COMPLETE = CompletePayment(account_id=ME, **YOOKASSA, payment_id="p1", price=1000, currency="RUB")
CANCEL_PAY = CancelPayment(account_id=ME, order_id=ORDER, reason="expired")
CONFIRM = ConfirmPaymentRefund(account_id=ME, **YOOKASSA, refund_id="r1", provider_refund_id="pr1")
FAIL_BACK = FailPaymentRefund(account_id=ME, order_id=ORDER, refund_id="r1", reason="declined")

BUYING = [OPENED, REQUESTED]
BOUGHT_10 = [OPENED, REQUESTED, PAY_OPENED, PAID]
BACK_300 = [*BOUGHT_10, taken("r1", 300, 3)]

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
    *[
        ([OPENED], replace(REQUEST, credits=amount), AmountInvalid)
        for amount in (0, -1, CREDITS_MAX + 1, 1.0, True)
    ],
    *[
        ([OPENED], replace(REQUEST, price=amount), AmountInvalid)
        for amount in (0, -1, MONEY_MAX + 1, 10.5, True)
    ],
    ([OPENED], replace(REQUEST, credits=CREDITS_MAX, price=MONEY_MAX), list),
    *[
        (BUYING, replace(COMPLETE, price=amount), AmountInvalid)
        for amount in (0, -1000, MONEY_MAX + 1, 1000.0)
    ],
    *[(BOUGHT_10, refund_of(money), AmountInvalid) for money in (0, -1, MONEY_MAX + 1, 1.0, True)],
    # payment requests
    ([], REQUEST, AccountUnknown),
    ([OPENED], REQUEST, [REQUESTED]),
    (BUYING, REQUEST, []),
    (BUYING, replace(REQUEST, not_after=EARLIER), []),
    (BOUGHT_10, REQUEST, []),
    (BUYING, replace(REQUEST, provider="stars"), KeyReused),
    (BUYING, replace(REQUEST, plan="l"), KeyReused),
    (BUYING, replace(REQUEST, credits=11), KeyReused),
    (BUYING, replace(REQUEST, price=999), KeyReused),
    (BUYING, replace(REQUEST, currency="XTR"), KeyReused),
    ([OPENED], replace(REQUEST, not_after=EARLIER), TooLate),
    (BUYING, replace(REQUEST, order_id=ORDER_2), OrderOpen),
    (BUYING, REQUEST_2, [REQUESTED_2]),
    ([*BUYING, PAY_CANCELED], replace(REQUEST, order_id=ORDER_2), list),
    ([*BUYING, PAID], replace(REQUEST, order_id=ORDER_2), list),
    # opened at the provider
    (BUYING, OPEN_PAY, [PAY_OPENED]),
    ([*BUYING, PAY_OPENED], OPEN_PAY, []),
    (BUYING, replace(OPEN_PAY, payment_id="p2"), list),
    ([OPENED], OPEN_PAY, OrderUnknown),
    (BUYING, replace(OPEN_PAY, provider="stars"), PaymentMismatch),
    (BUYING, replace(OPEN_PAY, not_after=EARLIER), TooLate),
    ([*BUYING, PAY_OPENED, REQUESTED_2], replace(OPEN_PAY, order_id=ORDER_2), KeyReused),
    ([*BUYING, PAY_CANCELED], OPEN_PAY, [PAY_OPENED]),
    # completed
    ([*BUYING, PAY_OPENED], COMPLETE, [PAID]),
    (BUYING, COMPLETE, [PAID]),
    (BOUGHT_10, COMPLETE, []),
    ([*BUYING, PAY_CANCELED], COMPLETE, [PAID]),
    (BOUGHT_10, replace(COMPLETE, payment_id="p2"), [PAID_TWICE]),
    ([OPENED], COMPLETE, OrderUnknown),
    (BUYING, replace(COMPLETE, price=999), PaymentMismatch),
    (BUYING, replace(COMPLETE, price=1001), PaymentMismatch),
    (BUYING, replace(COMPLETE, currency="XTR"), PaymentMismatch),
    (BUYING, replace(COMPLETE, provider="stars"), PaymentMismatch),
    (BOUGHT_10, replace(COMPLETE, price=999), KeyReused),
    (BOUGHT_10, replace(COMPLETE, currency="XTR"), KeyReused),
    ([*BOUGHT_10, REQUESTED_2], replace(COMPLETE, order_id=ORDER_2), KeyReused),
    (BUYING, replace(COMPLETE, not_after=EARLIER), TooLate),
    (BOUGHT_10, replace(COMPLETE, not_after=EARLIER), []),
    # canceled
    (BUYING, CANCEL_PAY, [PAY_CANCELED]),
    ([*BUYING, PAY_CANCELED], CANCEL_PAY, []),
    ([*BUYING, PAY_CANCELED, PAID], CANCEL_PAY, []),
    ([*BUYING, PAY_CANCELED], replace(CANCEL_PAY, reason="declined"), KeyReused),
    (BOUGHT_10, CANCEL_PAY, AlreadyPaid),
    ([OPENED], CANCEL_PAY, OrderUnknown),
    (BUYING, replace(CANCEL_PAY, not_after=EARLIER), TooLate),
    # money back: what is taken is the floor of the sum, step by step
    (BOUGHT_10, refund_of(1), [taken("r1", 1, 0)]),
    (BOUGHT_10, refund_of(99), [taken("r1", 99, 0)]),
    (BOUGHT_10, refund_of(100), [taken("r1", 100, 1)]),
    (BOUGHT_10, refund_of(199), [taken("r1", 199, 1)]),
    ([*BOUGHT_10, taken("r1", 99, 0)], refund_of(1, "r2"), [taken("r2", 1, 1)]),
    ([*BOUGHT_10, taken("r1", 199, 1)], refund_of(199, "r2"), [taken("r2", 199, 2)]),
    ([*BOUGHT_10, taken("r1", 999, 9)], refund_of(1, "r2"), [taken("r2", 1, 1)]),
    (BOUGHT_10, refund_of(1000), [taken("r1", 1000, 10)]),
    (BOUGHT_10, refund_of(1001), RefundTooLarge),
    (BACK_300, refund_of(700, "r2"), [taken("r2", 700, 7)]),
    (BACK_300, refund_of(701, "r2"), RefundTooLarge),
    ([*BUYING, PAY_CANCELED, PAID], refund_of(100), [taken("r1", 100, 1)]),
    (
        [*BOUGHT_10, PAID_TWICE, taken("r1", 1000, 10)],
        refund_of(150, "r2", "p2"),
        [taken("r2", 150, 1, payment_id="p2")],
    ),
    # ... repeated, late, or for nothing paid
    (BACK_300, refund_of(300), []),
    (BACK_300, replace(refund_of(300), not_after=EARLIER), []),
    ([*BACK_300, MONEY_BACK], refund_of(300), []),
    (BACK_300, refund_of(301), KeyReused),
    ([*BOUGHT_10, PAID_TWICE, taken("r1", 300, 3)], refund_of(300, "r1", "p2"), KeyReused),
    ([*BACK_300, REQUESTED_2], replace(refund_of(300), order_id=ORDER_2), KeyReused),
    (BACK_300, replace(refund_of(300), provider="stars"), KeyReused),
    (BOUGHT_10, replace(refund_of(300), not_after=EARLIER), TooLate),
    (BUYING, refund_of(1), PaymentUnknown),
    (BOUGHT_10, refund_of(1, payment_id="p2"), PaymentUnknown),
    (BOUGHT_10, replace(refund_of(1), provider="stars"), PaymentUnknown),
    ([OPENED], refund_of(1), OrderUnknown),
    # ... confirmed or failed, once
    (BACK_300, CONFIRM, [MONEY_BACK]),
    ([*BACK_300, MONEY_BACK], CONFIRM, []),
    ([*BACK_300, MONEY_BACK], replace(CONFIRM, provider_refund_id="pr2"), RefundClosed),
    ([*BACK_300, MONEY_BACK], FAIL_BACK, RefundClosed),
    (
        [*BACK_300, MONEY_BACK, taken("r2", 1, 0)],
        replace(CONFIRM, refund_id="r2"),
        KeyReused,
    ),
    (
        [*BACK_300, MONEY_BACK, REQUESTED_2],
        replace(CONFIRM, order_id=ORDER_2),
        KeyReused,
    ),
    (BACK_300, replace(CONFIRM, provider="stars"), PaymentMismatch),
    (BACK_300, replace(CONFIRM, refund_id="r2"), RefundUnknown),
    (BACK_300, replace(CONFIRM, not_after=EARLIER), TooLate),
    ([OPENED], CONFIRM, OrderUnknown),
    (BACK_300, FAIL_BACK, [refund_failed("r1", 3)]),
    ([*BACK_300, refund_failed("r1", 3)], FAIL_BACK, []),
    ([*BACK_300, refund_failed("r1", 3)], replace(FAIL_BACK, reason="other"), KeyReused),
    ([*BACK_300, refund_failed("r1", 3)], CONFIRM, RefundClosed),
    (BACK_300, replace(FAIL_BACK, refund_id="r2"), RefundUnknown),
    (BACK_300, replace(FAIL_BACK, not_after=EARLIER), TooLate),
    ([OPENED], FAIL_BACK, OrderUnknown),
    # ... a failure gives its own credits back, and the next request fits what then stands
    ([*BACK_300, refund_failed("r1", 3)], refund_of(1000, "r2"), [taken("r2", 1000, 10)]),
    (
        [*BOUGHT_10, taken("r1", 150, 1), taken("r2", 50, 1), refund_failed("r1", 1)],
        refund_of(100, "r3"),
        [taken("r3", 100, 0)],
    ),
    (
        [*BOUGHT_10, taken("r1", 90, 0), taken("r2", 10, 1), refund_failed("r1", 0)],
        refund_of(1, "r3"),
        [taken("r3", 1, 0)],
    ),
    # debt: what the balance lacks, paid first by whatever comes in
    ([*BOUGHT_10, DEDUCTED], refund_of(1000), [taken("r1", 1000, 10, shortfall=1)]),
    ([*BOUGHT_10, SPENT_10], refund_of(1000), [taken("r1", 1000, 10, shortfall=10)]),
    ([*BOUGHT_10, DEDUCTED], refund_of(900), [taken("r1", 900, 9)]),
]

OWING_1 = [*BOUGHT_10, DEDUCTED, taken("r1", 1000, 10, shortfall=1)]
OWING_2 = [
    *BOUGHT_10,
    FIRST_OF_2,
    SECOND_OF_2,
    taken("r1", 1000, 10, shortfall=2),
]
OWING_10 = [*BOUGHT_10, SPENT_10, taken("r1", 1000, 10, shortfall=10)]
ROWS += [
    (OWING_1, TOP_UP_2, [event(ToppedUp, grant_id="g", credits=2, reason="promo", to_debt=1)]),
    (OWING_2, TOP_UP_2, [event(ToppedUp, grant_id="g", credits=2, reason="promo", to_debt=2)]),
    (
        OWING_2,
        replace(TOP_UP_2, credits=1),
        [event(ToppedUp, grant_id="g", credits=1, reason="promo", to_debt=1)],
    ),
    (OWING_1, CANCEL, [event(Refunded, job_id=JOB, credits=1, reason="cancelled", to_debt=1)]),
    (OWING_2, FAIL_BACK, [refund_failed("r1", 10, to_debt=2)]),
    (OWING_2, replace(COMPLETE, payment_id="p2"), [completed("p2", to_debt=2)]),
    (OWING_10, replace(COMPLETE, payment_id="p2"), [completed("p2", to_debt=10)]),
    (OWING_10, replace(TOP_UP_2, credits=10), list),
    # ... and it keeps nobody from spending what the balance holds
    ([*OWING_1, PAID_TWICE], replace(DEDUCT, jobs=((JOB_2, DIGEST),)), list),
]


def history_of(makers):
    return [make(version) for version, make in enumerate(makers, start=1)]


def known_of(history, now=NOON):
    orders = {}
    for one in history:
        if order_id := order_id_of(one):
            orders[order_id] = (*orders.get(order_id, ()), one)
    return Known(now=now, events={key_of(one): one for one in history}, orders=orders)


def decided(given, when, now=NOON, rules=RULES):
    history = history_of(given)
    return decide(when, fold(ME, history), known_of(history, now), rules)


@pytest.mark.parametrize(("given", "when", "then"), ROWS)
def test_the_rules_hold(given, when, then):
    """`then` is what happens, or a refusal, or `list` where it is enough that something does."""
    if isinstance(then, list):
        start = len(given) + 1
        assert decided(given, when) == [make(start + n) for n, make in enumerate(then)]
    elif then is list:
        assert len(decided(given, when)) == 1
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
    known = known_of([foreign])
    for command in (CANCEL, SETTLE, DELIVER, START, FAIL):
        with pytest.raises(JobUnknown):
            decide(command, fold(ME, history_of([OPENED])), known, RULES)


def test_an_order_of_another_account_is_not_told():
    history = history_of(BACK_300)
    other = fold("tg:2", [replace(OPENED(1), originator_id="tg:2")])
    for command in (OPEN_PAY, COMPLETE, CANCEL_PAY, refund_of(300), CONFIRM, FAIL_BACK):
        with pytest.raises(OrderUnknown):
            decide(replace(command, account_id="tg:2"), other, known_of(history), RULES)
    with pytest.raises(KeyReused) as refused:
        decide(replace(REQUEST, account_id="tg:2"), other, known_of(history), RULES)
    assert refused.value.field == "account"


def test_an_open_order_is_named_to_whoever_orders_its_plan_again():
    with pytest.raises(OrderOpen) as refused:
        decided(BUYING, replace(REQUEST, order_id=ORDER_2))
    assert refused.value.order_id == ORDER


def test_open_orders_are_limited_per_account():
    rules = Rules(open_orders_max=1)
    with pytest.raises(TooManyOpen):
        decided(BUYING, REQUEST_2, rules=rules)
    assert decided([*BUYING, PAY_CANCELED], REQUEST_2, rules=rules) == [REQUESTED_2(4)]
    assert decided([*BUYING, PAID], REQUEST_2, rules=rules) == [REQUESTED_2(4)]


@pytest.mark.parametrize(
    "changes", [{"price": 999}, {"currency": "XTR"}, {"provider": "stars"}], ids=str
)
def test_a_payment_that_differs_from_its_order_names_the_field(changes):
    with pytest.raises(PaymentMismatch) as refused:
        decided(BUYING, replace(COMPLETE, **changes))
    assert [refused.value.field] == list(changes)


def test_a_refusal_of_an_amount_names_the_field():
    with pytest.raises(AmountInvalid) as refused:
        decided(BOUGHT_10, refund_of(-1))
    assert refused.value.field == "money"


def test_refunds_of_a_payment_are_counted_with_the_failed_ones():
    some = [
        make
        for n in range(REFUNDS_PER_PAYMENT_MAX - 1)
        for make in (taken(f"r{n}", 100, 1), refund_failed(f"r{n}", 1))
    ]
    assert decided([*BOUGHT_10, *some], refund_of(100, "last"))
    with pytest.raises(TooManyRefunds):
        decided([*BOUGHT_10, *some, taken("last", 100, 1)], refund_of(100, "more"))
    more = [*BOUGHT_10, *some, taken("last", 100, 1), PAID_TWICE]
    assert decided(more, refund_of(100, "more", "p2"))


def test_a_balance_may_be_filled_to_the_limit_and_only_payments_pass_it():
    full = event(ToppedUp, grant_id="full", credits=BALANCE_MAX - 2, reason="promo", to_debt=0)
    assert decided([OPENED, full], TOP_UP_2) == [TOPPED_UP_2(3)]
    for command in (replace(TOP_UP_2, credits=3), REQUEST):
        with pytest.raises(BalanceLimit):
            decided([OPENED, full], command)
    assert decided([OPENED, REQUESTED, full], COMPLETE) == [PAID(4)]


def test_credits_that_pay_debt_do_not_count_towards_the_limit():
    full = event(ToppedUp, grant_id="full", credits=BALANCE_MAX - 2, reason="promo", to_debt=0)
    assert decided([*OWING_10, full], replace(TOP_UP_2, credits=12))[0].to_debt == 10
    with pytest.raises(BalanceLimit):
        decided([*OWING_10, full], replace(TOP_UP_2, credits=13))


def test_many_small_refunds_take_what_one_large_one_takes():
    given = [*BOUGHT_10]
    for n, money in enumerate([333, 333, 333, 1]):
        [one] = decided(given, refund_of(money, f"r{n}"))
        given.append(taken(f"r{n}", money, one.credits))
    assert [make(0).credits for make in given[-4:]] == [3, 3, 3, 1]


def test_the_welcome_bonus_is_not_paid_to_a_debt_that_cannot_be():
    assert decided([], OPEN)[1].to_debt == 0


def test_the_rules_and_the_messages_agree_on_the_most_credits():
    assert CREDITS_MAX == messages.CREDITS_MAX
