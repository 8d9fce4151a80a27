"""What NATS lost comes back from the log, once and marked, as far as anybody needs it."""

import asyncio
import shutil
from uuid import UUID

import asyncpg
import pytest

from contracts.bus import declare
from contracts.topology import Service
from ledger.database import Bell
from ledger.domain.commands import Deduct, Deliver, OpenAccount, Refund, Settle, Start
from ledger.domain.rules import Rules
from ledger.outbox.leading import Outbox
from ledger.outbox.resuming import StreamAheadError
from ledger.outbox.stream import HASH_HEADER, LOG_HEADER, POSITION_HEADER, NatsPublisher
from ledger.service import open_ledger
from tests.eventually import eventually
from tests.outbox_world import (
    OPERATOR,
    Backup,
    admin,
    ends_with,
    fill,
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


@pytest.fixture
async def open_bus(connect, nats_server):
    """The ledger's bus to a server that an administrator may reach as well."""
    let_an_admin_in(nats_server)
    bus = await connect(Service.LEDGER)
    await declare(bus)
    return bus, nats_server


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


async def make_old(database, *, until):
    """Let the first events be from before seven days, and the very first from before thirty."""
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(MAKE_OLD, until)
    finally:
        await connection.close()


async def is_refilled(bus):
    try:
        return (await published(bus))[-EVENTS:] == [(n, True) for n in range(1, EVENTS + 1)]
    except Exception:  # noqa: BLE001 - the stream is not there again yet
        return False


async def knows_the_beginning(pool, sequence):
    return sequence == await pool.fetchval(
        "SELECT stream_intact_from FROM ledger.cursors WHERE name = 'outbox'"
    )
