"""After a refill nobody is told old news, and what was never delivered still is, once."""

import asyncio
import hashlib
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import nats.errors
import nats.js.errors
import pytest

from bot.main import serve_bot
from contracts.bus import Bus, Objects, declare, open_bus
from contracts.messages import VideoReady
from contracts.topology import (
    BOT_OUTCOMES,
    VIDEOS,
    Service,
    facts_object,
    thumbnail_object,
    video_object,
)
from ledger.domain.commands import Deduct, Deliver, OpenAccount, Refund, Settle, Start
from ledger.domain.rules import Rules
from ledger.log import Origin
from ledger.outbox.stream import NatsPublisher
from ledger.service import open_ledger
from tests.eventually import eventually
from tests.integration.conftest import running_ledger
from tests.outbox_world import admin, ends_with, let_an_admin_in, publishing
from tests.sandbox.pictures import mp4, picture
from tests.servers import NatsServer
from tests.telegram_fixture import RunningTelegram, running_telegram

ME = "tg:42"
ORIGIN = Origin(actor="operator", correlation_id="c")
AT_ONCE = Rules(welcome_credits=10, deadline=timedelta(), start_margin=timedelta())
IN_TIME = Rules(welcome_credits=10)
VIDEO = mp4()
DIGEST = hashlib.sha256(VIDEO).hexdigest()
DELIVERED, UNDELIVERED, FAILED, LATE, LONG_AGO = (UUID(int=n << 108) for n in range(1, 6))
JOBS = (DELIVERED, UNDELIVERED, FAILED, LATE, LONG_AGO)
AGE = """
    UPDATE ledger.events SET recorded_at = recorded_at - interval '25 hours'
    WHERE notification_id <= $1
"""


def number_of(job_id):
    return job_id.hex[:6].upper()


@pytest.fixture
async def telegram(tmp_path):
    async with running_telegram(tmp_path / "telegram") as running:
        running.phone(42)
        running.world.find_chat(42).state.is_started = True
        yield running
        assert running.problems() == []


@pytest.fixture
async def told(event_log, database):
    """Five jobs: an old refund, and four of today that ended in every other way."""
    ordered = [(job_id, "a" * 64) for job_id in (LONG_AGO, DELIVERED, UNDELIVERED, FAILED)]
    async with open_ledger(event_log, IN_TIME) as ledger:
        await ledger.execute(OpenAccount(account_id=ME, terms_version="1"), ORIGIN)
        for one in ordered:
            await ledger.execute(Deduct(account_id=ME, price_credits=1, jobs=(one,)), ORIGIN)
        await ledger.execute(Refund(account_id=ME, job_id=LONG_AGO, reason="internal"), ORIGIN)
    await make_old(database, until=7)
    async with open_ledger(event_log, IN_TIME) as ledger:
        for job_id in (DELIVERED, UNDELIVERED):
            await ledger.execute(Start(account_id=ME, job_id=job_id), ORIGIN)
            await ledger.execute(Settle(account_id=ME, job_id=job_id, video_digest=DIGEST), ORIGIN)
        await ledger.execute(
            Deliver(account_id=ME, job_id=DELIVERED, outcome="sent", file_digest=None), ORIGIN
        )
        await ledger.execute(Refund(account_id=ME, job_id=FAILED, reason="internal"), ORIGIN)
    async with open_ledger(event_log, AT_ONCE) as ledger:
        late = ((LATE, "a" * 64),)
        await ledger.execute(Deduct(account_id=ME, price_credits=1, jobs=late), ORIGIN)
        await ledger.execute(Refund(account_id=ME, job_id=LATE, reason="deadline"), ORIGIN)
        await ledger.execute(
            Deliver(account_id=ME, job_id=LATE, outcome="sent", file_digest=None), ORIGIN
        )
    return 16


@dataclass
class Scene:
    """What stands around the real ledger and the real bot."""

    pool: asyncpg.Pool
    server: NatsServer
    telegram: RunningTelegram
    monkeypatch: pytest.MonkeyPatch
    head: int
    ledger: Bus
    bot: Bus

    @asynccontextmanager
    async def services(self):
        stop = asyncio.Event()
        async with running_ledger(), asyncio.TaskGroup() as tasks:
            await eventually(lambda: ends_with(self.ledger, self.head), within_s=30)
            for name, value in {
                "TELEGRAM_BOT_TOKEN": self.telegram.token,
                "TELEGRAM_API_URL": self.telegram.address,
                "NATS_SEED_FILE": str(self.server.seeds[Service.BOT]),
            }.items():
                self.monkeypatch.setenv(name, value)
            tasks.create_task(serve_bot(stop))
            try:
                await eventually(self.all_is_said, within_s=30)
                yield
            finally:
                stop.set()

    async def all_is_said(self):
        delivered = await self.pool.fetchval(
            "SELECT delivered FROM ledger.jobs WHERE job_id = $1", UNDELIVERED
        )
        try:
            info = await self.bot.js.consumer_info("LEDGER", BOT_OUTCOMES.name)
        except (nats.errors.Error, nats.js.errors.Error):
            return False  # It is not declared again yet.
        return (
            delivered
            and info.delivered.stream_seq > 0
            and info.num_pending == info.num_ack_pending == 0
        )

    def said(self):
        return [one for one in self.telegram.phone(42).view().messages if one.outgoing]

    def words(self):
        """What was said about which job."""
        return sorted(
            ("video" if one.media else "text", job_id)
            for one in self.said()
            for job_id in JOBS
            if number_of(job_id) in one.text
        )


@pytest.fixture
async def scene(told, pool, nats_server, telegram, connect, ledger_environment, monkeypatch):  # noqa: PLR0913, PLR0917 - a scene has many props
    let_an_admin_in(nats_server)
    buses = [await connect(one) for one in (Service.LEDGER, Service.BOT)]
    await declare(buses[0])
    await store_videos(nats_server)
    return Scene(pool, nats_server, telegram, monkeypatch, told, *buses)


async def test_when_nats_has_lost_everything_only_what_is_still_news_is_said(scene):
    async with publishing(scene.pool, NatsPublisher(scene.ledger)):
        await eventually(lambda: ends_with(scene.ledger, scene.head))
    scene.server.kill()
    shutil.rmtree(scene.server.server.folder / "data")
    scene.server.start()
    await store_videos(scene.server)
    async with scene.services():
        assert scene.words() == [("text", FAILED), ("video", UNDELIVERED)]
        [refund] = [one.text for one in scene.said() if one.media is None]
        assert "баланс: 8 кредитов" in refund, "that of now, and not of then"


async def test_when_the_stream_is_refilled_nothing_is_said_twice(scene):
    async with scene.services():
        assert scene.words().count(("video", UNDELIVERED)) == 1
        before = scene.words()
        for _ in range(2):
            async with admin(scene.server) as js:
                await js.delete_stream("LEDGER")
            await eventually(lambda: ends_with(scene.ledger, scene.head + 1), within_s=30)
            await eventually(scene.all_is_said, within_s=30)
        assert scene.words() == before


async def store_videos(server):
    async with open_bus(server.settings(Service.VIDEOGEN), Service.VIDEOGEN) as bus:
        await declare(bus)
        videos = Objects.of(bus, VIDEOS)
        for job_id in (DELIVERED, UNDELIVERED, LATE, LONG_AGO):
            ready = VideoReady(
                account=ME,
                job_id=job_id,
                occurred_at=datetime.now(UTC),
                video_digest=DIGEST,
                size_bytes=len(VIDEO),
                duration_ms=7_000,
                width=720,
                height=1280,
            )
            await videos.put(video_object(job_id), VIDEO)
            await videos.put(thumbnail_object(job_id), picture(180, 320))
            await videos.put(facts_object(job_id), ready.model_dump_json().encode())


async def make_old(database, *, until):
    connection = await asyncpg.connect(database.superuser)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(AGE, until)
    finally:
        await connection.close()
