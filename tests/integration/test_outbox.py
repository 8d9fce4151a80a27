"""A committed event reaches the stream, in order, whatever dies in between."""

import asyncio
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest

from contracts.bus import Outgoing, SequenceMovedError, publish_in_order
from contracts.topology import Service
from infra.sandbox.faults import Faults
from infra.sandbox.ledger import CRASH_BEFORE_PUBLISH
from ledger.database import Bell
from ledger.domain.rules import Rules
from ledger.log.postgres import PostgresEventLog
from ledger.outbox.leading import Outbox, StreamMovedError
from ledger.outbox.stream import NatsPublisher
from ledger.service import open_ledger
from ledger.views.balances import Balances
from ledger.views.following import follow
from tests.eventually import eventually
from tests.outbox_world import (
    OPERATOR,
    ends_with,
    fill,
    grant,
    positions,
    published,
    publishing,
)

EVENTS = 60
LOCK_WAITERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


class Dying(Exception):
    pass


class DyingPublisher:
    """Dies once: before a batch is sent, when a part of it is stored, or when all of it is."""

    def __init__(self, publisher, *, stored):
        self.publisher, self.stored, self.deaths = publisher, stored, 1
        self.state = publisher.state

    async def publish(self, batch, **how):
        if not self.deaths:
            return await self.publisher.publish(batch, **how)
        self.deaths -= 1
        if part := batch[: int(len(batch) * self.stored)]:
            await self.publisher.publish(part, **how)
        raise Dying


@pytest.mark.parametrize("stored", [0, 0.1, 0.9, 1])
async def test_an_outbox_that_dies_in_mid_batch_loses_repeats_and_reorders_nothing(
    pool, event_log, bus, stored
):
    publisher = DyingPublisher(NatsPublisher(bus), stored=stored)
    for round_ in range(3):
        await fill(event_log, EVENTS, name=f"{round_}-")
        publisher.deaths = 1
        with pytest.raises(Dying):
            async with publishing(pool, publisher) as task:
                await task
    async with publishing(pool, publisher):
        await eventually(lambda: ends_with(bus, 3 * EVENTS))
    assert await published(bus) == [(position, False) for position in range(1, 3 * EVENTS + 1)]


async def test_a_ledger_killed_while_it_publishes_loses_and_reorders_nothing(
    pool, event_log, bus, ledger_environment
):
    count = 0

    async def append_until(stopped):
        nonlocal count
        await fill(event_log, 2)
        count = 2
        async with open_ledger(event_log, Rules()) as ledger:
            while not stopped.is_set():
                await eventually(lambda seen=count - 400: is_past(bus, seen), within_s=30)
                await asyncio.gather(
                    *(ledger.execute(grant(n), OPERATOR) for n in range(count, count + 40))
                )
                count += 40

    stopped = asyncio.Event()
    appending = asyncio.ensure_future(append_until(stopped))
    process = started("ledger", ledger_environment)
    try:
        for reached in (30, 600):
            await eventually(lambda reached=reached: is_past(bus, reached), within_s=30)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = started("ledger", ledger_environment)
        stopped.set()
        await appending
        await eventually(lambda: ends_with(bus, count), within_s=30)
        assert await published(bus) == [(position, False) for position in range(1, count + 1)]
    finally:
        stopped.set()
        process.kill()
        process.wait()


async def test_a_ledger_that_dies_in_the_middle_of_a_batch_goes_on_behind_what_it_stored(
    pool, event_log, bus, ledger_environment, tmp_path
):
    await fill(event_log, EVENTS)
    faults = Faults(tmp_path / "faults")
    faults.arm(CRASH_BEFORE_PUBLISH, "topped_up")
    environment = {**ledger_environment, "SANDBOX_FAULTS_DIR": str(tmp_path / "faults")}
    process = started("infra.sandbox.ledger", environment)
    assert process.wait(timeout=30) == -signal.SIGKILL
    assert await positions(bus) == [1]
    process = started("infra.sandbox.ledger", environment)
    try:
        await eventually(lambda: ends_with(bus, EVENTS), within_s=30)
    finally:
        process.kill()
        process.wait()
    assert await positions(bus) == list(range(1, EVENTS + 1))


async def test_no_follower_skips_an_event_whose_commit_is_delayed(pool, event_log, bus, database):
    await fill(event_log, 2)
    stop, bell = asyncio.Event(), Bell()
    following = asyncio.ensure_future(follow(pool, Balances(), bell, stop))
    slow = await asyncpg.connect(database.service)
    async with publishing(pool, NatsPublisher(bus)), open_ledger(event_log, Rules()) as quick:
        transaction = slow.transaction()
        await transaction.start()
        async with open_ledger(PostgresEventLog(slow), Rules()) as delayed:
            await delayed.execute(grant("slow"), OPERATOR)
        racing = [asyncio.ensure_future(quick.execute(grant(n), OPERATOR)) for n in range(20)]
        await eventually(lambda: pool.fetchval(LOCK_WAITERS))
        await eventually(lambda: ends_with(bus, 2))
        await transaction.commit()
        await asyncio.gather(*racing)
        await eventually(lambda: ends_with(bus, 23))
        assert await positions(bus) == list(range(1, 24))
        await eventually(lambda: balance_of(pool, 22))
        stop.set()
        bell.ring()
        await following
    await slow.close()


async def test_events_appended_while_nats_is_away_arrive_when_it_is_back(
    pool, event_log, bus, nats_server
):
    async with publishing(pool, NatsPublisher(bus)):
        nats_server.kill()
        await fill(event_log, EVENTS)
        nats_server.start()
        await eventually(lambda: ends_with(bus, EVENTS), within_s=30)
    assert await positions(bus) == list(range(1, EVENTS + 1))


async def test_of_two_that_lead_at_once_none_repeats_or_comes_between_the_other(
    pool, event_log, bus, connect
):
    """As when one was cut off from PostgreSQL, and another took the lead, and it does not know."""
    stop = asyncio.Event()
    leaders = [
        asyncio.ensure_future(lead_without_the_lock(pool, NatsPublisher(one), stop))
        for one in (bus, await connect(Service.LEDGER))
    ]
    for number in range(10):
        await fill(event_log, 70, name=f"{number}-")
    await eventually(lambda: ends_with(bus, 700), within_s=30)
    stop.set()
    moved = await asyncio.gather(*leaders)
    assert sum(moved) > 0, "they must have met"
    assert await positions(bus) == list(range(1, 701))


async def test_a_second_leader_that_refills_and_a_first_that_goes_on_leave_no_gap(
    pool, event_log, bus, connect
):
    stop = asyncio.Event()
    leaders = [
        asyncio.ensure_future(lead_without_the_lock(pool, NatsPublisher(one), stop))
        for one in (bus, await connect(Service.LEDGER))
    ]
    for number in range(10):
        await fill(event_log, 70, name=f"{number}-")
        await pool.execute(
            "UPDATE ledger.cursors SET republish_from = 5, republish_until = NULL "
            "WHERE name = 'outbox' AND position >= 5"
        )
    await eventually(lambda: nobody_wishes(pool), within_s=30)
    await eventually(lambda: ends_with(bus, 700), within_s=30)
    stop.set()
    await asyncio.gather(*leaders)
    found = await published(bus)
    for (before, _), (position, refill) in pairwise(found):
        assert position == before + 1 or (refill and position <= before), (before, position)
    assert {position for position, _ in found} == set(range(1, 701))


@pytest.mark.parametrize("count", [3, 40])
async def test_a_batch_behind_a_sequence_that_moved_is_not_stored(bus, count):
    batch = [Outgoing("ledger.event.topped_up.tg:1", b"{}", f"{n}") for n in range(count)]
    assert await publish_in_order(bus, batch, after=0) == count
    other = [Outgoing("ledger.event.topped_up.tg:1", b"{}", f"b{n}") for n in range(count)]
    for wrong in (0, count - 1, count + 1):
        with pytest.raises(SequenceMovedError):
            await publish_in_order(bus, other, after=wrong)
    assert (await bus.js.stream_info("LEDGER")).state.messages == count
    with pytest.raises(SequenceMovedError):
        await publish_in_order(bus, batch, after=count)
    assert (await bus.js.stream_info("LEDGER")).state.messages == count


async def test_a_second_publisher_is_fenced_off(event_log, pool, bus):
    await fill(event_log, 3)
    publisher = NatsPublisher(bus)
    async with publishing(pool, publisher):
        await eventually(lambda: ends_with(bus, 3))
    one = (await event_log.load(["tg:1"], ["account:tg:1"])).events["account:tg:1"]
    for after in (0, 1, 4):
        with pytest.raises(StreamMovedError):
            await publisher.publish([one], log_id="a stranger's", after=after, refill_until=0)
    assert await positions(bus) == [1, 2, 3]


async def lead_without_the_lock(pool, publisher, stop):
    """Return how often the stream was not where this leader had left it."""
    moved = 0
    outbox = Outbox(pool, publisher, Bell())
    while not stop.is_set():
        try:
            async with pool.acquire() as connection:
                await outbox._lead(connection, stop)
        except (StreamMovedError, TimeoutError):
            moved += 1
    return moved


def started(module, environment):
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *(["serve"] if module == "ledger" else [])],
        env={**os.environ, **environment, "PYTHONPATH": str(Path.cwd())},
        stderr=subprocess.DEVNULL,
    )


async def is_past(bus, count):
    return (await bus.js.stream_info("LEDGER")).state.last_seq >= count


async def balance_of(pool, credits_):
    return await pool.fetchval("SELECT balance FROM ledger.balances") == credits_


async def nobody_wishes(pool):
    return await pool.fetchval(
        "SELECT republish_from IS NULL FROM ledger.cursors WHERE name = 'outbox'"
    )
