"""Buying credits: each tap is one order, its bill stays true, the draft is not lost."""

from dataclasses import replace
from uuid import UUID

import pytest

from bot.bills import Bill
from bot.handlers import commands
from bot.handlers.confirming import order_if_let_in
from bot.offering import offer
from bot.stars import order_of
from bot.texts import Voice
from contracts.bus import NoAnswerError
from contracts.messages import PaymentProvider, PaymentState
from tests.pay_chat import DRAFT, ME, TEXTS, Chat
from tests.selling_ledger import PRO


@pytest.fixture
def chat() -> Chat:
    return Chat()


async def buys_pro(chat: Chat, tap: str | None = None) -> None:
    await offer(chat.desk, ME)
    await chat.taps("Профи", tap)


async def test_plans_are_shown_with_the_price_of_one_video(chat):
    await offer(chat.desk, ME)
    assert chat.last.text.splitlines()[2:] == [
        "Ваш баланс: <b>0 кредитов</b>.",
        "",
        "<b>Стартер</b>: 5 кредитов, 199 ₽, 39,80 ₽ за видео",
        "<b>Профи</b>: 20 кредитов, 699 ₽, 34,95 ₽ за видео",
        "<b>Премиум</b>: 50 кредитов, 1499 ₽, 29,98 ₽ за видео",
    ]
    assert chat.last.buttons == ["Стартер · 199 ₽", "Профи · 699 ₽", "Премиум · 1499 ₽"]


async def test_plans_are_shown_in_english(chat):
    await offer(chat.desk, replace(ME, voice=Voice(TEXTS, "en")))
    assert "<b>Pro</b>: 20 credits, 699 ₽, 34.95 ₽ per video" in chat.last.text


async def test_a_debt_is_named_before_anything_is_bought(chat):
    chat.ledger.debt = 3
    await offer(chat.desk, ME)
    assert "Сначала погасится долг: 3 кредита." in chat.last.text


async def test_each_provider_has_a_button_per_plan(chat):
    chat.ledger.providers = (PaymentProvider.YOOKASSA, PaymentProvider.STARS)
    await offer(chat.desk, ME)
    assert "<b>Профи</b>: 20 кредитов, 699 ₽ или 525 ⭐, 34,95 ₽ за видео" in chat.last.text
    await chat.taps("525 ⭐", tap="one")
    [asked] = chat.ledger.asked
    assert (asked.provider, asked.price, asked.currency, asked.email) == ("stars", 525, "XTR", None)
    [invoice] = chat.telegram.invoices
    assert order_of(invoice["payload"]) == asked.order_id
    await chat.taps("525 ⭐", tap="one")
    assert len(chat.telegram.invoices) == 1, "a replay sends no second one"


async def test_who_would_pay_an_open_order_otherwise_is_shown_its_own_bill(chat):
    chat.ledger.providers = (PaymentProvider.YOOKASSA, PaymentProvider.STARS)
    await buys_pro(chat)
    await chat.taps("525 ⭐")
    assert chat.telegram.invoices == []
    assert "уже есть неоплаченный счёт" in chat.texts[-2]
    assert "Оплатить 699 ₽" in chat.last.buttons


@pytest.mark.parametrize("nothing", [{"providers": ()}, {"sold": []}])
async def test_where_nothing_can_be_bought_support_is_named(chat, nothing):
    for name, value in nothing.items():
        setattr(chat.ledger, name, value)
    await offer(chat.desk, ME)
    assert chat.last.text == (
        "Сейчас пополнить баланс здесь нельзя.\nНапишите в поддержку: @support"
    )


async def test_a_bill_has_the_link_and_what_was_chosen(chat):
    await buys_pro(chat)
    [asked] = chat.ledger.asked
    assert (asked.plan, asked.credits, asked.price) == ("pro", 20, 69900)
    assert chat.last.text == "🧾 <b>Профи</b>\n\n20 кредитов за <b>699 ₽</b>"
    assert chat.last.buttons == ["Оплатить 699 ₽", "Я оплатил — проверить", "Убрать счёт"]
    assert chat.last.url("Оплатить") == f"https://pay.example/{chat.order_id.hex}"


async def test_a_replayed_tap_is_the_same_order_and_the_same_bill(chat):
    await buys_pro(chat, tap="one")
    before = len(chat.telegram.chat)
    await chat.taps("Профи", tap="one")
    assert len({asked.order_id for asked in chat.ledger.asked}) == 1
    assert len(chat.telegram.chat) == before


async def test_a_lost_reply_is_asked_again_with_the_same_order(chat):
    chat.ledger.lost_replies = 2
    await offer(chat.desk, ME)
    for _ in range(2):
        with pytest.raises(NoAnswerError):
            await chat.taps("Профи", tap="one")
    await chat.taps("Профи", tap="one")
    assert len({asked.order_id for asked in chat.ledger.asked}) == 1
    assert sum("Готовлю счёт" in text for text in chat.texts) == 1
    assert "Оплатить 699 ₽" in chat.last.buttons


async def test_another_tap_shows_the_same_link_below(chat):
    await buys_pro(chat)
    link = chat.last.url("Оплатить")
    first = len(chat.telegram.chat)
    await chat.taps("Профи")
    assert chat.last.url("Оплатить") == link
    assert chat.telegram.chat[first].text == "Этот счёт показан ниже."
    assert len(chat.ledger.orders) == 1


@pytest.mark.parametrize("change", [{"price": 79900}, {"credits": 15}])
async def test_a_plan_that_changed_is_shown_again_and_not_bought(chat, change):
    await offer(chat.desk, ME)
    chat.ledger.sold[1] = PRO.model_copy(update=change)
    await chat.taps("Профи")
    assert chat.ledger.asked == []
    assert chat.texts[-2].startswith("Этот пакет изменился или больше не продаётся.")


async def test_a_plan_that_is_gone_is_told_so(chat):
    await offer(chat.desk, ME)
    chat.ledger.sold.pop(1)
    await chat.taps("Профи")
    assert chat.ledger.asked == []
    assert "Этот пакет изменился" in chat.texts[-2]


async def test_the_address_is_asked_once_and_the_purchase_goes_on(chat):
    chat.ledger.wants_receipts = True
    await chat.puts_down()
    await buys_pro(chat)
    assert chat.ledger.asked == []
    assert "На какую <b>почту</b> прислать чек?" in chat.last.text
    assert await chat.writes("не почта")
    assert chat.last.text.startswith("Это не похоже на адрес почты.")
    assert await chat.writes(" anna@mail.ru ")
    assert chat.ledger.asked[0].email == "anna@mail.ru"
    assert "Оплатить 699 ₽" in chat.last.buttons
    assert await chat.draft() == DRAFT
    assert not await chat.writes("Кружка", message_id=78)
    assert "anna" not in str(chat.drafts.stored), "only the ledger keeps the address"


async def test_a_replayed_address_is_the_same_order_and_no_text_of_the_draft(chat):
    chat.ledger.wants_receipts = True
    await buys_pro(chat)
    for _ in range(2):
        assert await chat.writes("anna@mail.ru")
    assert len({asked.order_id for asked in chat.ledger.asked}) == 1
    assert sum("🧾" in text for text in chat.texts) == 1


async def test_a_known_address_is_shown_masked_and_can_be_changed(chat):
    chat.ledger.wants_receipts = True
    chat.ledger.emails[ME.account] = "anna@mail.ru"
    await offer(chat.desk, ME)
    assert "Чек придёт на a***@mail.ru." in chat.last.text
    await chat.taps("Изменить почту")
    assert await chat.writes("boris@example.com")
    assert "Чек придёт на b***@example.com." in chat.last.text
    await chat.taps("Профи")
    assert chat.ledger.asked[0].email == "boris@example.com"


@pytest.mark.parametrize("instead", ["later", "cancel", "new", "buy"])
async def test_whoever_does_something_else_is_asked_for_no_address(chat, instead):
    chat.ledger.wants_receipts = True
    await chat.puts_down()
    await buys_pro(chat)
    match instead:
        case "later":
            await chat.taps("Не сейчас")
        case "cancel":
            await commands.cancel(None, chat.desk, ME)
        case "new":
            await commands.new(None, chat.desk, ME)
        case "buy":
            await commands.buy(None, chat.desk, ME)
    assert not await chat.writes("Кружка")
    assert (await chat.draft() == DRAFT) is (instead != "new")


async def test_a_link_that_comes_later_is_put_into_the_bill(chat):
    chat.ledger.links_come_later = True
    await buys_pro(chat)
    assert "Готовлю ссылку на оплату…" in chat.last.text
    messages = len(chat.telegram.chat)
    await chat.hears(chat.ledger.open(chat.order_id))
    assert "Оплатить 699 ₽" in chat.last.buttons
    assert len(chat.telegram.chat) == messages


async def test_a_link_that_came_before_the_bill_was_there_is_not_missed(chat):
    chat.ledger.links_come_later = True
    asked = chat.ledger.payment

    async def opens_meanwhile(account, order_id):
        chat.ledger.open(order_id)
        return await asked(account, order_id)

    chat.ledger.payment = opens_meanwhile
    await buys_pro(chat)
    assert "Оплатить 699 ₽" in chat.last.buttons


async def test_every_check_is_answered(chat):
    await buys_pro(chat)
    for _ in range(2):
        await chat.taps("проверить")
        assert chat.telegram.answers[-1].startswith("Платёж ещё не пришёл.")
    chat.ledger.pay(chat.order_id)
    await chat.taps("проверить")
    assert chat.telegram.answers[-1] == "Оплачено, кредиты у вас."
    assert "Оплачено ✅" in chat.last.text


async def test_nobody_checks_another_person_s_order(chat):
    await buys_pro(chat)
    await chat.taps("проверить", person=replace(ME, account="tg:7", chat_id=7))
    assert chat.telegram.answers[-1] == "Такого счёта у вас нет."


async def test_a_bill_that_is_put_away_says_what_is_true_and_comes_back(chat):
    await buys_pro(chat)
    await chat.taps("Убрать")
    assert chat.last.text.startswith("Счёт убран, деньги не списаны. Он закроется сам.")
    await chat.taps("Показать счёт")
    assert "Оплатить 699 ₽" in chat.last.buttons


async def test_a_bill_never_goes_back():
    bill = Bill(order_id=UUID(int=1), account="tg:1", chat_id=1, shown=PaymentState.CANCELED)
    assert bill.is_past(PaymentState.OPENED)
    assert not bill.is_past(PaymentState.COMPLETED), "money that came after all"


async def test_when_credits_are_short_only_plans_that_suffice_are_offered(chat):
    await chat.studio_opens()
    chat.ledger.debt = 4
    short = DRAFT.model_copy(update={"count": 3})
    await chat.puts_down(short)
    await order_if_let_in(short, chat.desk, ME)
    assert "Не хватает: <b>3 кредита</b>. Нужно: 3 кредита, у вас: 0 кредитов." in chat.last.text
    assert "ролик запустится сам" in chat.last.text
    assert chat.last.buttons == [
        "Оплатить и сразу создать: Профи, 699 ₽",
        "Оплатить и сразу создать: Премиум, 1499 ₽",
        "💳 Только пополнить",
    ]


@pytest.mark.parametrize("nothing", [{"providers": ()}, {"sold": []}])
async def test_when_credits_are_short_and_nothing_is_sold_the_draft_is_kept(chat, nothing):
    for name, value in nothing.items():
        setattr(chat.ledger, name, value)
    await chat.studio_opens()
    await chat.puts_down()
    await order_if_let_in(DRAFT, chat.desk, ME)
    assert chat.last.text.endswith("когда кредиты появятся, нажмите «Создать» ещё раз.")


async def test_for_a_draft_that_changed_nothing_is_bought(chat):
    await chat.studio_opens()
    await chat.puts_down()
    await order_if_let_in(DRAFT, chat.desk, ME)
    await chat.puts_down(DRAFT.changed(count=2))
    await chat.taps("Профи")
    assert chat.ledger.asked == []
    assert "Проверьте заказ" in chat.last.text
