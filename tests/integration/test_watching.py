"""A watched bucket is seen as it is, whatever happens to the server meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from contracts.bus import Bus, Change, Values, declare, open_bus, watch, watching
from contracts.topology import STATUS, Service
from tests.eventually import eventually
from tests.outbox_world import admin, let_an_admin_in
from tests.servers import NatsServer

TURNS = 20
SOON_S = 20.0


class Seen:
    """What a watcher knows, as the workers' boards know it."""

    def __init__(self) -> None:
        self.now: dict[str, bytes] = {}
        self.changes: list[Change] = []
        self.begun = 0
        self.is_current = False

    def begin(self) -> None:
        self.now.clear()
        self.is_current = False
        self.begun += 1

    def caught_up(self) -> None:
        self.is_current = True

    def see(self, change: Change) -> None:
        self.changes.append(change)
        if change.value is None:
            self.now.pop(change.key, None)
        else:
            self.now[change.key] = change.value

    async def becomes(self, **expected: bytes) -> None:
        await eventually(lambda: self.is_current and self.now == expected, within_s=SOON_S)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT_S", 0.2)
    monkeypatch.setattr(watching, "SILENCE_S", 0.6)
    monkeypatch.setattr(watching, "BEGIN_AGAIN_S", (0.05,))


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncGenerator[Bus]:
    let_an_admin_in(nats_server)
    settings = nats_server.settings(Service.VIDEOGEN)
    async with open_bus(settings, Service.VIDEOGEN) as bus:
        # The consumers of the others' streams are not wanted here, only the bucket.
        declaring = asyncio.ensure_future(declare(bus))
        await eventually(lambda: is_there(bus), within_s=SOON_S)
        yield bus
        declaring.cancel()
        await asyncio.wait({declaring})


async def is_there(bus: Bus) -> bool:
    try:
        await bus.js.stream_info(STATUS.stream)
    except Exception as error:
        raise AssertionError("no bucket yet") from error
    return True


@asynccontextmanager
async def watched(bus: Bus) -> AsyncGenerator[Seen]:
    seen = Seen()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch(bus, STATUS, seen))
        try:
            yield seen
        finally:
            task.cancel()


async def put(bus: Bus, key: str, value: bytes) -> None:
    values = Values.of(bus, STATUS)

    async def written() -> bool:
        try:
            await values.create(key, value)
        except Exception as error:
            raise AssertionError(repr(error)) from error
        return True

    await eventually(written, within_s=SOON_S)


async def test_it_sees_what_is_there_then_changes_and_deletions(bus):
    values = Values.of(bus, STATUS)
    first = await values.create("a", b"1")
    await values.create("b", b"2")
    await values.create("gone", b"")
    await values.delete("gone")
    async with watched(bus) as seen:
        await seen.becomes(a=b"1", b=b"2")
        await values.update("a", b"3", first)
        await seen.becomes(a=b"3", b=b"2")
        await values.delete("b")
        await seen.becomes(a=b"3")
        await values.create("b", b"4")
        await seen.becomes(a=b"3", b=b"4")
        times = [change.at for change in seen.changes[-3:]]
        assert times == sorted(times)
        assert seen.begun == 1


async def test_of_an_empty_bucket_everything_is_seen_at_once(bus):
    async with watched(bus) as seen:
        await seen.becomes()
        await put(bus, "a", b"1")
        await seen.becomes(a=b"1")


async def test_it_stays_with_one_consumer_while_nothing_happens(bus):
    async with watched(bus) as seen:
        await seen.becomes()
        heartbeats = 5 * watching.HEARTBEAT_S
        assert heartbeats > watching.SILENCE_S
        await asyncio.sleep(heartbeats)  # silence is what is proven here
        assert seen.begun == 1


async def test_it_begins_again_after_the_server_was_killed_and_came_back(nats_server, bus):
    await put(bus, "a", b"1")
    async with watched(bus) as seen:
        await seen.becomes(a=b"1")
        begun = seen.begun
        nats_server.kill()
        nats_server.start()
        await put(bus, "b", b"2")
        await seen.becomes(a=b"1", b=b"2")
        assert seen.begun > begun


async def test_it_begins_again_after_its_consumer_was_deleted(nats_server, bus):
    await put(bus, "a", b"1")
    async with watched(bus) as seen:
        await seen.becomes(a=b"1")
        async with admin(nats_server) as js:
            [consumer] = await js.consumers_info(STATUS.stream)
            await js.delete_consumer(STATUS.stream, consumer.name)
        await put(bus, "b", b"2")
        await seen.becomes(a=b"1", b=b"2")
        assert seen.begun == 2


async def test_it_begins_again_after_its_bucket_was_made_anew(nats_server, bus):
    await put(bus, "a", b"1")
    async with watched(bus) as seen:
        await seen.becomes(a=b"1")
        async with admin(nats_server) as js:
            config = (await js.stream_info(STATUS.stream)).config
            await js.delete_stream(STATUS.stream)
            await js.add_stream(config)
        await put(bus, "b", b"2")
        await seen.becomes(b=b"2")


async def test_a_gap_in_what_comes_makes_it_begin_again(bus, monkeypatch):
    """As when a message is lost on a connection that broke and came back."""
    lost = []
    subscribe = bus.client.subscribe

    async def lossy(inbox, cb, **limits):
        async def hear(message):
            if message.data == b"lost" and not lost:
                lost.append(message)
            else:
                await cb(message)

        return await subscribe(inbox, cb=hear, **limits)

    monkeypatch.setattr(bus.client, "subscribe", lossy)
    async with watched(bus) as seen:
        await seen.becomes()
        await put(bus, "a", b"lost")
        await seen.becomes(a=b"lost")
        assert (len(lost), seen.begun) == (1, 2)


async def test_a_cancellation_ends_it_at_once(bus):
    await put(bus, "a", b"1")
    for turn in range(TURNS):
        seen = Seen()
        task = asyncio.ensure_future(watch(bus, STATUS, seen))
        if turn % 2:
            await seen.becomes(a=b"1")
        else:
            await asyncio.sleep(0.002 * turn)  # in the midst of its beginning
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        assert task.cancelled()
