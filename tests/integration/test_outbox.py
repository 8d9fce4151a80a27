"""A committed event reaches the stream, in order, whatever dies in between."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from contracts.bus import Outgoing, SequenceMovedError, declare, publish_in_order
from contracts.topology import Service
from infra.sandbox.faults import Faults
from infra.sandbox.ledger import CRASH_BEFORE_PUBLISH
from ledger.database import Bell
from ledger.domain.commands import Deduct, Deliver, OpenAccount, Refund, Settle, Start
from ledger.domain.rules import Rules
from ledger.log.postgres import PostgresEventLog
from ledger.outbox.leading import Outbox, StreamMovedError
from ledger.outbox.resuming import StreamAheadError
from ledger.outbox.stream import HASH_HEADER, LOG_HEADER, POSITION_HEADER, NatsPublisher
from ledger.service import open_ledger
from ledger.views.balances import Balances
from ledger.views.following import follow
from tests.eventually import eventually
from tests.outbox_world import (
    OPERATOR,
    Backup,
    admin,
    ends_with,
    fill,
    grant,
    let_an_admin_in,
    positions,
    published,
    publishing,
)

EVENTS = 60
MAKE_OLD = """
    UPDATE ledger.events SET recorded_at = recorded_at
        - CASE WHEN notification_id < 25 THEN interval '31 days' ELSE interval '8 days' END
    WHERE notification_id <= $1
"""
LOCK_WAITERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
async def bus(connect):
    bus = await connect(Service.LEDGER)
    await declare(bus)
    return bus


@pytest.fixture
async def open_bus(connect, nats_server):
    """The ledger's bus to a server that an administrator may reach as well."""
    let_an_admin_in(nats_server)
    bus = await connect(Service.LEDGER)
    await declare(bus)
    return bus, nats_server


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


async def wipe(server):
    async with admin(server) as js:
        await js.delete_stream("LEDGER")


async def purge(server):
    async with admin(server) as js:
        await js.purge_stream("LEDGER")


async def cut_off_the_beginning(server):
    async with admin(server) as js:
        await js.purge_stream("LEDGER", seq=20)


async def make_holes(server):
    async with admin(server) as js:
        for sequence in (7, 8, 30):
            await js.delete_msg("LEDGER", sequence)


async def delete_the_end(server):
    async with admin(server) as js:
        for sequence in (EVENTS, EVENTS - 1):
            await js.delete_msg("LEDGER", sequence)


async def recreate(server):
    async with admin(server) as js:
        config = (await js.stream_info("LEDGER")).config
        await js.delete_stream("LEDGER")
        await js.add_stream(config)


HARMS = [wipe, purge, cut_off_the_beginning, make_holes, delete_the_end, recreate]


@pytest.mark.parametrize("while_it_runs", [True, False], ids=["running", "down"])
@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
async def test_a_stream_that_lost_something_is_refilled_and_marked_once(
    pool, event_log, open_bus, harm, while_it_runs
):
    bus, nats_server = open_bus
    await fill(event_log, EVENTS)
    publisher = NatsPublisher(bus)
    if while_it_runs:
        async with publishing(pool, publisher):
            await eventually(lambda: ends_with(bus, EVENTS))
            await harm(nats_server)
            await eventually(lambda: is_refilled(bus))
            await fill(event_log, 1, name="later")
            await eventually(lambda: ends_with(bus, EVENTS + 1))
    else:
        async with publishing(pool, publisher):
            await eventually(lambda: ends_with(bus, EVENTS))
        await harm(nats_server)
        async with publishing(pool, publisher):
            await eventually(lambda: is_refilled(bus))
            await fill(event_log, 1, name="later")
            await eventually(lambda: ends_with(bus, EVENTS + 1))
    refilled = [(position, True) for position in range(1, EVENTS + 1)]
    assert (await published(bus))[-EVENTS - 1 :] == [*refilled, (EVENTS + 1, False)]

    # The next leader finds nothing amiss.
    before = (await bus.js.stream_info("LEDGER")).state.last_seq
    async with publishing(pool, publisher):
        await fill(event_log, 1, name="last")
        await eventually(lambda: ends_with(bus, EVENTS + 2))
    assert (await bus.js.stream_info("LEDGER")).state.last_seq == before + 1


async def test_nats_that_lost_everything_is_refilled_and_marked(pool, event_log, bus, nats_server):
    await fill(event_log, 10)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, 10))
    nats_server.kill()
    shutil.rmtree(nats_server.server.folder / "data")
    nats_server.start()
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, 10), within_s=30)
        await fill(event_log, 1, name="later")
        await eventually(lambda: ends_with(bus, 11))
    assert await published(bus) == [(position, position < 11) for position in range(1, 12)]


async def test_an_older_backup_of_nats_gets_what_it_lacks(pool, event_log, bus, nats_server):
    backup = Backup(nats_server)
    await fill(event_log, 10)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, 10))
        backup.take()
        await fill(event_log, EVENTS, name="lost")
        await eventually(lambda: ends_with(bus, 10 + EVENTS), within_s=30)
        backup.restore()
        await eventually(lambda: ends_with(bus, 10 + EVENTS), within_s=30)
    assert await published(bus) == [(position, position > 10) for position in range(1, 11 + EVENTS)]


JOB = UUID(int=7)
ORDERED = [
    OpenAccount(account_id="tg:1", terms_version="1"),
    Deduct(account_id="tg:1", price_credits=1, jobs=((JOB, "a" * 64),)),
]
START = Start(account_id="tg:1", job_id=JOB)
SETTLE = Settle(account_id="tg:1", job_id=JOB, video_digest="b" * 64)
DELIVER = Deliver(account_id="tg:1", job_id=JOB, outcome="sent", file_digest=None)
REFUND = Refund(account_id="tg:1", job_id=JOB, reason="internal")


@pytest.mark.parametrize(
    "fate",
    [
        ([], 3),
        ([START], 3),
        ([START, SETTLE], 3),
        ([START, SETTLE, DELIVER], 41),
        ([REFUND], 41),
    ],
    ids=["queued", "started", "undelivered", "delivered", "refunded"],
)
async def test_a_refill_reaches_back_seven_days_or_to_a_job_that_is_awaited(
    pool, event_log, open_bus, database, fate
):
    bus, nats_server = open_bus
    happened, start = fate
    async with open_ledger(event_log, Rules()) as ledger:
        for command in [*ORDERED, *happened]:
            await ledger.execute(command, OPERATOR)
    await fill(event_log, EVENTS)
    head = 3 + len(happened) + EVENTS
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, head))
    await make_old(database, until=40)
    await purge(nats_server)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, head))
    assert await positions(bus) == list(range(start, head + 1))


async def test_what_left_by_age_is_not_brought_back(pool, event_log, open_bus, database):
    bus, nats_server = open_bus
    await fill(event_log, EVENTS)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, EVENTS))
        await make_old(database, until=50)
        await cut_off_the_beginning(nats_server)
        await eventually(lambda: knows_the_beginning(pool, 20))
        await fill(event_log, 1, name="later")
        await eventually(lambda: ends_with(bus, EVENTS + 1))
    assert await positions(bus) == list(range(20, EVENTS + 2))


FORKS = [
    {POSITION_HEADER: "4"},
    {POSITION_HEADER: "2"},
    {LOG_HEADER: "11111111-1111-1111-1111-111111111111"},
    {HASH_HEADER: "0" * 64},
]


@pytest.mark.parametrize("fork", FORKS, ids=str)
async def test_a_log_that_contradicts_what_nats_has_seen_is_not_published(
    event_log, pool, bus, fork
):
    await fill(event_log, 3)
    row = await pool.fetchrow(
        "SELECT log_id::text, encode(hash, 'hex') AS hash FROM ledger.identity, ledger.events "
        "WHERE notification_id = 3"
    )
    headers = {LOG_HEADER: row["log_id"], POSITION_HEADER: "3", HASH_HEADER: row["hash"]}
    await bus.publish("ledger.event.x.tg:1", b"{}", message_id="other", headers=headers | fork)
    with pytest.raises(StreamAheadError):
        async with asyncio.timeout(10):
            await Outbox(pool, NatsPublisher(bus), Bell()).run(asyncio.Event())


async def test_a_message_of_the_time_before_hashes_is_followed(event_log, pool, bus):
    await fill(event_log, 3)
    log_id = await pool.fetchval("SELECT log_id::text FROM ledger.identity")
    headers = {LOG_HEADER: log_id, POSITION_HEADER: "2"}
    await bus.publish("ledger.event.topped_up.tg:1", b"{}", message_id="old", headers=headers)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, 3))
    assert await positions(bus) == [2, 3]


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


async def make_old(database, *, until):
    """Let the first events be from before seven days, and the very first from before thirty."""
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(MAKE_OLD, until)
    finally:
        await connection.close()


async def is_past(bus, count):
    return (await bus.js.stream_info("LEDGER")).state.last_seq >= count


async def is_refilled(bus):
    try:
        return (await published(bus))[-EVENTS:] == [(n, True) for n in range(1, EVENTS + 1)]
    except Exception:  # noqa: BLE001 - the stream is not there again yet
        return False


async def balance_of(pool, credits_):
    return await pool.fetchval("SELECT balance FROM ledger.balances") == credits_


async def nobody_wishes(pool):
    return await pool.fetchval(
        "SELECT republish_from IS NULL FROM ledger.cursors WHERE name = 'outbox'"
    )


async def knows_the_beginning(pool, sequence):
    return sequence == await pool.fetchval(
        "SELECT stream_intact_from FROM ledger.cursors WHERE name = 'outbox'"
    )
