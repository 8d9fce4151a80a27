"""Paying in Telegram Stars, as a bot and a person meet it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import LabeledPrice, TransactionPartnerUser, Update

from infra.sandbox.telegram.impossible import ImpossibleError, NothingThereError
from infra.sandbox.telegram.phone import Phone
from infra.sandbox.telegram.stars import STARS_AT_FIRST
from tests.eventually import eventually
from tests.telegram_fixture import HASTY, RunningTelegram, running_telegram

INVOICE = {
    "chat_id": 42,
    "title": "20 кредитов",
    "description": "Пакет «Профи»",
    "payload": "order:1",
    "currency": "XTR",
    "prices": [{"label": "20 кредитов", "amount": 525}],
    "start_parameter": "pay",
}


@pytest.fixture
def phone(telegram: RunningTelegram) -> Phone:
    phone = telegram.phone()
    phone.send_text("/start")
    telegram.world.queue.forget_all()
    return phone


async def invoice(bot: Bot) -> int:
    prices = [LabeledPrice(label="20 кредитов", amount=525)]
    sent = await bot.send_invoice(**{**INVOICE, "prices": prices})
    return sent.message_id


class Till:
    """A bot that answers every query about a payment at once, and keeps what it hears."""

    def __init__(self, bot: Bot, *, error: str | None = None) -> None:
        self._bot = bot
        self._error = error
        self.heard: list[Update] = []

    async def run(self) -> None:
        offset = 0
        while True:
            for update in await self._bot.get_updates(offset=offset, timeout=5):
                offset = update.update_id + 1
                self.heard.append(update)
                query = update.pre_checkout_query
                if query is not None:
                    no = self._error
                    await self._bot.answer_pre_checkout_query(
                        query.id, ok=no is None, error_message=no
                    )


@pytest_asyncio.fixture(loop_scope="session")
async def till(bot: Bot) -> AsyncGenerator[Till]:
    till = Till(bot)
    working = asyncio.ensure_future(till.run())
    yield till
    working.cancel()


WRONG = {
    "another currency": ({"currency": "RUB"}, "PAYMENT_PROVIDER_INVALID"),
    "a provider": ({"provider_token": "1:TEST"}, "STARS_INVOICE_INVALID"),
    "no price": ({"prices": []}, "STARS_INVOICE_INVALID"),
    "two prices": ({"prices": [{"label": "a", "amount": 1}] * 2}, "STARS_INVOICE_INVALID"),
    "nothing to pay": ({"prices": [{"label": "a", "amount": 0}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
    "half a Star": (
        {"prices": [{"label": "a", "amount": 1.5}]},
        'Field "amount" must be of type Number',
    ),
    "a tip": ({"max_tip_amount": 5}, "STARS_INVOICE_INVALID"),
    "a long title": ({"title": "к" * 33}, '"title" must be 1-32 characters'),
    "a long description": ({"description": "к" * 256}, '"description" must be 1-255 characters'),
    "a payload of too many bytes": ({"payload": "к" * 65}, '"payload" must be 1-128 bytes'),
    "no payload": ({"payload": ""}, 'Parameter "payload" is required'),
    "another first button": (
        {"reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}},
        "BUTTON_TYPE_INVALID",
    ),
}


@pytest.mark.parametrize(("changed", "complaint"), WRONG.values(), ids=WRONG.keys())
async def test_an_invoice_that_telegram_would_not_take_is_refused(
    unserved: RunningTelegram, changed: dict, complaint: str
):
    answer = await unserved.call("sendInvoice", **{**INVOICE, **changed})
    assert complaint.lower() in answer["description"].lower()
    assert len(unserved.problems()) == 1


async def test_an_invoice_that_anybody_may_pay_from_a_copy_is_no_correct_bots(
    unserved: RunningTelegram,
):
    answer = await unserved.call("sendInvoice", **{**INVOICE, "start_parameter": ""})
    assert answer["ok"]
    assert unserved.problems() == [
        "without start_parameter a forwarded copy can be paid by anybody"
    ]


async def test_the_chat_shows_an_invoice_with_a_button_but_never_its_payload(
    telegram: RunningTelegram, bot: Bot, phone: Phone
):
    await invoice(bot)
    shown = phone.view().messages[-1]
    assert shown.buttons[0][0].text == "Заплатить ⭐ 525"
    assert "order:1" not in str(shown.wire)
    with pytest.raises(TelegramBadRequest, match="can't be copied"):
        await bot.copy_message(42, 42, shown.message_id)
    assert telegram.problems() == []


async def test_each_payment_of_one_invoice_has_a_charge_id_of_its_own(
    telegram: RunningTelegram, bot: Bot, phone: Phone, till: Till
):
    await invoice(bot)
    first, second = await phone.pay(), await phone.pay()
    assert (first.state, second.state) == ("paid", "paid")
    assert first.charge_id != second.charge_id
    await eventually(lambda: len(till.heard) == 4)
    heard = [one.message.successful_payment for one in till.heard if one.message]
    assert [one.telegram_payment_charge_id for one in heard] == [first.charge_id, second.charge_id]
    assert {(one.invoice_payload, one.total_amount, one.currency) for one in heard} == {
        ("order:1", 525, "XTR")
    }
    assert phone.view().stars == STARS_AT_FIRST - 2 * 525
    assert telegram.problems() == []


async def test_a_refused_payment_moves_no_stars(bot: Bot, phone: Phone):
    await invoice(bot)
    working = asyncio.ensure_future(Till(bot, error="Счёт уже оплачен.").run())
    refused = await phone.pay()
    working.cancel()
    assert (refused.state, refused.error) == ("refused", "Счёт уже оплачен.")
    assert phone.view().stars == STARS_AT_FIRST


async def test_a_payment_that_nobody_answers_in_time_fails_and_is_counted(tmp_path: Path):
    timing = replace(HASTY, checkout_answer_s=0.05)
    async with running_telegram(tmp_path, timing=timing) as telegram, telegram.bot() as bot:
        phone = telegram.phone()
        phone.send_text("/start")
        await invoice(bot)
        unanswered = await phone.pay()
        assert unanswered.state == "unanswered"
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_pre_checkout_query(unanswered.query_id, ok=True)
        counts = (await telegram.client.get("/sim/stars")).json()["counts"]
        assert (counts["asked"], counts["unanswered"], counts["paid"]) == (1, 1, 0)
        assert phone.view().stars == STARS_AT_FIRST


async def test_a_no_needs_a_reason_and_no_query_is_answered_twice(
    telegram: RunningTelegram, bot: Bot, phone: Phone
):
    await invoice(bot)
    query_id = phone.begin_payment()
    with pytest.raises(TelegramBadRequest, match="ERROR_TEXT_EMPTY"):
        await bot.answer_pre_checkout_query(query_id, ok=False)
    await bot.answer_pre_checkout_query(query_id, ok=True)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_pre_checkout_query(query_id, ok=True)
    assert telegram.problems() == ["Bad Request: ERROR_TEXT_EMPTY"]


async def test_a_query_about_a_payment_is_kept_for_a_moment_only(
    telegram: RunningTelegram, bot: Bot, phone: Phone
):
    await invoice(bot)
    phone.begin_payment()
    telegram.world.advance(151)
    assert await bot.get_updates() == []


async def test_a_payment_goes_back_once_and_the_bot_is_told(
    telegram: RunningTelegram, bot: Bot, phone: Phone, till: Till
):
    await invoice(bot)
    paid = await phone.pay()
    for user_id, charge_id in ((42, "stx"), (7, paid.charge_id)):
        with pytest.raises(TelegramBadRequest, match="CHARGE_ID_INVALID"):
            await bot.refund_star_payment(user_id, charge_id)
    assert await bot.refund_star_payment(42, paid.charge_id)
    with pytest.raises(TelegramBadRequest, match="CHARGE_ALREADY_REFUNDED"):
        await bot.refund_star_payment(42, paid.charge_id)
    told = await eventually(lambda: till.heard[2:])
    assert told[0].message.refunded_payment.telegram_payment_charge_id == paid.charge_id
    assert phone.view().stars == STARS_AT_FIRST
    assert telegram.problems() == ["Bad Request: CHARGE_ID_INVALID"] * 2


async def test_transactions_are_listed_in_pages_the_oldest_first(
    telegram: RunningTelegram, bot: Bot, phone: Phone, till: Till
):
    await invoice(bot)
    first, second = await phone.pay(), await phone.pay()
    behind = {"charge_id": first.charge_id, "loses_update": True}
    assert (await telegram.client.post("/sim/stars/refund", json=behind)).is_success
    assert (await telegram.client.post("/sim/stars/refund", json=behind)).status_code == 409
    changed = {"charge_id": second.charge_id, "stars": 1}
    assert (await telegram.client.post("/sim/stars/change", json=changed)).is_success
    head = (await bot.get_star_transactions(limit=2)).transactions
    tail = (await bot.get_star_transactions(offset=2)).transactions
    assert [(one.id, one.amount) for one in head] == [(first.charge_id, 525), (second.charge_id, 1)]
    assert isinstance(head[0].source, TransactionPartnerUser)
    assert head[0].source.invoice_payload == "order:1"
    assert [(one.id, one.source, one.receiver.user.id) for one in tail] == [
        (first.charge_id, None, 42)
    ]
    with pytest.raises(TelegramBadRequest, match="LIMIT_INVALID"):
        await bot.get_star_transactions(limit=101)


async def test_a_lost_update_leaves_the_payment_in_the_list_alone(
    telegram: RunningTelegram, bot: Bot, phone: Phone, till: Till
):
    await invoice(bot)
    path = "/sim/people/42/pay"
    paid = (await telegram.client.post(path, json={"loses_update": True})).json()
    assert paid["state"] == "paid"
    phone.send_text("after it")
    await eventually(lambda: len(till.heard) == 2)
    assert till.heard[1].message.text == "after it"
    [listed] = (await bot.get_star_transactions()).transactions
    assert listed.id == paid["charge_id"]
    assert (await telegram.client.get("/sim/stars")).json()["counts"]["lost_updates"] == 1


async def test_nobody_pays_what_they_do_not_own_or_what_is_no_invoice(
    telegram: RunningTelegram, bot: Bot, phone: Phone
):
    with pytest.raises(NothingThereError):
        phone.begin_payment()
    await invoice(bot)
    assert (await telegram.client.post("/sim/people/42/stars", json={"stars": 524})).is_success
    with pytest.raises(ImpossibleError, match="fewer than 525"):
        phone.begin_payment()


async def test_stars_and_their_transactions_outlive_a_restart(tmp_path: Path):
    async with running_telegram(tmp_path) as telegram, telegram.bot() as bot:
        phone = telegram.phone()
        phone.send_text("/start")
        await invoice(bot)
        await bot.answer_pre_checkout_query(phone.begin_payment(), ok=True)
    async with running_telegram(tmp_path) as telegram, telegram.bot() as bot:
        assert telegram.phone().view().stars == STARS_AT_FIRST - 525
        [listed] = (await bot.get_star_transactions()).transactions
        assert await bot.refund_star_payment(42, listed.id)
