"""The rules about payments, refunds of money and debt, one row each, as in `test_decider`."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from ledger.domain.account import fold
from ledger.domain.commands import (
    CancelPayment,
    CompletePayment,
    ConfirmPaymentRefund,
    FailPaymentRefund,
    OpenPayment,
    RequestPayment,
    RequestPaymentRefund,
)
from ledger.domain.decider import decide
from ledger.domain.events import (
    Deducted,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    ToppedUp,
)
from ledger.domain.payment_refunds import REFUNDS_PER_PAYMENT_MAX
from ledger.domain.refusals import (
    AccountUnknown,
    AlreadyPaid,
    AmountInvalid,
    BalanceLimit,
    KeyReused,
    OrderOpen,
    OrderUnknown,
    PaymentMismatch,
    PaymentUnknown,
    RefundClosed,
    RefundTooLarge,
    RefundUnknown,
    TooLate,
    TooManyOpen,
    TooManyRefunds,
)
from ledger.domain.rules import BALANCE_MAX, CREDITS_MAX, MONEY_MAX, Rules
from tests.deciding import (
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

SPENT_10 = event(
    Deducted, job_id=JOB, credits=10, order_digest=DIGEST, index=0, count=1, deadline_at=DEADLINE_AT
)

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

ROWS = [
    # amounts that are none
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


@pytest.mark.parametrize(("given", "when", "then"), ROWS)
def test_the_rules_of_payments_hold(given, when, then):
    check_rule(given, when, then)


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
