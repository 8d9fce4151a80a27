"""The steps of the journey, in the order in which they are told.

Each returns what it saw; it raises `AssertionError` with one sentence when something did not hold.
"""

import asyncio
import hashlib
import io
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from PIL import Image

from infra.sandbox.journey import films, scenes
from infra.sandbox.journey.books import Entry
from infra.sandbox.journey.person import Person, videos
from infra.sandbox.journey.stage import Stage, until
from infra.sandbox.ledger import CLOCK_AHEAD, CRASH_BEFORE_PUBLISH
from infra.sandbox.telegram.views import MessageView
from infra.sandbox.videogen import HELD, HOLD

Seen = dict[str, Any]
Step = Callable[[Stage], Awaitable[Seen]]

MUG = "Термокружка «Север», 450 мл. Держит тепло восемь часов"
BAG = "Рюкзак городской «Маршрут». Лёгкий, не боится дождя"
FAILING = "Кружка для проверки: проверка сбоя"
RESEMBLANCE_MARGIN = 0.2
MOTION_MIN = 2.0
PAST_DEADLINE_S = 16 * 60
HOLD_WAIT_S = 60.0
POLL_S = 0.05


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
    """Two photos become two videos, each of its own photo."""
    person = await stage.enter("Борис")
    await scenes.start(person)
    await stage.grant(person, 1)
    made: list[Seen] = []
    for number, (photo, text) in enumerate(zip(stage.photos, (MUG, BAG), strict=True)):
        after = await person.last_message_id()
        await scenes.order(person, photo, text)
        [message] = await scenes.video(person, after=after)
        made.append(await _watched(stage, person, message, number))
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


async def worker_killed(stage: Stage) -> Seen:
    """The worker dies in mid-render; another one takes over; the person gets one video."""
    person = await stage.enter("Захар")
    await scenes.start(person)
    after = await person.last_message_id()
    with stage.armed(HOLD):
        await scenes.order(person, stage.photos[0], MUG)
        before = await _held(stage)
        os.kill(before, signal.SIGKILL)
        stage.faults.disarm(HELD)
        now = await stage.reborn("videogen", before)
    await scenes.video(person, after=after)
    events = await _one_video(stage, person)
    return seen(person, events, pid_before=before, pid_after=now)


async def ledger_killed(stage: Stage) -> Seen:
    """The ledger dies between commit and publish; the event is delivered all the same."""
    person = await stage.enter("Ирина")
    await scenes.start(person)
    before = stage.pid_of("ledger")
    after = await person.last_message_id()
    with stage.armed(CRASH_BEFORE_PUBLISH, "deducted"):
        card = await scenes.put_together(person, stage.photos[1], BAG)
        await person.tap(card.confirm)
        [deducted] = await stage.books.until(person.account, "deducted")
        now = await stage.reborn("ledger", before)
        expect(stage.faults.armed(CRASH_BEFORE_PUBLISH) is None, "it died where it should")
    await scenes.video(person, after=after)
    events = await _one_video(stage, person)
    expect(len(only(events, "deducted")) == 1, "the order was not taken again")
    return seen(person, events, pid_before=before, pid_after=now, committed=deducted.position)


async def bot_killed(stage: Stage) -> Seen:
    """The bot dies after the video was settled and before it was sent; it arrives all the same."""
    person = await stage.enter("Кирилл")
    await scenes.start(person)
    before = stage.pid_of("bot")
    after = await person.last_message_id()
    hold = {"kind": "hold", "method": "sendVideo"}
    fault = (await stage.client.post("/sim/faults", json=hold)).raise_for_status().json()
    await scenes.order(person, stage.photos[0], MUG)
    [settled] = await stage.books.until(person.account, "settled")
    await _until_held(stage, fault["fault_id"], calls=1)
    os.kill(before, signal.SIGKILL)
    # Telegram notices that the caller is gone, so what it held back is never processed.
    await _until_held(stage, fault["fault_id"], calls=0)
    (await stage.client.delete("/sim/faults")).raise_for_status()
    now = await stage.reborn("bot", before)
    await scenes.video(person, after=after)
    events = await _one_video(stage, person)
    return seen(person, events, pid_before=before, pid_after=now, settled=settled.position)


async def nats_restarted(stage: Stage) -> Seen:
    """NATS dies while a video is being made and comes back; nothing is lost."""
    person = await stage.enter("Лидия")
    await scenes.start(person)
    after = await person.last_message_id()
    with stage.armed(HOLD):
        await scenes.order(person, stage.photos[1], BAG)
        await _held(stage)
        before = await stage.kill("nats")
        now = await stage.reborn("nats", before)
    await scenes.video(person, after=after)
    events = await _one_video(stage, person)
    return seen(person, events, pid_before=before, pid_after=now)


async def deadline(stage: Stage) -> Seen:
    """With videogen dead past the deadline the credit comes back and is never taken again."""
    person = await stage.enter("Марк")
    await scenes.start(person)
    with stage.frozen("videogen"):
        after = await person.last_message_id()
        await scenes.order(person, stage.photos[0], MUG)
        with stage.armed(CLOCK_AHEAD, str(PAST_DEADLINE_S)):
            [refunded] = await stage.books.until(person.account, "refunded")
            expect(refunded.reason == "deadline", "refunded because of the deadline")
            told = await person.hear("Кредит вернулся, баланс: 1 кредит", after=after)
    # The next order stands behind the late one in the same queue: when its video is here, the
    # late message has been read.
    after = await person.last_message_id()
    await scenes.order(person, stage.photos[1], BAG)
    await scenes.video(person, after=after)
    await stage.books.until(person.account, "delivered")
    events = await stage.books.events(person.account)
    late = [one for one in events if one.job_id == refunded.job_id]
    expect(kinds(late) == ["deducted", "refunded"], "the late job was neither started nor charged")
    expect(len(videos(await person.chat())) == 1, "no video of the late job")
    return seen(person, events, told=told.text)


async def conservation(stage: Stage) -> Seen:
    """The equations over the whole log, computed by SQL; and the bot never asked nonsense."""
    lines = await stage.books.equations()
    broken = [line["account"] for line in lines if not line["holds"]]
    expect(not broken, f"the equations do not hold for {broken}")
    breaches = await stage.books.breaches()
    expect(not breaches, "; ".join(breaches))
    open_jobs = sum(line["open"] for line in lines)
    expect(open_jobs == 0, f"{open_jobs} credits are still open")
    violations = (await stage.client.get("/sim/violations")).raise_for_status().json()
    expect(not violations, f"Telegram was asked nonsense: {violations[:1]}")
    names = ("topped_up", "deducted", "settled", "refunded", "open", "balance")
    sums = {name: int(sum(line[name] for line in lines)) for name in names}
    return {"account": None, "jobs": [], "positions": [1, await stage.books.head()], "sums": sums}


STEPS: dict[str, Step] = {
    "open": open_,
    "video": video,
    "failure": failure,
    "double_tap": double_tap,
    "count": count,
    "no_credits": no_credits,
    "cancel": cancel,
    "worker_killed": worker_killed,
    "ledger_killed": ledger_killed,
    "bot_killed": bot_killed,
    "nats_restarted": nats_restarted,
    "deadline": deadline,
    "conservation": conservation,
}


def expect(holds: object, what: str) -> None:
    if not holds:
        raise AssertionError(f"it does not hold that {what}")


def kinds(events: list[Entry]) -> list[str]:
    return [one.kind for one in events]


def only(events: list[Entry], kind: str) -> list[Entry]:
    return [one for one in events if one.kind == kind]


def seen(person: Person, events: list[Entry], **more: object) -> Seen:
    jobs = dict.fromkeys(str(one.job_id) for one in events if one.job_id)
    return {
        "account": person.account,
        "jobs": list(jobs),
        "positions": [one.position for one in events],
        **more,
    }


async def _one_video(stage: Stage, person: Person) -> list[Entry]:
    """Check that one order ended in one video, and return the account's events."""
    await stage.books.until(person.account, "delivered")
    events = await stage.books.events(person.account)
    expect(len(only(events, "settled")) == 1, "settled once")
    expect(len(videos(await person.chat())) == 1, "the person has one video")
    return events


async def _watched(stage: Stage, person: Person, message: MessageView, number: int) -> Seen:
    """Keep the video, decode it, and compare it with both photos."""
    media = message.media
    expect(media is not None, "the message holds a video")
    assert media is not None  # noqa: S101 - told by the line above
    expect((media.width, media.height) == (720, 1280), "Telegram was told the size")
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
    expect((film.codec, film.width, film.height) == ("h264", 720, 1280), "H.264 of 720×1280")
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


async def _held(stage: Stage) -> int:
    """Wait until a worker holds a job in mid-render; return its pid."""

    def holder() -> int | None:
        content = stage.faults.armed(HELD)
        return int(content.split()[0]) if content else None

    return await until(holder, "worker in mid-render", HOLD_WAIT_S)


async def _until_held(stage: Stage, fault_id: int, *, calls: int) -> None:
    """Wait until the sandbox's Telegram holds this many calls back."""
    for _ in range(int(HOLD_WAIT_S / POLL_S)):
        faults = (await stage.client.get("/sim/faults")).raise_for_status().json()
        if [fault["held"] for fault in faults if fault["fault_id"] == fault_id] == [calls]:
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError(f"Telegram does not hold {calls} calls back")


def _hex(event: Entry) -> str:
    expect(event.job_id is not None, "the event is about a job")
    return event.job_id.hex if event.job_id else ""
