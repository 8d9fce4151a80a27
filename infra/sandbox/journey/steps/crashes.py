"""Steps in which something dies or hangs, and nothing is lost."""

import asyncio
import os
import signal

from infra.sandbox.journey import scenes
from infra.sandbox.journey.books import Entry
from infra.sandbox.journey.person import Person, videos
from infra.sandbox.journey.scenes import BAG, MUG
from infra.sandbox.journey.seeing import Seen, expect, kinds, only, seen
from infra.sandbox.journey.stage import Stage, until
from infra.sandbox.ledger import CLOCK_AHEAD, CRASH_BEFORE_PUBLISH
from infra.sandbox.videogen import HELD, HOLD

PAST_DEADLINE_S = 16 * 60
HOLD_WAIT_S = 60.0
POLL_S = 0.05


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


async def _one_video(stage: Stage, person: Person) -> list[Entry]:
    """Check that one order ended in one video, and return the account's events."""
    await stage.books.until(person.account, "delivered")
    events = await stage.books.events(person.account)
    expect(len(only(events, "settled")) == 1, "settled once")
    expect(len(videos(await person.chat())) == 1, "the person has one video")
    return events


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
