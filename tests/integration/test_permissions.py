"""Each service can do only its own part, because the servers say so."""

import asyncio

import asyncpg
import nats.errors
import pytest

from contracts import topology
from contracts.bus import PermissionViolationError, declare
from contracts.topology import Service
from tests.eventually import eventually

ME = "tg:1"
READY = topology.videogen_event("video_ready", ME)
DEDUCTED = topology.ledger_event("deducted", ME)

FORBIDDEN = [
    (Service.BOT, READY),
    (Service.BOT, topology.videogen_event("video_failed", ME)),
    (Service.BOT, DEDUCTED),
    (Service.BOT, topology.START.subject(ME)),
    (Service.BOT, topology.TOP_UP.subject(ME)),
    (Service.BOT, "$KV.jobs.some-job"),
    (Service.BOT, "$JS.API.STREAM.PURGE.LEDGER"),
    (Service.BOT, "$JS.API.STREAM.DELETE.VIDEOGEN"),
    (Service.BOT, "$JS.API.CONSUMER.DELETE.VIDEOGEN.ledger-outcomes"),
    (Service.BOT, "$JS.API.CONSUMER.MSG.NEXT.LEDGER.videogen-jobs"),
    (Service.VIDEOGEN, topology.DEDUCT.subject(ME)),
    (Service.VIDEOGEN, topology.TOP_UP.subject(ME)),
    (Service.VIDEOGEN, topology.CANCEL.subject(ME)),
    (Service.VIDEOGEN, topology.BALANCE.subject(ME)),
    (Service.VIDEOGEN, DEDUCTED),
    (Service.VIDEOGEN, "$KV.orders.some-job"),
    (Service.VIDEOGEN, "$KV.drafts.tg.1"),
    (Service.OPERATOR, topology.DEDUCT.subject(ME)),
    (Service.OPERATOR, READY),
    (Service.LEDGER, READY),
    (Service.LEDGER, "$KV.orders.some-job"),
]
EAVESDROPPING = [
    (Service.BOT, "_INBOX_ledger.>"),
    (Service.VIDEOGEN, "_INBOX_bot.>"),
    (Service.VIDEOGEN, "bot.update.>"),
    (Service.BOT, "ledger.cmd.>"),
    (Service.VIDEOGEN, "ledger.cmd.>"),
    (Service.BOT, ">"),
]


@pytest.mark.parametrize(("service", "subject"), FORBIDDEN)
async def test_a_foreign_subject_is_refused_and_reported_loudly(connect, service, subject):
    bus = await connect(service)
    await bus.client.publish(subject, b"{}")
    with pytest.raises(PermissionViolationError):
        await bus.watch(never())


@pytest.mark.parametrize(("service", "subject"), EAVESDROPPING)
async def test_nobody_listens_to_what_is_not_theirs(connect, service, subject):
    bus = await connect(service)
    await bus.client.subscribe(subject)
    with pytest.raises(PermissionViolationError):
        await bus.watch(never())


async def test_what_the_bot_pretends_to_be_videogen_never_reaches_the_ledger(connect):
    videogen, bot = await connect(Service.VIDEOGEN), await connect(Service.BOT)
    await declare(videogen)
    with pytest.raises(nats.errors.TimeoutError):
        await bot.js.publish(READY, b"{}", timeout=0.2)
    assert (await videogen.js.stream_info("VIDEOGEN")).state.messages == 0


async def test_each_service_may_use_everything_that_it_owns(connect):
    """The other side of the coin: declaring and writing what is one's own raises no violation."""
    for service in (Service.LEDGER, Service.VIDEOGEN, Service.BOT):
        bus = await connect(service)
        await declare(bus)
        await declare(bus)
        await bus.client.flush()
        assert await eventually(lambda bus=bus: not bus._trouble.done())


async def test_postgresql_is_closed_to_whoever_has_no_password(database):
    host = database.service.partition("@")[2]
    for guess in ("ledger_service", "ledger_service:", "postgres", "bot:bot"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://{guess}@{host}")


def never():
    """Return a stop signal that is never given."""
    return asyncio.Event()
