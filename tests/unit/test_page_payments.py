"""What the page says of payments."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.messages import PaymentProvider
from infra.sandbox.log_reader import Balance, Entry
from infra.sandbox.page import payment_words, words
from infra.sandbox.page.log.account import debt_of
from infra.sandbox.page.log.journal import SYMBOLS
from infra.sandbox.yookassa.payments import REASONS
from infra.sandbox.yookassa.reason_words import REASON_WORDS
from ledger.codec import TOPICS
from ledger.payments.catalogue import read_plans

PLANS = {plan.id: plan.title for plan in read_plans().plans}
FAILED = ("general_decline", "insufficient_funds", "canceled")


def entry(kind: str, **changes: object) -> Entry:
    one = {
        "position": 3,
        "recorded_at": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "account": "tg:1",
        "kind": kind,
        "amount": 5,
        "debt_change": 0,
        "balance_after": 6,
        "job_id": None,
        "order_id": UUID("757abf4b-8fa6-59a3-ac01-c83b74fa0ece"),
        "reason": None,
        "plan": None,
        "provider": None,
        "money": 19_900,
        "currency": "RUB",
    }
    return Entry(**{**one, **changes})


def said(one: Entry) -> str:
    about = payment_words.about(one)
    title = payment_words.title_of(one, PLANS)
    return f"{title}: {about}".replace("\xa0", " ") if about else title


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (
            entry("payment_requested", plan="starter"),
            "Заказ пакета «Стартер»: 5 кредитов за 199 ₽",
        ),
        (
            entry("payment_requested", plan="pro", amount=21, money=525, currency="XTR"),
            "Заказ пакета «Профи»: 21 кредит за 525 ⭐",
        ),
        (entry("payment_requested", plan="gone"), "Заказ пакета «gone»: 5 кредитов за 199 ₽"),
        (entry("payment_opened", provider="yookassa"), "Счёт на оплату выставлен: ЮKassa"),
        (entry("payment_opened", provider="next"), "Счёт на оплату выставлен: next"),
        (entry("payment_completed"), "Оплачено: 199 ₽"),
        (
            entry("payment_canceled", reason="expired_on_confirmation"),
            "Оплата не состоялась: время на оплату вышло",
        ),
        (
            entry("payment_canceled", reason="refused_receipt"),
            "Оплата не состоялась: платёжная система не приняла запрос (receipt)",
        ),
        (entry("payment_canceled", reason="newly_made"), "Оплата не состоялась: newly_made"),
        (entry("payment_refund_requested", money=9_950), "Возврат денег начат: 99,50 ₽"),
        (entry("payment_refunded"), "Деньги возвращены: 199 ₽"),
        (
            entry("payment_refund_failed", reason="insufficient_funds", money=1_234_500),
            "Деньги вернуть не удалось: 12 345 ₽, на счету магазина не хватает денег",
        ),
        (entry("topped_up", reason="welcome_bonus"), "Кредиты начислены: приветственный бонус"),
    ],
)
def test_an_event_tells_what_was_bought_for_how_much_and_why_not(one, told):
    assert said(one) == told


def test_every_kind_of_event_has_a_symbol_of_its_own():
    kinds = {topic.partition(".")[0] for topic in TOPICS}
    assert kinds == set(SYMBOLS)
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)


@pytest.mark.parametrize("reason", [*REASONS, "canceled", "never_created", "no_address"])
def test_every_reason_to_cancel_is_in_words(reason):
    assert payment_words.reason_of(reason, payment_words.CANCELED) != reason
    assert reason in REASON_WORDS or reason not in REASONS


@pytest.mark.parametrize("reason", FAILED)
def test_every_reason_why_money_did_not_go_back_is_in_words(reason):
    assert payment_words.reason_of(reason, payment_words.REFUND_FAILED) != reason


@pytest.mark.parametrize("provider", list(PaymentProvider))
def test_every_provider_has_a_name(provider):
    assert payment_words.provider_of(provider) != provider


def test_a_payment_shows_the_first_digits_of_its_order():
    assert payment_words.order_number(entry("payment_opened")) == "757ABF"
    assert payment_words.order_number(entry("topped_up", order_id=None)) == ""


@pytest.mark.parametrize(
    ("balance", "told"),
    [
        (None, ""),
        (Balance(6, 0, 0), ""),
        (Balance(0, 1, 1), "долг 1 кредит"),
        (Balance(0, 0, 22), "долг 22 кредита"),
    ],
)
def test_a_debt_is_told_only_by_who_has_one(balance, told):
    assert debt_of(balance) == told


def test_a_payment_that_gives_nothing_back_moves_no_credit():
    assert words.signed(entry("payment_refund_requested", amount=0)) == ""
