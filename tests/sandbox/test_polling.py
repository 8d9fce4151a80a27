"""getUpdates as a bot's ingest knows it: offsets, waiting, conflicts, what is kept how long."""

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramConflictError, TelegramServerError

from infra.sandbox.telegram.storage import StateError, Storage
from tests.eventually import eventually
from tests.sandbox.pictures import picture
from tests.telegram_fixture import HASTY, PLAIN, RunningTelegram, running_telegram


async def ids(bot: Bot, **parameters: object) -> list[int]:
    return [update.update_id for update in await bot.get_updates(**parameters)]


async def parked(telegram: RunningTelegram) -> bool:
    return telegram.world.polling._parked is not None


async def test_an_offset_confirms_what_came_before_it(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    first, second, third = (phone.send_text(text).update_ids[0] for text in "abc")
    assert (second, third) == (first + 1, first + 2)
    assert await ids(bot, limit=2) == [first, second]
    assert await ids(bot, offset=second) == [second, third]
    assert await ids(bot) == [second, third]
    assert await ids(bot, offset=third + 100) == [second, third]  # not believed
    assert await ids(bot, offset=third + 1) == []


async def test_a_negative_offset_forgets_all_but_the_last(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    *_, last = (phone.send_text(text).update_ids[0] for text in "abc")
    assert await ids(bot, offset=-1) == [last]
    assert await ids(bot, offset=last) == [last]


async def test_a_parked_poll_gets_what_arrives(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(ids(bot, timeout=20))
        await eventually(lambda: parked(telegram))
        sent = phone.send_text("hi")
    assert poll.result() == sent.update_ids


async def test_a_second_poll_ends_the_older_one(telegram: RunningTelegram, bot: Bot):
    async with asyncio.TaskGroup() as tasks:
        older = tasks.create_task(_failing(bot))
        await eventually(lambda: parked(telegram))
        newer = tasks.create_task(ids(bot, timeout=20))
        message = await older
        sent = telegram.phone().send_text("hi")
    assert message == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    assert newer.result() == sent.update_ids
    assert telegram.problems() == []


async def _failing(bot: Bot) -> str:
    with pytest.raises(TelegramConflictError) as conflict:
        await bot.get_updates(timeout=20)
    return conflict.value.message


async def test_a_webhook_and_polling_exclude_each_other(telegram: RunningTelegram, bot: Bot):
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(_failing(bot))
        await eventually(lambda: parked(telegram))
        await bot.set_webhook("https://example.com/hook", secret_token="s")
    assert poll.result() == "Conflict: terminated by setWebhook request"
    assert (await bot.get_webhook_info()).url == "https://example.com/hook"
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    telegram.phone().send_text("kept")
    await bot.delete_webhook()
    assert len(await ids(bot)) == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_allowed_updates_are_remembered_and_applied_when_made(
    telegram: RunningTelegram, bot: Bot
):
    phone = telegram.phone()
    await bot.get_updates(allowed_updates=["callback_query", "my_chat_member"])
    assert phone.send_text("unwanted").update_ids == []
    await bot.get_updates()
    assert phone.send_text("still unwanted").update_ids == []
    assert len(phone.block().update_ids) == 1
    phone.unblock()
    await bot.get_updates(allowed_updates=[])
    assert len(phone.send_text("wanted again").update_ids) == 1
    reply = await telegram.call("getUpdates", allowed_updates=["mesage"])
    assert reply["description"] == "Bad Request: unknown update type mesage"


async def test_a_tap_is_forgotten_after_150_s_and_a_text_after_a_day(
    telegram: RunningTelegram, bot: Bot
):
    phone = telegram.phone()
    text = phone.send_text("/start").update_ids[0]
    message = await telegram.call(
        "sendMessage",
        chat_id=42,
        text="?",
        reply_markup={"inline_keyboard": [[{"text": "go", "callback_data": "1"}]]},
    )
    assert message["ok"]
    tapped = await telegram.client.post("/sim/people/42/tap", json={"label": "go"})
    telegram.world.advance(149)
    assert await ids(bot) == [text, *tapped.json()["update_ids"]]
    telegram.world.advance(2)
    assert await ids(bot) == [text]
    telegram.world.advance(24 * 3600)
    assert await ids(bot) == []


async def test_an_edit_is_an_update_of_its_own(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    message_id = phone.send_text("было").message_ids[0]
    phone.edit_text(message_id, "стало")
    _, update = await bot.get_updates()
    assert (update.edited_message.message_id, update.edited_message.text) == (message_id, "стало")
    assert update.edited_message.edit_date


async def test_a_restart_keeps_chats_and_queue_and_reuses_no_number(tmp_path: Path):
    async with running_telegram(tmp_path) as telegram, telegram.bot() as bot:
        phone = telegram.phone()
        await phone.send_photo(picture(), caption="кружка")
        await bot.send_message(42, "вижу")
        phone.send_text("confirmed")
        await bot.get_updates(offset=-1, allowed_updates=["message"])
        before = phone.view()
        (pending,) = await ids(bot)
        file_id = before.messages[0].media.file_id
    async with running_telegram(tmp_path) as telegram, telegram.bot() as bot:
        phone = telegram.phone()
        assert phone.view() == before
        assert await ids(bot) == [pending]
        sent = phone.send_text("after")
        assert sent.update_ids == [pending + 1]
        assert sent.message_ids == [before.messages[-1].message_id + 1]
        assert telegram.world.queue.allowed == {"message"}
        assert (await bot.send_photo(42, file_id)).photo[-1].file_id == file_id
        link = await bot.get_file(file_id)
        assert (await bot.download_file(link.file_path)).read()

        await telegram.client.post("/sim/reset")
        assert (await telegram.client.get("/sim/people")).json() == []
        again = telegram.phone().send_text("after a reset")
        assert again.update_ids[0] > sent.update_ids[0]
        assert again.message_ids[0] > sent.message_ids[0]


async def test_stopping_the_server_answers_a_parked_poll(tmp_path: Path):
    async with httpx.AsyncClient(timeout=10, verify=PLAIN) as client:
        async with running_telegram(tmp_path) as telegram:
            path = f"{telegram.address}/bot{telegram.token}/getUpdates"
            poll = asyncio.ensure_future(client.get(path, params={"timeout": 50}))
            await eventually(lambda: parked(telegram))
        assert (await poll).json() == {"ok": True, "result": []}


async def test_hurried_polls_are_slowed_down(tmp_path: Path):
    timing = replace(HASTY, repeated_poll_s=10, hasty_poll_s=10)
    async with running_telegram(tmp_path, timing=timing) as telegram, telegram.bot() as bot:
        phone = telegram.phone()
        assert await ids(bot) == []
        async with asyncio.TaskGroup() as tasks:
            again = tasks.create_task(ids(bot))
            await eventually(lambda: parked(telegram))
            sent = phone.send_text("one")
        phone.send_text("two")
        assert again.result() == sent.update_ids
        assert await ids(bot) == sent.update_ids  # one at a time


async def test_a_held_error_is_a_server_error(telegram: RunningTelegram, bot: Bot):
    await telegram.client.post(
        "/sim/faults", json={"kind": "error", "method": "getUpdates", "code": 502}
    )
    with pytest.raises(TelegramServerError, match="Bad Gateway"):
        await bot.get_updates()
    assert await ids(bot) == []


def test_a_damaged_state_is_named_in_a_sentence(tmp_path: Path):
    state = tmp_path / "telegram" / "state.sqlite"
    state.parent.mkdir()
    state.write_bytes(b"not a database" * 100)
    with pytest.raises(StateError, match="cannot be used"):
        Storage(state)
