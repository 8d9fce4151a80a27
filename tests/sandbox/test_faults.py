"""Trouble on purpose: what the bot sees of it, and what has happened all the same."""

import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from tests.eventually import eventually
from tests.telegram_fixture import RunningTelegram


async def add(telegram: RunningTelegram, **rule: object) -> int:
    telegram.phone().send_text("/start")
    reply = await telegram.client.post("/sim/faults", json=rule)
    assert reply.status_code == 200, reply.text
    return reply.json()["fault_id"]


def texts(telegram: RunningTelegram) -> list[str]:
    return [message.text for message in telegram.phone().view().messages if message.outgoing]


def verdicts(telegram: RunningTelegram, method: str = "sendMessage") -> list[str]:
    return [call["verdict"] for call in telegram.world.log.calls(method=method)]


async def test_a_rule_strikes_so_often_and_only_what_it_names(telegram: RunningTelegram, bot: Bot):
    await add(telegram, kind="error", method="sendMessage", contains="видео", times=2, code=500)
    await bot.send_message(42, "текст")
    for _ in range(2):
        with pytest.raises(TelegramServerError, match="Internal Server Error"):
            await bot.send_message(42, "ваше видео")
    await bot.send_message(42, "ваше видео")
    assert texts(telegram) == ["текст", "ваше видео"]
    assert verdicts(telegram) == ["ok", "fault", "fault", "ok"]


async def test_too_many_requests_tells_how_long_to_wait(telegram: RunningTelegram, bot: Bot):
    await add(telegram, kind="error", code=429, retry_after_s=7)
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.send_message(42, "x")
    assert refusal.value.retry_after == 7
    await add(telegram, kind="error", code=403)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(42, "x")


async def test_after_a_reset_nothing_has_happened(telegram: RunningTelegram, bot: Bot):
    await add(telegram, kind="reset", method="sendMessage")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(42, "x")
    assert texts(telegram) == []


async def test_after_a_dropped_reply_it_has_happened(telegram: RunningTelegram, bot: Bot):
    await add(telegram, kind="drop_reply", method="sendMessage")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(42, "x")
    assert texts(telegram) == ["x"]


async def test_a_held_call_goes_on_when_released(telegram: RunningTelegram, bot: Bot):
    fault_id = await add(telegram, kind="hold", method="sendMessage")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bot.send_message(42, "x"))
        await eventually(lambda: verdicts(telegram) == ["held"])
        [fault] = (await telegram.client.get("/sim/faults")).json()
        assert (fault["held"], fault["left"]) == (1, 0)
        assert texts(telegram) == []
        await telegram.client.post(f"/sim/faults/{fault_id}/release")
    assert texts(telegram) == ["x"]
    again = await telegram.client.post(f"/sim/faults/{fault_id}/release")
    assert again.status_code == 404


async def test_a_held_call_whose_caller_is_gone_never_happens(telegram: RunningTelegram, bot: Bot):
    fault_id = await add(telegram, kind="hold", method="sendMessage")
    async with telegram.bot() as killed:
        sending = asyncio.ensure_future(killed.send_message(42, "lost"))
        await eventually(lambda: verdicts(telegram) == ["held"])
        sending.cancel()
        await eventually(lambda: verdicts(telegram) == ["gone"])
    await telegram.client.post(f"/sim/faults/{fault_id}/release")
    await bot.send_message(42, "kept")
    assert texts(telegram) == ["kept"]


async def test_a_slow_call_is_done_in_the_end(telegram: RunningTelegram, bot: Bot):
    await add(telegram, kind="slow", method="sendMessage", delay_s=0.05)
    await bot.send_message(42, "x")
    assert texts(telegram) == ["x"]


async def test_an_update_can_come_twice_although_it_was_confirmed(
    telegram: RunningTelegram, bot: Bot
):
    await add(telegram, kind="duplicate_update", method="getUpdates")
    [first] = await bot.get_updates()
    [again] = await bot.get_updates(offset=first.update_id + 1)
    assert again.update_id == first.update_id
    assert await bot.get_updates(offset=first.update_id + 1) == []


@pytest.mark.parametrize(
    "rule",
    [{"kind": "nonsense"}, {"kind": "error", "method": "sendMesage"}, {"kind": "slow", "dely": 1}],
)
async def test_a_malformed_rule_is_refused(unserved: RunningTelegram, rule: dict):
    reply = await unserved.client.post("/sim/faults", json=rule)
    assert reply.status_code == 422
    assert reply.json()["error"]
    assert (await unserved.client.get("/sim/faults")).json() == []


async def test_clearing_ends_all_rules(telegram: RunningTelegram, bot: Bot):
    await add(telegram, kind="error", times=100)
    assert (await telegram.client.delete("/sim/faults")).json() == []
    await bot.send_message(42, "x")
    assert texts(telegram) == ["x"]
