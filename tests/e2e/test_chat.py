"""The chat keeps its promises when Telegram, the ledger or the bot itself misbehaves."""

import os
import signal

import pytest

from infra.sandbox.journey import scenes
from infra.sandbox.journey.person import said_by_bot, videos
from infra.sandbox.videogen import HOLD
from tests.e2e.conftest import jpeg
from tests.eventually import eventually

MUG = "Кружка «Север»"
RESEND = "Прислать ещё раз"


@pytest.fixture
async def person(stage):
    person = await stage.enter("Нина")
    await scenes.start(person)
    return person


async def fault(stage, **rule):
    (await stage.client.post("/sim/faults", json=rule)).raise_for_status()


async def test_an_order_is_told_from_the_queue_to_the_video(stage, person):
    with stage.frozen("videogen"):
        after = await person.last_message_id()
        job = await scenes.order(person, jpeg(600, 800), MUG)
        assert "В очереди. Кредит списан, баланс 0 кредитов" in job.text
    [video] = await scenes.video(person, after=after)
    assert MUG in video.text
    assert video.media.thumbnail_url
    assert (video.media.width, video.media.height) == (720, 1280)
    done = await person.see(
        lambda view: [one for one in said_by_bot(view, after) if "Готово ✅" in one.text],
        "the finished card",
    )
    assert done[0].message_id == job.message_id


async def test_a_job_that_ends_before_its_message_is_sent_is_shown_as_ended(stage, person):
    await fault(stage, kind="slow", method="sendMessage", contains="cancel:", delay_s=2)
    card = await scenes.put_together(person, jpeg(600, 800), "Кружка, проверка сбоя")
    await person.tap(card.confirm)
    await person.hear("Кредит вернулся", after=card.message.message_id)
    ended = await person.hear("Не получилось, кредит вернулся", after=card.message.message_id)
    assert ended.buttons == []


async def test_own_words_and_wishes_lead_to_a_video_too(stage, person):
    await person.photo(jpeg(800, 600, "orange"), MUG)
    await person.hear("шаблон")
    await person.tap("📝 Свой сценарий")
    await person.hear("сценарий")
    await person.text("Сначала кружка. Потом чай. Закажите сегодня")
    asked = await person.hear("пожелания")
    await person.text("у меня нет фона, сделайте светлый")
    card = await scenes.accept_script(person, after=asked.message_id)
    assert "у меня нет фона" in card.message.text
    assert "Баланс: 1 → 0" in card.message.text
    await person.tap(card.confirm)
    assert await scenes.video(person, after=card.message.message_id)


async def test_a_script_is_replaced_and_changed_before_anything_is_ordered(stage, person):
    card = await scenes.put_together(person, jpeg(600, 800), "Кружка & <чай>")
    await person.tap("🎬 Сценарий")
    first = await person.hear(scenes.SCRIPT, after=card.message.message_id)
    await person.tap("🔁 Другой вариант")
    second = await person.hear(scenes.SCRIPT, after=first.message_id)
    assert second.text != first.text
    await person.tap("✏️ Изменить")
    asked = await person.hear("свои титры", after=second.message_id)
    await person.text("Раз\n" + "ы" * 71)
    refused = await person.hear("Строка 2 слишком длинная", after=asked.message_id)
    await person.text("Чай & <лимон>\nЗаварите")
    changed = await person.hear(scenes.SCRIPT, after=refused.message_id)
    assert "1. Чай & <лимон>" in changed.text
    again = await scenes.accept_script(person, after=refused.message_id)
    await person.tap_data(card.confirm_data)
    await person.hear("Проверьте заказ", after=again.message.message_id)
    assert not await stage.books.events(person.account, "deducted")


async def test_what_was_sent_while_the_bot_was_dead_is_answered(stage, person):
    before = stage.pid_of("bot")
    os.kill(before, signal.SIGKILL)
    await person.text("/balance")
    await person.hear("Ваш баланс: 1 кредит")


async def test_the_same_update_twice_is_one_order(stage, person):
    card = await scenes.put_together(person, jpeg(600, 800), MUG)
    await fault(stage, kind="duplicate_update", contains=card.confirm_data, times=2)
    await person.tap(card.confirm)
    await scenes.video(person, after=card.message.message_id)
    assert len(await stage.books.events(person.account, "deducted")) == 1
    jobs = [one for one in said_by_bot(await person.chat()) if one.text.startswith(scenes.JOB)]
    assert len([one for one in jobs if one.media is None]) == 1


async def test_while_the_ledger_is_silent_the_person_is_told_the_truth(stage, person):
    card = await scenes.put_together(person, jpeg(600, 800), MUG)
    with stage.frozen("ledger"):
        await person.text("/balance")
        await person.hear("Сейчас не могу это узнать")
        await person.tap(card.confirm)
        await person.hear("Уточняю, принят ли заказ")
    await scenes.video(person, after=card.message.message_id)
    assert len(await stage.books.events(person.account, "deducted")) == 1


async def test_a_video_that_may_have_arrived_is_offered_and_not_repeated(stage, person):
    await fault(stage, kind="drop_reply", method="sendVideo")
    after = await person.last_message_id()
    await scenes.order(person, jpeg(600, 800), MUG)
    offered = await person.hear("не уверен, что оно дошло", after=after)
    assert len(videos(await person.chat())) == 1
    assert not await stage.books.events(person.account, "delivered")
    await person.tap(RESEND)
    await scenes.video(person, after=offered.message_id)
    await stage.books.until(person.account, "delivered")


async def test_telegrams_wish_to_wait_is_granted(stage, person):
    await fault(stage, kind="error", method="sendMessage", code=429, retry_after_s=1)
    await person.text("/balance")
    await person.hear("Ваш баланс: 1 кредит")


async def test_a_broken_answer_of_telegram_is_tried_again(stage, person):
    await fault(stage, kind="error", method="sendMessage", code=502)
    await person.text("/balance")
    await person.hear("Ваш баланс: 1 кредит")


async def test_who_blocked_the_bot_is_recorded_as_unreachable(stage, person):
    with stage.armed(HOLD):
        await scenes.order(person, jpeg(600, 800), MUG)
        await stage.books.until(person.account, "started")
        await person.block()
    await stage.books.until(person.account, "delivered")
    assert videos(await person.chat()) == []
    await person.unblock()
    await person.text("/history")
    await person.hear("чат был недоступен")


async def test_history_tells_every_credit(stage, person):
    after = await person.last_message_id()
    await scenes.order(person, jpeg(600, 800), MUG)
    await scenes.video(person, after=after)
    await stage.books.until(person.account, "delivered")
    await person.text("/history")
    told = await person.hear("История операций")
    assert "приветственный бонус · +1 · баланс 1" in told.text
    assert "−1 · баланс 0" in told.text


async def test_an_english_speaker_is_spoken_to_in_english(stage):
    person = await stage.enter("Ann", "en")
    await person.text("/start")
    await person.hear("I give you 1 credit")
    await person.text("/balance")
    await person.hear("Your balance: 1 credit")


async def test_an_old_card_shows_the_current_one(stage, person):
    old = await scenes.put_together(person, jpeg(600, 800), "Старая кружка")
    await person.photo(jpeg(700, 700, "navy"))
    fresh = scenes.Card(await person.hear("Проверьте заказ", after=old.message.message_id))
    [tap] = await person.tap_data(old.confirm_data)
    assert await person.toast(tap) == "Заказ изменился, проверьте карточку ещё раз."
    assert not await stage.books.events(person.account, "deducted")
    await person.hear("Проверьте заказ", after=fresh.message.message_id)


async def test_a_bot_that_was_updated_answers_old_taps(stage, person):
    """Telegram forgets a tap after a while; the answer to it is then refused, and nothing else."""
    card = await scenes.put_together(person, jpeg(600, 800), MUG)
    before = stage.pid_of("bot")
    os.kill(before, signal.SIGSTOP)
    await person.tap(card.confirm)
    (await stage.client.post("/sim/clock", json={"advance_s": 60})).raise_for_status()
    os.kill(before, signal.SIGCONT)
    await scenes.video(person, after=card.message.message_id)
    deducted = await eventually(lambda: stage.books.events(person.account, "deducted"))
    assert len(deducted) == 1
