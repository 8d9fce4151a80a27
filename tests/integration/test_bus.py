"""The bus goes round what nats-py and a restarting server do to a service."""

import asyncio
import shutil
from uuid import uuid4

import pytest

from contracts import topology
from contracts.bus import (
    KeyExistsError,
    KeyMissingError,
    NoAnswerError,
    ObjectMissingError,
    Objects,
    RevisionMovedError,
    Values,
    ask,
    consume,
    declare,
    tail_of,
)
from contracts.messages import GetTerms, JobProgress, Terms
from contracts.topology import Consumer, Service
from tests.eventually import eventually

SUBJECT = topology.videogen_event("job_progress", "tg:1")


def consumer(**more) -> Consumer:
    return Consumer(
        "bot-progress",
        topology.VIDEOGEN,
        Service.BOT,
        (SUBJECT.rpartition(".")[0] + ".*",),
        **{"ack_wait_s": 1.0, **more},
    )


@pytest.fixture
async def videogen(connect):
    bus = await connect(Service.VIDEOGEN)
    await declare(bus)
    return bus


@pytest.fixture
async def bot(connect):
    return await connect(Service.BOT)


class Consuming:
    """Runs the loop over `handle` for the time of a test."""

    def __init__(self, bus, reading, handle, workers=1):
        self.stop = asyncio.Event()
        self.task = asyncio.ensure_future(consume(bus, reading, handle, self.stop, workers=workers))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.stop.set()
        if not self.task.cancelled():
            await self.task


async def test_a_message_that_fails_comes_again_and_is_then_done(videogen, bot):
    attempts = []

    async def handle(delivery):
        attempts.append(delivery.attempt)
        if delivery.attempt == 1:
            raise RuntimeError("the first attempt fails")

    await videogen.publish(SUBJECT, b"1", message_id="1")
    async with Consuming(bot, consumer(), handle):
        await eventually(lambda: attempts == [1, 2])
        await eventually(lambda: is_drained(bot))


async def test_a_slow_handler_keeps_its_message(videogen, bot):
    attempts = []
    release = asyncio.Event()

    async def handle(delivery):
        attempts.append(delivery.attempt)
        await release.wait()

    await videogen.publish(SUBJECT, b"1", message_id="1")
    async with Consuming(bot, consumer(ack_wait_s=0.3), handle, workers=2):
        await eventually(lambda: attempts == [1])
        # Several waits of the server pass; without heartbeats the second worker would get it.
        for _ in range(40):
            await asyncio.sleep(0.03)
            assert attempts == [1]
        release.set()
        await eventually(lambda: is_drained(bot))


async def test_a_message_whose_acknowledgement_was_lost_is_not_handled_twice(
    videogen, bot, nats_server
):
    handled = []

    async def handle(delivery):
        handled.append(delivery.data)
        if delivery.data == b"1":
            nats_server.kill()
            nats_server.start()

    await videogen.publish(SUBJECT, b"1", message_id="1")
    async with Consuming(bot, consumer(ack_wait_s=1.0), handle):
        await eventually(lambda: handled == [b"1"])
        await videogen.publish(SUBJECT, b"2", message_id="2")
        await eventually(lambda: is_drained(bot), within_s=20)
    assert handled == [b"1", b"2"]


async def test_the_last_attempt_is_set_aside(connect, videogen, bot):
    ledger = await connect(Service.LEDGER)
    await declare(ledger)

    async def handle(delivery):
        raise RuntimeError("always")

    await videogen.publish(SUBJECT, b"1", message_id="1")
    async with Consuming(bot, consumer(attempts_max=2), handle):
        await eventually(lambda: copies(ledger, at_least=1))
        await eventually(lambda: is_drained(bot))


async def test_a_message_that_no_retry_helps_is_set_aside_at_once(connect, videogen, bot):
    ledger = await connect(Service.LEDGER)
    await declare(ledger)
    handled = []

    async def handle(delivery):
        handled.append(delivery.attempt)
        delivery.parse(JobProgress)

    await videogen.publish(SUBJECT, b"not json", message_id="1")
    async with Consuming(bot, consumer(), handle):
        tail = await eventually(lambda: copies(ledger, at_least=2))
    assert handled == [1]
    kept = await ledger.js.get_msg("SET_ASIDE", seq=1)
    assert kept.data == b"not json"
    assert kept.headers["Set-Aside-Subject"] == SUBJECT
    assert tail.sequence == 2, "the copy, and the server's word that it was terminated"


async def test_a_deleted_consumer_is_declared_again(connect, videogen, nats_server, bot):
    handled = []

    async def handle(delivery):
        handled.append(delivery.data)

    async with Consuming(bot, consumer(), handle):
        await videogen.publish(SUBJECT, b"1", message_id="1")
        await eventually(lambda: handled == [b"1"])
        nats_server.kill()
        (storage,) = nats_server.server.folder.glob("data/jetstream/*/streams/VIDEOGEN/obs")
        shutil.rmtree(storage)
        nats_server.start()
        await videogen.publish(SUBJECT, b"2", message_id="2")
        # A new consumer starts from the beginning, so the first one may come again.
        await eventually(lambda: b"2" in handled, within_s=20)


async def test_a_consumer_waits_for_a_stream_whose_owner_starts_later(connect, bot):
    handled = []

    async def handle(delivery):
        handled.append(delivery.data)

    async with Consuming(bot, consumer(), handle):
        owner = await connect(Service.VIDEOGEN)
        await declare(owner)
        await owner.publish(SUBJECT, b"1", message_id="1")
        await eventually(lambda: handled == [b"1"])


async def test_a_cancelled_handler_gives_its_message_back(videogen, bot):
    started = asyncio.Event()

    async def hangs(delivery):
        started.set()
        await asyncio.Event().wait()

    await videogen.publish(SUBJECT, b"1", message_id="1")
    loop = Consuming(bot, consumer(ack_wait_s=60), hangs)
    await started.wait()
    loop.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop.task
    handled = []

    async def handle(delivery):
        handled.append(delivery.attempt)

    async with Consuming(bot, consumer(ack_wait_s=60), handle):
        await eventually(lambda: handled == [2])


async def test_a_repeated_publish_is_stored_once(videogen):
    first = await videogen.publish(SUBJECT, b"1", message_id="same")
    again = await videogen.publish(SUBJECT, b"1", message_id="same")
    assert first == again
    assert (await tail_of(videogen, topology.VIDEOGEN)).sequence == 1


async def test_a_restarted_server_is_found_again(videogen, nats_server):
    nats_server.kill()
    nats_server.start()
    await videogen.publish(SUBJECT, b"1", message_id="after the restart")
    assert (await tail_of(videogen, topology.VIDEOGEN)).sequence == 1


async def test_silence_is_no_answer(bot):
    with pytest.raises(NoAnswerError):
        await ask(bot, topology.TERMS, GetTerms(), Terms, wait_s=0.5)


async def test_a_key_is_created_once_and_changed_only_as_it_was_read(bot):
    await declare(bot)
    values = Values.of(bot, topology.DRAFTS)
    with pytest.raises(KeyMissingError):
        await values.get("tg.1")
    revision = await values.create("tg.1", b"a")
    with pytest.raises(KeyExistsError):
        await values.create("tg.1", b"b")
    await values.update("tg.1", b"c", revision)
    with pytest.raises(RevisionMovedError):
        await values.update("tg.1", b"d", revision)
    await values.delete("tg.1")
    assert await values.create("tg.1", b"e")
    assert (await values.get("tg.1"))[0] == b"e"


async def test_an_object_is_read_whole_and_a_missing_one_is_an_error(bot):
    await declare(bot)
    objects = Objects.of(bot, topology.DRAFT_PHOTOS)
    data = uuid4().bytes * 40_000
    await objects.put("tg.1/photo", data)
    await objects.put("tg.1/photo", data)
    assert await objects.get("tg.1/photo") == data
    with pytest.raises(ObjectMissingError):
        await objects.get("tg.1/another")


async def is_drained(bus):
    info = await bus.js.consumer_info("VIDEOGEN", "bot-progress")
    return info.num_pending == 0 and info.num_ack_pending == 0


async def copies(ledger, at_least):
    tail = await tail_of(ledger, topology.SET_ASIDE)
    return tail if tail.sequence >= at_least else None
