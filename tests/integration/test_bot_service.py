"""The bot's own service: what it reads from Telegram and NATS, and what it makes of nonsense."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.main import serve_bot
from contracts import topology
from contracts.bus import declare, tail_of
from contracts.topology import Service
from infra.sandbox.telegram.phone import Phone
from tests.eventually import eventually
from tests.telegram_fixture import RunningTelegram, running_telegram

ME = "tg:42"
POISON = [b"", b"not json", b"[]", b"{}", b'{"account": "tg:42", "job_id": 5}', b"\xff\xfe"]


@pytest.fixture
async def telegram(tmp_path) -> AsyncIterator[RunningTelegram]:
    async with running_telegram(tmp_path / "telegram") as running:
        yield running
        assert running.problems() == []


@pytest.fixture
async def owners(connect):
    """The other services, far enough that their streams exist."""
    buses = {service: await connect(service) for service in (Service.LEDGER, Service.VIDEOGEN)}
    for bus in buses.values():
        await declare(bus)
    return buses


@pytest.fixture
async def phone(telegram, owners, nats_server, monkeypatch) -> AsyncIterator[Phone]:
    """Somebody's phone, with the bot on the other side. No ledger answers here."""
    for name, value in {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.address,
        "NATS_URL": nats_server.url,
        "NATS_SEED_FILE": str(nats_server.seeds[Service.BOT]),
    }.items():
        monkeypatch.setenv(name, value)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_bot(stop))
        try:
            yield telegram.phone(42)
        finally:
            stop.set()


def said(phone: Phone) -> list[str]:
    return [message.text for message in phone.view().messages if message.outgoing]


async def test_the_bot_introduces_itself(phone, telegram):
    await eventually(lambda: telegram.world.profile.text("description", None))
    commands = await eventually(lambda: phone.view().commands)
    assert [one["command"] for one in commands][:2] == ["start", "new"]


async def test_an_update_is_confirmed_only_when_it_is_stored(phone, telegram, owners, nats_server):
    phone.send_text("/nonsense")
    await eventually(lambda: said(phone))
    nats_server.kill()
    sent = phone.send_text("/nonsense")
    await eventually(lambda: telegram.world.log.calls(method="getUpdates"))
    assert telegram.world.queue.count == 1, "Telegram still keeps what could not be stored"
    nats_server.start()
    await eventually(lambda: telegram.world.queue.count == 0, within_s=30)
    await eventually(lambda: len(said(phone)) == 2, within_s=30)
    assert sent.update_ids


SUBJECTS = [
    (Service.LEDGER, topology.ledger_event("settled", ME)),
    (Service.LEDGER, topology.ledger_event("refunded", ME)),
    (Service.VIDEOGEN, topology.videogen_event("job_progress", ME)),
    (Service.VIDEOGEN, topology.videogen_event("video_ready", ME)),
]


@pytest.mark.parametrize(("service", "subject"), SUBJECTS, ids=[row[1] for row in SUBJECTS])
async def test_a_poison_fact_is_set_aside_and_the_bot_goes_on(phone, owners, service, subject):
    for number, body in enumerate(POISON):
        await owners[service].publish(subject, body, message_id=f"poison-{number}")
    await eventually(lambda: set_aside(owners, len(POISON)))
    phone.send_text("/nonsense")
    await eventually(lambda: "Такой команды нет. Все команды: /help" in said(phone))


@pytest.mark.parametrize("body", [*POISON, b'{"update_id": 1, "message": {"text": 5}}'])
async def test_a_poison_update_is_set_aside_and_its_lane_goes_on(phone, owners, connect, body):
    bot = await connect(Service.BOT)
    lane = topology.bot_update(42 % topology.BOT_PARTITIONS)
    await bot.publish(lane, body, message_id="poison")
    phone.send_text("/nonsense")
    await eventually(lambda: said(phone))


async def test_a_fact_about_another_kind_of_account_is_no_concern_of_the_bot(phone, owners):
    fact = (
        b'{"account":"web:7","position":1,"version":1,"recorded_at":"2026-11-23T12:00:00Z",'
        b'"correlation_id":"c","balance_after":1,"credits":1,"reason":"internal",'
        b'"job_id":"00000000-0000-0000-0000-000000000001"}'
    )
    ledger = owners[Service.LEDGER]
    await ledger.publish(topology.ledger_event("refunded", "web:7"), fact, message_id="1")
    phone.send_text("/nonsense")
    await eventually(lambda: said(phone))
    assert (await tail_of(ledger, topology.SET_ASIDE)).sequence == 0


async def set_aside(owners, count):
    """A copy of each poison message, and the server's word that it was terminated."""
    tail = await tail_of(owners[Service.LEDGER], topology.SET_ASIDE)
    return tail.sequence >= 2 * count
