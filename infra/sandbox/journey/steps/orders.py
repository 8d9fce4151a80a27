"""Steps about what a person orders, and what it costs."""

import asyncio
import hashlib
import io

from PIL import Image

from infra.sandbox.journey import films, scenes
from infra.sandbox.journey.books import Entry
from infra.sandbox.journey.person import Person, videos
from infra.sandbox.journey.scenes import BAG, MUG
from infra.sandbox.journey.seeing import Seen, expect, kinds, only, present, seen
from infra.sandbox.journey.stage import Stage
from infra.sandbox.telegram.views import MessageView
from infra.sandbox.videogen import HOLD

FAILING = "Кружка для проверки: проверка сбоя"
SIZES = {"9:16": (720, 1280), "3:4": (720, 960)}
"""Of a video, in the formats that are ordered here."""
RESEMBLANCE_MARGIN = 0.2
MOTION_MIN = 2.0


async def open_(stage: Stage) -> Seen:
    """Press Start twice: one account, one bonus, and the number in the text is the ledger's."""
    person = await stage.enter("Анна")
    welcome = await scenes.start(person)
    expect("1 кредит" in welcome.text, "the welcome names the bonus")
    await person.text("/start")
    await person.hear("С возвращением", after=welcome.message_id)
    events = await stage.books.events(person.account)
    expect(kinds(events) == ["account_opened", "topped_up"], "opened and welcomed once")
    return seen(person, events, balance=events[-1].balance_after)


async def video(stage: Stage) -> Seen:
    """Two photos become two videos, each of its own photo and in the format that was chosen."""
    person = await stage.enter("Борис")
    await scenes.start(person)
    await stage.grant(person, 1)
    made: list[Seen] = []
    orders = zip(stage.photos, (MUG, BAG), SIZES, strict=True)
    for number, (photo, text, format_) in enumerate(orders):
        after = await person.last_message_id()
        await scenes.order(person, photo, text, format_=format_)
        [message] = await scenes.video(person, after=after)
        made.append(await _watched(stage, person, message, number, SIZES[format_]))
    events = await stage.books.until(person.account, "delivered", count=2)
    everything = await stage.books.events(person.account)
    expect(len(only(everything, "settled")) == 2, "two deductions settled")
    expect(everything[-1].balance_after == 0, "two credits spent")
    return seen(person, everything, videos=made, delivered=len(events))


async def failure(stage: Stage) -> Seen:
    """A failed video gives the credit back once, and is told after the commit."""
    person = await stage.enter("Вера")
    await scenes.start(person)
    await scenes.order(person, stage.photos[0], FAILING)
    told = await person.hear("Кредит вернулся, баланс: 1 кредит")
    [refunded] = await stage.books.until(person.account, "refunded")
    said_at = await _said_at(stage, told)
    expect(said_at >= refunded.recorded_at, "told after the refund was committed")
    expect(refunded.reason == "provider_unavailable", "the reason is the provider's")
    expect(not videos(await person.chat()), "no video was sent")
    events = await stage.books.events(person.account)
    expect(events[-1].balance_after == 1, "the credit is back")
    return seen(
        person, events, told=told.text, told_after_s=round(said_at - refunded.recorded_at, 3)
    )


async def double_tap(stage: Stage) -> Seen:
    """Two taps on the confirm button are one order and one credit."""
    person = await stage.enter("Глеб")
    await scenes.start(person)
    await stage.grant(person, 4)
    after = await person.last_message_id()
    card = await scenes.put_together(person, stage.photos[0], MUG)
    first, second = await person.tap(card.confirm, times=2)
    answers = [await person.toast(tap) for tap in (first, second)]
    await scenes.video(person, after=after)
    # A client that still shows the old button taps once more, after everything.
    [late] = await person.tap_data(card.confirm_data)
    answers.append(await person.toast(late))
    deducted = await stage.books.events(person.account, "deducted")
    expect(len(deducted) == 1, "deducted once")
    expect(answers == ["Запускаю", "Уже запущено", "Уже запущено"], f"answers: {answers}")
    expect(len(videos(await person.chat())) == 1, "one video")
    await stage.books.until(person.account, "delivered")
    return seen(person, await stage.books.events(person.account), answers=answers)


async def count(stage: Stage) -> Seen:
    """Three videos with two credits: none is taken."""
    person = await stage.enter("Дарья")
    await scenes.start(person)
    await stage.grant(person, 1)
    card = await scenes.put_together(person, stage.photos[0], MUG, count=3)
    await person.tap(card.confirm)
    said = await person.hear("Не хватает: 1 кредит. Нужно: 3 кредита, у вас: 2 кредита")
    events = await stage.books.events(person.account)
    expect(not only(events, "deducted"), "none of the three was taken")
    expect(events[-1].balance_after == 2, "both credits are there")
    return seen(person, events, said=said.text)


async def no_credits(stage: Stage) -> Seen:
    """With nothing on the account the order is refused, and the gap is named."""
    person = await stage.enter("Егор")
    await scenes.start(person)
    after = await person.last_message_id()
    await scenes.order(person, stage.photos[1], BAG)
    await scenes.video(person, after=after)
    await stage.books.until(person.account, "delivered")
    card = await scenes.put_together(person, stage.photos[1], BAG)
    expect("Не хватает: 1 кредит" in card.message.text, "the card names the gap")
    await person.tap(card.confirm)
    said = await person.hear("Не хватает: 1 кредит. Нужно: 1 кредит, у вас: 0 кредитов")
    events = await stage.books.events(person.account)
    expect(len(only(events, "deducted")) == 1, "only the paid order was taken")
    return seen(person, events, said=said.text)


async def cancel(stage: Stage) -> Seen:
    """A queued job can be cancelled and refunded; a started one cannot."""
    person = await stage.enter("Жанна")
    await scenes.start(person)
    with stage.frozen("videogen"):
        after = await person.last_message_id()
        await scenes.order(person, stage.photos[0], MUG)
        await person.tap("Отменить")
        told = await person.hear("Кредит вернулся, баланс: 1 кредит", after=after)
        [refunded] = await stage.books.until(person.account, "refunded")
        expect(refunded.reason == "cancelled", "refunded because it was cancelled")
    with stage.armed(HOLD):
        after = await person.last_message_id()
        job = await scenes.order(person, stage.photos[0], MUG)
        [started] = await stage.books.until(person.account, "started")
        [tap] = await person.tap_data(f"cancel:{_hex(started)}")
        answer = await person.toast(tap)
        expect("отменить его нельзя" in answer, f"the started job is not cancelled: {answer}")
    await scenes.video(person, after=max(after, job.message_id))
    await stage.books.until(person.account, "delivered")
    events = await stage.books.events(person.account)
    expect([one.job_id for one in only(events, "started")] == [started.job_id], "one job started")
    return seen(person, events, told=told.text, answer=answer)


async def _watched(
    stage: Stage, person: Person, message: MessageView, number: int, size: tuple[int, int]
) -> Seen:
    """Keep the video, decode it, and compare it with both photos."""
    media = present(message.media, "the message holds a video")
    expect((media.width, media.height) == size, "Telegram was told the size")
    expect(media.duration_s in range(6, 9), "Telegram was told the duration")
    expect(media.thumbnail_url, "there is a thumbnail")
    data = await person.download(media.url)
    file = stage.out / f"video-{number + 1}.mp4"
    await asyncio.to_thread(file.write_bytes, data)
    film = await asyncio.to_thread(films.watch, file)
    own, other = (Image.open(io.BytesIO(stage.photos[index])) for index in (number, 1 - number))
    like_own, like_other = await asyncio.gather(
        asyncio.to_thread(film.resemblance, own), asyncio.to_thread(film.resemblance, other)
    )
    expect((film.codec, film.width, film.height) == ("h264", *size), f"H.264 of {size}")
    expect(6 <= film.duration_s <= 8, "6 to 8 seconds")
    expect(film.motion > MOTION_MIN, "something moves")
    expect(like_own > like_other + RESEMBLANCE_MARGIN, "it shows its own photo")
    return {
        "path": str(file),
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "codec": film.codec,
        "width": film.width,
        "height": film.height,
        "duration_s": film.duration_s,
        "motion": round(film.motion, 2),
        "resembles_own": round(like_own, 3),
        "resembles_other": round(like_other, 3),
    }


async def _said_at(stage: Stage, message: MessageView) -> float:
    """Return when the bot asked Telegram to send the message, in seconds since the epoch."""
    query = {"method": "sendMessage"}
    calls = (await stage.client.get("/sim/calls", params=query)).raise_for_status().json()
    chat_id = str(message.wire["chat"]["id"])
    about = [call["at"] for call in calls if call["parameters"].get("chat_id") == chat_id]
    return max(about)


def _hex(event: Entry) -> str:
    expect(event.job_id is not None, "the event is about a job")
    return event.job_id.hex if event.job_id else ""
