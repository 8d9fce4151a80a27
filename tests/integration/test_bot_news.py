"""What the bot says unasked: the place in the queue, lateness, late videos, and the operator's."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from bot.jobs import JobCard, Stage
from bot.main import serve_bot
from bot.stores import JobCards
from contracts import topology
from contracts.bus import Bus, NoAnswerError, Objects, Values, ask, backlog_of, declare
from contracts.messages import GetTerms, JobProgress, JobStage, OperatorAlert, Terms, VideoReady
from contracts.topology import Service, facts_object, thumbnail_object, video_object
from infra.sandbox.telegram.phone import Phone
from ledger.domain.commands import Cancel, Deduct, OpenAccount, Refund, Start
from ledger.domain.rules import Rules
from ledger.log import Origin
from ledger.log.postgres import PostgresEventLog
from ledger.service import open_ledger
from tests.eventually import eventually
from tests.integration.conftest import running_ledger
from tests.sandbox.pictures import mp4, picture
from tests.telegram_fixture import RunningTelegram, running_telegram

ME = "tg:42"
ORIGIN = Origin(actor="operator", correlation_id="c")
IN_TIME = Rules(welcome_credits=10)
AT_ONCE = Rules(welcome_credits=10, deadline=timedelta(), start_margin=timedelta())
VIDEO = mp4()
LATE_SAID = (
    "⏳ Видео № 000010 снимается дольше обычного. "
    "Если оно не будет готово через 15 минут, кредит вернётся сам."
)
QUICK = {"BOT_LATE_S": "0.001", "BOT_LATE_CHECK_S": "0.05", "BOT_OPERATOR_CHAT": "7"}
OPEN, CANCELLED, STOPPED, FAILED, LATE, ANOTHER = (UUID(int=n << 108) for n in range(1, 7))


@dataclass
class Scene:
    """The real bot and the real ledger; whoever makes the videos is played by the test."""

    telegram: RunningTelegram
    videogen: Bus
    bot: Bus
    log: PostgresEventLog
    pool: asyncpg.Pool

    def phone(self, person_id: int = 42) -> Phone:
        return self.telegram.phone(person_id)

    def said(self, person_id: int = 42) -> list[str]:
        return [one.text for one in self.phone(person_id).view().messages if one.outgoing]

    def said_of(self, job_id: UUID) -> list[str]:
        return [text for text in self.said() if job_id.hex[:6].upper() in text]

    async def order(self, *job_ids: UUID, rules: Rules = IN_TIME) -> None:
        async with open_ledger(self.log, rules) as ledger:
            await ledger.execute(OpenAccount(account_id=ME, terms_version="1"), ORIGIN)
            for job_id in job_ids:
                jobs = ((job_id, "a" * 64),)
                await ledger.execute(Deduct(account_id=ME, price_credits=1, jobs=jobs), ORIGIN)

    async def refund(self, job_id: UUID, reason: str) -> None:
        async with open_ledger(self.log, IN_TIME) as ledger:
            if reason == "cancelled":
                await ledger.execute(Cancel(account_id=ME, job_id=job_id), ORIGIN)
            else:
                await ledger.execute(Refund(account_id=ME, job_id=job_id, reason=reason), ORIGIN)

    async def start(self, job_id: UUID) -> None:
        async with open_ledger(self.log, IN_TIME) as ledger:
            await ledger.execute(Start(account_id=ME, job_id=job_id), ORIGIN)

    async def refunded(self, *job_ids: UUID) -> bool:
        count = "SELECT count(*) FROM ledger.jobs WHERE state = 'refunded' AND job_id = ANY($1)"
        return await self.pool.fetchval(count, job_ids) == len(job_ids)

    async def finish(self, job_id: UUID) -> None:
        """Store the video, then say that it is ready."""
        ready = VideoReady(
            account=ME,
            job_id=job_id,
            occurred_at=datetime.now(UTC),
            video_digest=hashlib.sha256(VIDEO).hexdigest(),
            size_bytes=len(VIDEO),
            duration_ms=7_000,
            width=720,
            height=1280,
        )
        videos = Objects.of(self.videogen, topology.VIDEOS)
        await videos.put(video_object(job_id), VIDEO)
        await videos.put(thumbnail_object(job_id), picture(180, 320))
        await videos.put(facts_object(job_id), ready.model_dump_json().encode())
        await self.publish("video_ready", ready, f"{job_id}-ready")

    async def announce(self, job_id: UUID, number: int, **progress) -> None:
        fact = JobProgress(account=ME, job_id=job_id, occurred_at=datetime.now(UTC), **progress)
        await self.publish("job_progress", fact, f"{job_id}-{number}")

    async def publish(self, name: str, body, message_id: str, account: str = ME) -> None:
        subject = topology.videogen_event(name, account)
        await self.videogen.publish(subject, body, message_id=message_id)

    async def all_is_heard(self) -> bool:
        return await backlog_of(self.bot, topology.BOT_PROGRESS) == 0


@pytest.fixture
async def scene(  # noqa: PLR0913, PLR0917 - a scene has many props
    tmp_path, connect, event_log, pool, nats_server, ledger_environment, monkeypatch
) -> AsyncIterator[Scene]:
    buses = {
        service: await connect(service)
        for service in (Service.LEDGER, Service.VIDEOGEN, Service.BOT)
    }
    for bus in buses.values():
        await declare(bus)
    async with running_telegram(tmp_path / "telegram") as telegram:
        for person_id in (42, 7):
            telegram.phone(person_id)
            telegram.world.find_chat(person_id).state.is_started = True
        scene = Scene(telegram, buses[Service.VIDEOGEN], buses[Service.BOT], event_log, pool)
        stop = asyncio.Event()
        async with running_ledger(), asyncio.TaskGroup() as tasks:
            await eventually(lambda: answers(scene.bot), within_s=15)
            for name, value in {
                **QUICK,
                "TELEGRAM_BOT_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.address,
                "NATS_SEED_FILE": str(nats_server.seeds[Service.BOT]),
                "BOT_PROGRESS_INTERVAL_S": "0",
            }.items():
                monkeypatch.setenv(name, value)
            tasks.create_task(serve_bot(stop))
            try:
                yield scene
            finally:
                stop.set()
        assert telegram.problems() == []


async def answers(bus: Bus) -> bool:
    try:
        await ask(bus, topology.TERMS, GetTerms(), Terms)
    except NoAnswerError:
        return False
    return True


async def test_though_videogen_is_dead_a_person_is_told_once_that_it_takes_longer(scene):
    await scene.order(OPEN)
    await eventually(lambda: scene.said_of(OPEN))
    await scene.order(ANOTHER)
    await eventually(lambda: scene.said_of(ANOTHER))
    assert scene.said_of(OPEN) == [LATE_SAID]


async def test_nobody_is_told_that_a_job_takes_longer_whose_end_was_told(scene):
    """The ledger may name it a moment before it learns of the end that the chat shows."""
    cards = JobCards(Values.of(scene.bot, topology.DELIVERIES))
    for job_id, stage in ((CANCELLED, Stage.CANCELLED), (FAILED, Stage.SENDING)):
        await cards.create(JobCard(job_id=job_id, account=ME, chat_id=42, stage=stage))
    await scene.order(CANCELLED, FAILED)
    await scene.order(OPEN)
    await eventually(lambda: scene.said_of(OPEN))
    assert len(scene.said()) == 1


async def test_after_a_crash_the_lateness_is_repeated_once_at_most(scene):
    cards = JobCards(Values.of(scene.bot, topology.DELIVERIES))
    for job_id, attempts in ((CANCELLED, 1), (FAILED, 2)):
        card = JobCard(job_id=job_id, account=ME, chat_id=42, late_attempts=attempts)
        await cards.create(card)
    await scene.order(FAILED, CANCELLED)
    await scene.order(OPEN)
    await eventually(lambda: scene.said_of(OPEN))
    assert (len(scene.said_of(CANCELLED)), len(scene.said_of(FAILED))) == (1, 0)


async def test_only_after_its_deadline_is_a_video_delivered_that_was_given_up(scene):
    reasons = {CANCELLED: "cancelled", STOPPED: "stopped_by_operator", FAILED: "internal"}
    await scene.order(*reasons)
    for job_id in (STOPPED, FAILED):
        await scene.start(job_id)
    await scene.order(LATE, rules=AT_ONCE)
    for job_id, reason in reasons.items():
        await scene.refund(job_id, reason)
    await eventually(lambda: scene.refunded(*reasons, LATE))  # the last one by the sweep
    for job_id in (*reasons, LATE):
        await scene.finish(job_id)
    caption = await eventually(
        lambda: [one.text for one in scene.phone().view().messages if one.media]
    )
    await eventually(scene.all_is_heard)
    assert [one.text for one in scene.phone().view().messages if one.media] == caption
    assert len(caption) == 1
    assert "№ 000050" in caption[0]
    assert "он бесплатный" in caption[0]


async def test_the_card_shows_the_place_until_the_job_begins(scene):
    scene.phone().send_text("/nonsense")
    [sent] = await eventually(
        lambda: [one for one in scene.phone().view().messages if one.outgoing]
    )
    cards = JobCards(Values.of(scene.bot, topology.DELIVERIES))
    card = JobCard(job_id=OPEN, account=ME, chat_id=42, message_id=sent.message_id, balance=2)
    await cards.create(card)
    for number, place in enumerate((3, 2)):
        eta_s = 60 * place + 30
        await scene.announce(OPEN, number, stage=JobStage.QUEUED, place=place, eta_s=eta_s)
        place_said = f"В очереди: {place}-е место, примерно {place + 1} минуты. Кредит списан"
        await eventually(lambda said=place_said: said in scene.said()[0])
    await scene.announce(OPEN, 2, stage=JobStage.RENDERING)
    await eventually(lambda: "Снимаю ролик…" in scene.said()[0])
    await scene.announce(OPEN, 3, stage=JobStage.QUEUED, place=1, eta_s=60)
    await eventually(scene.all_is_heard)
    assert "Снимаю ролик…" in scene.said()[0]


async def test_the_operator_is_told_once_what_only_they_can_repair(scene):
    begun = OperatorAlert(
        alert_id="kie/balance_empty",
        occurred_at=datetime.now(UTC),
        provider="kie",
        code="balance_empty",
    )
    over = begun.model_copy(update={"is_over": True})
    for number, alert in enumerate((begun, begun, over)):
        # The same words under another message id: a redelivery that NATS does not recognise.
        await scene.publish("alert", alert, f"alert-{number}", topology.NO_ACCOUNT)
    await eventually(scene.all_is_heard)
    first, *more = await eventually(lambda: len(said := scene.said(7)) >= 2 and said)
    assert first.startswith("⚠️ kie: баланс у провайдера пуст (balance_empty).")
    assert more == ["✅ kie: снова работает (balance_empty)."]
    assert scene.said() == []
