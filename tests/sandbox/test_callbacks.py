"""Taps: which button, how often, how late, and on messages that are gone."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InaccessibleMessage, InlineKeyboardButton, InlineKeyboardMarkup

from infra.sandbox.telegram.impossible import ImpossibleError
from infra.sandbox.telegram.phone import Phone
from infra.sandbox.telegram.tapping import Tap
from tests.telegram_fixture import RunningTelegram


async def asked(bot: Bot, phone: Phone, text: str = "Создать?") -> int:
    if not phone.view().person.is_started:
        phone.send_text("/start")
    row = [
        InlineKeyboardButton(text="Да", callback_data="yes"),
        InlineKeyboardButton(text="Сайт", url="https://x.test"),
        InlineKeyboardButton(text="Запущено", disabled={}),
    ]
    markup = InlineKeyboardMarkup(inline_keyboard=[row])
    return (
        await bot.send_message(phone.view().person.person_id, text, reply_markup=markup)
    ).message_id


async def taps(bot: Bot) -> list:
    updates = await bot.get_updates()
    return [update.callback_query for update in updates if update.callback_query]


async def test_a_tap_is_answered_once(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    message_id = await asked(bot, phone)
    tapped = phone.tap(Tap(label="Да"))
    assert (tapped.action, tapped.value, tapped.message_id) == ("callback_data", "yes", message_id)
    [query] = await taps(bot)
    assert (query.id, query.data) == (tapped.callback_ids[0], "yes")
    assert query.message.text == "Создать?"
    assert not phone.view().callbacks[-1].is_answered

    await bot.answer_callback_query(query.id, text="Запускаю", show_alert=True)
    seen = phone.view().callbacks[-1]
    assert (seen.is_answered, seen.text, seen.show_alert) == (True, "Запускаю", True)
    with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired"):
        await bot.answer_callback_query(query.id)
    assert telegram.problems() == []


async def test_a_tap_is_too_old_after_15_s(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    await asked(bot, phone)
    phone.tap(Tap(data="yes"))
    [query] = await taps(bot)
    await telegram.client.post("/sim/clock", json={"advance_s": 16})
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query.id)


async def test_a_double_tap_is_two_queries(telegram: RunningTelegram, bot: Bot):
    await asked(bot, telegram.phone())
    tapped = await telegram.client.post("/sim/people/42/tap", json={"label": "Да", "times": 2})
    queries = await taps(bot)
    assert [query.id for query in queries] == tapped.json()["callback_ids"]
    assert len({query.id for query in queries}) == 2


async def test_the_newest_message_with_the_button_is_meant(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    older = await asked(bot, phone, "первый")
    newer = await asked(bot, phone, "второй")
    await bot.send_message(42, "без кнопок")
    assert phone.tap(Tap(label="Да")).message_id == newer
    assert phone.tap(Tap(label="Да", message_id=older)).message_id == older


async def test_stale_foreign_and_unseen_taps_reach_the_bot(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    message_id = await asked(bot, phone)
    await bot.edit_message_text("Отменено", chat_id=42, message_id=message_id)
    with pytest.raises(ImpossibleError, match="there is no button 'Да'"):
        phone.tap(Tap(label="Да"))
    phone.tap(Tap(data="yes", message_id=message_id, anyway=True))
    phone.tap(Tap(data="нечто чужое", anyway=True))
    phone.tap(Tap(data="yes", message_id=message_id, anyway=True, inaccessible=True))
    await bot.delete_message(42, message_id)
    phone.tap(Tap(data="yes", message_id=message_id, anyway=True))
    stale, foreign, unseen, deleted = await taps(bot)
    assert (stale.message.text, foreign.data) == ("Отменено", "нечто чужое")
    for query in (unseen, deleted):
        assert isinstance(query.message, InaccessibleMessage)
        assert (query.message.message_id, query.message.date) == (message_id, 0)


async def test_other_buttons_do_not_tell_the_bot(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    await asked(bot, phone)
    assert phone.tap(Tap(label="Сайт")).value == "https://x.test"
    with pytest.raises(ImpossibleError, match="the button is disabled"):
        phone.tap(Tap(label="Запущено"))
    refused = await telegram.client.post("/sim/people/42/tap", json={"label": "Нет такой"})
    assert refused.status_code == 409
    assert "there is no button 'Нет такой'" in refused.json()["error"]
    assert await taps(bot) == []


async def test_a_button_of_the_reply_keyboard_sends_its_text(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    phone.send_text("/start")
    markup = {"keyboard": [[{"text": "Баланс"}]]}
    await telegram.call("sendMessage", chat_id=42, text="Меню", reply_markup=markup)
    assert phone.tap(Tap(label="Баланс")).action == "text"
    updates = await bot.get_updates()
    assert updates[-1].message.text == "Баланс"
