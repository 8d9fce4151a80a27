"""What came of a payment is told once, and the draft goes on only as it was agreed."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import aiohttp
import pytest
from aiogram.exceptions import TelegramForbiddenError, TelegramNetworkError, TelegramServerError
from aiogram.methods import SendMessage

from bot import billing
from bot.handlers.confirming import order_if_let_in
from bot.offering import offer
from bot.texts import LOCALES
from contracts.bus import NoAnswerError
from contracts.messages import PaymentState
from tests.pay_chat import DRAFT, ME, TEXTS, Chat
from tests.selling_ledger import NOON

SEND = SendMessage(chat_id=42, text="")
PAID = "✅ Оплата прошла: 20 кредитов.\nВаш баланс: <b>20 кредитов</b>."
REASONS = (
    "3d_secure_failed",
    "call_issuer",
    "canceled_by_merchant",
    "card_expired",
    "country_forbidden",
    "expired_on_confirmation",
    "fraud_suspected",
    "general_decline",
    "identification_required",
    "insufficient_funds",
    "internal_timeout",
    "invalid_card_number",
    "invalid_csc",
    "issuer_unavailable",
    "no_address",
    "payment_method_limit_exceeded",
    "payment_method_restricted",
    "permission_revoked",
    "rejected_by_timeout",
    "unsupported_mobile_operator",
)


@pytest.fixture
async def chat() -> Chat:
    """A person with a bill for twenty credits."""
    chat = Chat()
    await offer(chat.desk, ME)
    await chat.taps("Профи")
    return chat


@pytest.fixture
async def short() -> Chat:
    """A person whose draft lacks a credit, before the plans that suffice."""
    chat = Chat()
    await chat.studio_opens()
    await chat.puts_down()
    await order_if_let_in(DRAFT, chat.desk, ME)
    return chat


def bill(chat: Chat) -> str:
    return next(text for text in chat.texts if text.startswith("🧾"))


async def test_a_payment_is_told_once_and_the_bill_says_so(chat):
    fact = chat.ledger.pay(chat.order_id)
    for _ in range(2):
        await chat.hears(fact)
    assert chat.texts.count(PAID) == 1
    assert bill(chat).endswith("Оплачено ✅")


async def test_debt_and_receipt_are_named(chat):
    chat.ledger.debt = 3
    chat.ledger.emails[ME.account] = "anna@mail.ru"
    await chat.hears(chat.ledger.pay(chat.order_id))
    assert chat.last.text == (
        "✅ Оплата прошла: 20 кредитов.\nИз них на погашение долга: 3 кредита.\n"
        "Ваш баланс: <b>17 кредитов</b>.\nЧек придёт на a***@mail.ru."
    )


async def test_a_second_payment_of_one_order_is_told_too(chat):
    fact = chat.ledger.pay(chat.order_id)
    await chat.hears(fact)
    again = fact.model_copy(update={"payment_id": "p-2", "balance_after": 40})
    await chat.hears(again)
    assert chat.last.text.endswith("Ваш баланс: <b>40 кредитов</b>.")


async def test_a_refill_tells_the_balance_of_today_and_nothing_twice(chat):
    fact = chat.ledger.pay(chat.order_id)
    chat.ledger.credits = 7
    for _ in range(2):
        await chat.hears(fact, refill_until=100)
    told = [text for text in chat.texts if "Оплата прошла" in text]
    assert told == ["✅ Оплата прошла: 20 кредитов.\nВаш баланс: <b>7 кредитов</b>."]


async def test_what_is_a_day_old_is_only_shown_in_the_bill(chat):
    chat.ledger.recorded_at = NOON - timedelta(hours=24)
    await chat.hears(chat.ledger.pay(chat.order_id))
    assert bill(chat).endswith("Оплачено ✅")
    assert not any("Оплата прошла" in text for text in chat.texts)


async def test_an_event_that_the_ledger_s_answer_lacks_comes_again(chat):
    fact = chat.ledger.pay(chat.order_id)
    chat.ledger.orders[chat.order_id] = chat.ledger.orders[chat.order_id].model_copy(
        update={"state": PaymentState.OPENED}
    )
    with pytest.raises(NoAnswerError):
        await chat.hears(fact)


async def test_a_payment_whose_bill_was_lost_is_told(chat):
    fact = chat.ledger.pay(chat.order_id)
    chat.bills.stored.clear()
    await chat.hears(fact)
    assert chat.last.text == PAID


async def test_of_other_accounts_and_unknown_orders_nothing_is_said(chat):
    fact = chat.ledger.pay(chat.order_id)
    before = list(chat.texts)
    await chat.hears(fact.model_copy(update={"order_id": UUID(int=5)}))
    chat.ledger.orders[chat.order_id] = chat.ledger.orders[chat.order_id].model_copy(
        update={"account": "web:7"}
    )
    await chat.hears(fact.model_copy(update={"account": "web:7"}))
    assert chat.texts == before


async def test_a_decline_is_told_with_its_reason_and_a_way_on(chat):
    fact = chat.ledger.cancel(chat.order_id, "insufficient_funds")
    for _ in range(2):
        await chat.hears(fact)
    [told] = [text for text in chat.texts if text.startswith("❌")]
    assert told == (
        "❌ Оплата не прошла: не хватило денег. "
        "Деньги не списаны, пополните карту или попробуйте другую."
    )
    assert chat.last.buttons == ["💳 Выбрать пакет"]
    assert "не хватило денег" in bill(chat)


async def test_a_bill_that_nobody_paid_only_says_that_it_is_over(chat):
    before = len(chat.telegram.chat)
    await chat.hears(chat.ledger.cancel(chat.order_id, "expired_on_confirmation"))
    assert bill(chat).endswith("Время на оплату вышло, деньги не списаны.")
    assert len(chat.telegram.chat) == before


async def test_money_that_came_after_the_end_is_the_last_word(chat):
    canceled = chat.ledger.cancel(chat.order_id, "general_decline")
    paid = chat.ledger.pay(chat.order_id)
    for fact in (canceled, paid, canceled):
        await chat.hears(fact)
    assert bill(chat).endswith("Оплачено ✅")
    assert not any(text.startswith("❌") for text in chat.texts)


async def test_an_answer_that_was_overtaken_does_not_open_a_paid_bill_again(chat):
    older = chat.ledger.orders[chat.order_id]
    await chat.hears(chat.ledger.pay(chat.order_id))
    stored = await chat.desk.bills.load(chat.order_id)
    await billing.renew(chat.desk, stored, older)
    assert bill(chat).endswith("Оплачено ✅")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words_of_its_own(locale, reason):
    assert TEXTS.get(locale, f"pay-canceled-{reason}") != TEXTS.get(locale, "pay-canceled")


async def test_a_reason_that_is_new_is_said_in_general(chat):
    await chat.hears(chat.ledger.cancel(chat.order_id, "mercury_retrograde"))
    assert chat.last.text.startswith("❌ Оплата не прошла, деньги не списаны.")


@pytest.mark.parametrize("reason", ["refused_receipt.items", "never_created"])
async def test_an_order_that_the_provider_did_not_take_is_our_fault(chat, reason):
    await chat.hears(chat.ledger.cancel(chat.order_id, reason))
    assert chat.last.text.startswith("❌ Выставить счёт не получилось по нашей вине")


async def test_money_back_is_told_once_with_what_became_debt(chat):
    await chat.hears(chat.ledger.pay(chat.order_id))
    chat.ledger.credits = 2
    fact = chat.ledger.send_back(chat.order_id, 19900, 5)
    for _ in range(2):
        await chat.hears(fact)
    [told] = [text for text in chat.texts if text.startswith("↩️")]
    assert told == (
        "↩️ Возврат 199 ₽: списано 2 кредита.\n"
        "Уже потрачено и записано в долг: 3 кредита. Долг погасится со следующего пополнения.\n"
        "Ваш баланс: <b>0 кредитов</b>."
    )


async def test_money_back_without_debt(chat):
    await chat.hears(chat.ledger.pay(chat.order_id))
    await chat.hears(chat.ledger.send_back(chat.order_id, 3495, 1))
    assert chat.last.text == (
        "↩️ Возврат 34,95 ₽: списан 1 кредит.\nВаш баланс: <b>19 кредитов</b>."
    )
    await chat.hears(chat.ledger.fail_to_send_back(chat.order_id, 1))
    assert chat.last.text == (
        "Возврат денег не прошёл, кредиты вернулись: 1 кредит.\n"
        "Ваш баланс: <b>20 кредитов</b>.\nНапишите в поддержку: @support"
    )


async def test_what_may_have_arrived_is_repeated_once(chat):
    fact = chat.ledger.pay(chat.order_id)
    await chat.hears(chat.ledger.open(chat.order_id))
    chat.ledger.pay(chat.order_id)
    for _ in range(2):
        # The first trouble is the bill's, which keeps nothing from being told.
        chat.telegram.troubles = [TelegramServerError(SEND, "502")] * 2
        with pytest.raises(TelegramServerError):
            await chat.hears(fact)
    chat.telegram.troubles = []
    await chat.hears(fact)
    assert not any("Оплата прошла" in text for text in chat.texts)


async def test_what_did_not_arrive_is_said_until_it_does(chat):
    fact = chat.ledger.pay(chat.order_id)
    error = TelegramNetworkError(SEND, "no connection")
    error.__cause__ = aiohttp.ClientConnectorError(SimpleNamespace(), OSError())
    for _ in range(4):
        chat.telegram.troubles = [error] * 2
        with pytest.raises(TelegramNetworkError):
            await chat.hears(fact)
    chat.telegram.troubles = []
    await chat.hears(fact)
    assert any("Оплата прошла" in text for text in chat.texts)


async def test_the_draft_goes_on_once_after_the_payment(short):
    await short.taps("Профи")
    assert "После оплаты ролик запустится сам." in short.last.text
    fact = short.ledger.pay(short.order_id)
    for _ in range(2):
        await short.hears(fact)
    [order] = short.ledger.deducted
    assert (order.draft_id, order.revision) == (DRAFT.draft_id, DRAFT.revision)
    assert (await short.draft()).ordered


async def test_without_the_word_the_draft_waits(short):
    await offer(short.desk, ME)
    await short.taps("Профи")
    await short.hears(short.ledger.pay(short.order_id))
    assert short.ledger.deducted == []
    assert not (await short.draft()).ordered


async def test_a_bill_that_was_put_away_starts_nothing(short):
    await short.taps("Профи")
    await short.taps("Убрать")
    assert "Ролик тогда сам не запустится" in short.last.text
    await short.hears(short.ledger.pay(short.order_id))
    assert short.ledger.deducted == []


async def test_a_draft_that_changed_is_shown_again_and_not_ordered(short):
    await short.taps("Профи")
    await short.puts_down((await short.draft()).changed(count=2))
    fact = short.ledger.pay(short.order_id)
    for _ in range(2):
        await short.hears(fact)
    assert short.ledger.deducted == []
    assert sum("Заказ с тех пор изменился" in text for text in short.texts) == 1
    assert "Проверьте заказ" in short.last.text


async def test_another_draft_is_not_ordered(short):
    await short.taps("Профи")
    await short.puts_down(DRAFT.model_copy(update={"draft_id": UUID(int=9)}))
    await short.hears(short.ledger.pay(short.order_id))
    assert short.ledger.deducted == []


async def test_what_the_person_ordered_meanwhile_is_not_ordered_again(short):
    await short.taps("Профи")
    fact = short.ledger.pay(short.order_id)
    await order_if_let_in(await short.draft(), short.desk, ME)
    await short.hears(fact)
    assert len(short.ledger.deducted) == 1


async def test_while_nothing_is_made_the_draft_is_kept_and_the_person_told(short):
    await short.taps("Профи")
    short.studio.stored.clear()
    await short.hears(short.ledger.pay(short.order_id))
    assert short.last.text.startswith("Генерация временно недоступна: заказ не принят")
    assert not (await short.draft()).ordered


async def test_while_it_is_unknown_whether_it_was_ordered_it_is_asked_again(short):
    await short.taps("Профи")
    fact = short.ledger.pay(short.order_id)
    deduct = short.ledger.deduct

    async def silent(_):
        raise NoAnswerError("lost")

    short.ledger.deduct = silent
    with pytest.raises(NoAnswerError):
        await short.hears(fact)
    short.ledger.deduct = deduct
    await short.hears(fact)
    assert len(short.ledger.deducted) == 1
    assert sum("Оплата прошла" in text for text in short.texts) == 1


async def test_to_whom_the_chat_is_closed_the_video_is_made_all_the_same(short):
    await short.taps("Профи")
    short.telegram.troubles = [TelegramForbiddenError(SEND, "blocked")] * 3
    await short.hears(short.ledger.pay(short.order_id))
    assert len(short.ledger.deducted) == 1
