"""A committed event reaches the stream, in order, whatever dies in between."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager

import nats.errors
import nats.js.errors
import pytest

from contracts import topology
from contracts.bus import declare
from contracts.topology import Service
from ledger.database import Bell
from ledger.domain.commands import OpenAccount, TopUp
from ledger.domain.rules import Rules
from ledger.log import Origin
from ledger.outbox import Outbox, StreamAheadError, StreamMovedError
from ledger.service import Ledger
from ledger.stream import LOG_HEADER, POSITION_HEADER, REFILL_HEADER, NatsPublisher
from tests.eventually import eventually

ME = "tg:1"
OPERATOR = Origin(actor="operator", correlation_id="c")
EVENTS = 60


async def fill(event_log, count):
    """Append until the log holds `count` events: an account, its bonus, then grants."""
    ledger = Ledger(event_log, Rules())
    await ledger.execute(OpenAccount(account_id=ME, terms_version="1"), OPERATOR)
    for number in range(count - 2):
        grant = TopUp(account_id=ME, grant_id=f"g{number}", credits=1, reason="promo")
        await ledger.execute(grant, OPERATOR)


async def published(bus):
    """Return the stream's messages as (position, was it a refill), in the stream's order."""
    state = (await bus.js.stream_info(topology.LEDGER.name)).state
    messages = [
        await bus.js.get_msg(topology.LEDGER.name, seq=sequence)
        for sequence in range(state.first_seq, state.last_seq + 1)
    ]
    return [(int(one.headers[POSITION_HEADER]), REFILL_HEADER in one.headers) for one in messages]


@asynccontextmanager
async def publishing(pool, publisher):
    stop = asyncio.Event()
    bell = Bell()
    task = asyncio.ensure_future(Outbox(pool, publisher, bell).run(stop))
    try:
        yield task
    finally:
        stop.set()
        bell.ring()
        if not task.done():
            await task


@pytest.fixture
async def bus(connect):
    bus = await connect(Service.LEDGER)
    await declare(bus)
    return bus


class Dying(Exception):
    pass


class DyingPublisher:
    """Dies at its n-th publish: just before the message is sent, or just after."""

    def __init__(self, publisher, deaths, *, after_sending):
        self.publisher, self.deaths, self.after_sending = publisher, deaths, after_sending
        self.state = publisher.state

    async def publish(self, one, **how):
        dies = one.position in self.deaths
        self.deaths = self.deaths - {one.position}
        if dies and not self.after_sending:
            raise Dying
        sequence = await self.publisher.publish(one, **how)
        if dies:
            raise Dying
        return sequence


@pytest.mark.parametrize("after_sending", [False, True])
async def test_an_outbox_that_dies_in_mid_batch_loses_repeats_and_reorders_nothing(
    pool, event_log, bus, after_sending
):
    await fill(event_log, EVENTS)
    publisher = DyingPublisher(NatsPublisher(bus), {5, 6, 40}, after_sending=after_sending)
    for _ in range(3):
        with pytest.raises(Dying):
            async with publishing(pool, publisher) as task:
                await task
    async with publishing(pool, publisher):
        expected = [(position, False) for position in range(1, EVENTS + 1)]
        await eventually(lambda: equal(bus, expected))


async def test_a_ledger_killed_while_it_publishes_loses_and_reorders_nothing(
    pool, event_log, bus, ledger_environment
):
    await fill(event_log, 400)
    environment = {**os.environ, **ledger_environment}

    def start():
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "ledger", "serve"],
            env=environment,
            stderr=subprocess.DEVNULL,
        )

    process = start()
    try:
        for reached in (20, 150):
            await eventually(lambda reached=reached: is_past(bus, reached), within_s=30)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = start()
        expected = list(range(1, 401))
        await eventually(lambda: positions_are(bus, expected), within_s=30)
    finally:
        process.kill()
        process.wait()


async def test_events_appended_while_nats_is_away_arrive_when_it_is_back(
    pool, event_log, bus, nats_server
):
    async with publishing(pool, NatsPublisher(bus)):
        nats_server.kill()
        await fill(event_log, 10)
        nats_server.start()
        await eventually(lambda: positions_are(bus, list(range(1, 11))), within_s=30)


async def test_a_wiped_stream_is_refilled_and_marked(pool, event_log, bus, nats_server):
    await fill(event_log, 10)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: positions_are(bus, list(range(1, 11))))
    nats_server.kill()
    shutil.rmtree(nats_server.server.folder / "data")
    nats_server.start()
    await Ledger(event_log, Rules()).execute(
        TopUp(account_id=ME, grant_id="later", credits=1, reason="promo"), OPERATOR
    )
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: positions_are(bus, list(range(1, 12))), within_s=30)
    assert [refill for _, refill in await published(bus)] == [True] * 10 + [False]


async def test_a_second_publisher_is_fenced_off(event_log, pool, bus):
    await fill(event_log, 3)
    publisher = NatsPublisher(bus)
    async with publishing(pool, publisher):
        await eventually(lambda: positions_are(bus, [1, 2, 3]))
    one = (await event_log.load(ME, ["account:tg:1"])).events["account:tg:1"]
    with pytest.raises(StreamMovedError):
        await publisher.publish(one, log_id="a stranger's", after=1, refill=False)
    assert await positions_are(bus, [1, 2, 3])


async def test_a_log_that_lacks_what_nats_has_seen_is_not_published(event_log, pool, bus):
    await fill(event_log, 3)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: positions_are(bus, [1, 2, 3]))
    log_id = str(await pool.fetchval("SELECT log_id FROM ledger.identity"))
    await bus.publish(
        "ledger.event.topped_up.tg:1",
        b"{}",
        message_id="from a lost tail",
        headers={LOG_HEADER: log_id, POSITION_HEADER: "4"},
    )
    with pytest.raises(StreamAheadError):
        await Outbox(pool, NatsPublisher(bus), Bell()).run(asyncio.Event())


async def equal(bus, expected):
    return await published(bus) == expected


async def positions_are(bus, expected):
    try:
        return [position for position, _ in await published(bus)] == expected
    except (nats.errors.Error, nats.js.errors.Error):
        return False  # The server is away, or the stream is not declared again yet.


async def is_past(bus, count):
    return (await bus.js.stream_info(topology.LEDGER.name)).state.last_seq >= count
