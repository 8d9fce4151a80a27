"""The bot: everything is opened, wired and started here."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand

from bot.alerts import Alerts
from bot.bills import Bills, Purchases
from bot.delivering import Deliveries
from bot.desk import Desk
from bot.handlers import build_router
from bot.late import LateJobs
from bot.ledger import LedgerClient
from bot.outcomes import Outcomes
from bot.payment_news import PaymentNews
from bot.people import PersonMiddleware
from bot.pre_checkout import PreCheckouts
from bot.scripts import ScriptSettings, ScriptWriter, open_script_writer
from bot.settings import BotSettings, TelegramSettings
from bot.star_sweep import StarCursor, StarSweep
from bot.stores import Drafts, JobCards, Notices, Orders, Photos
from bot.studio import Studio
from bot.telegram import open_bot, without_token
from bot.texts import LOCALES, Texts
from bot.updates import Intake, Lanes
from contracts import topology
from contracts.bus import Bus, BusSettings, Objects, Values, consume, declare, open_bus
from contracts.topology import Service

OUTCOME_WORKERS = 4
PAYMENT_WORKERS = 2
PROGRESS_WORKERS = 2
COMMANDS = (
    "start",
    "new",
    "buy",
    "balance",
    "history",
    "help",
    "terms",
    "paysupport",
    "cancel",
)

log = structlog.get_logger()


async def serve_bot(stop: asyncio.Event) -> None:
    """Run until `stop`."""
    telegram = TelegramSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    settings = BotSettings()
    async with (
        open_bus(BusSettings(), Service.BOT) as bus,
        _session(telegram) as bot,
        open_script_writer(ScriptSettings()) as scripts,
    ):
        await declare(bus)
        desk = _desk(bot, bus, settings, scripts)
        deliveries = Deliveries(desk, Objects.of(bus, topology.VIDEOS))
        alerts = Alerts(desk, Notices(Values.of(bus, topology.DELIVERIES)))
        outcomes = Outcomes(desk, deliveries, alerts)
        late_jobs = LateJobs(desk, deliveries)
        lanes = Lanes(bot, _dispatcher(desk, deliveries), desk.texts)
        intake = Intake(bot, bus, PreCheckouts(desk), settings.bot_poll_timeout_s)
        star_cursor = StarCursor(Values.of(bus, topology.DELIVERIES), bot.id)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bus.watch(stop))
            tasks.create_task(_introduce(bot, desk.texts))
            tasks.create_task(outcomes.deliver_undelivered())
            tasks.create_task(late_jobs.run(stop))
            tasks.create_task(StarSweep(desk, star_cursor).run(stop))
            for lane in topology.BOT_UPDATES:
                tasks.create_task(consume(bus, lane, lanes, stop))
            tasks.create_task(
                consume(
                    bus,
                    topology.BOT_OUTCOMES,
                    outcomes.on_ledger_event,
                    stop,
                    workers=OUTCOME_WORKERS,
                )
            )
            tasks.create_task(
                consume(
                    bus,
                    topology.BOT_PROGRESS,
                    outcomes.on_videogen_event,
                    stop,
                    workers=PROGRESS_WORKERS,
                )
            )
            tasks.create_task(
                consume(
                    bus,
                    topology.BOT_PAYMENTS,
                    PaymentNews(desk).on_event,
                    stop,
                    workers=PAYMENT_WORKERS,
                )
            )
            tasks.create_task(consume(bus, topology.BOT_ALERTS, alerts.on_ledger_alert, stop))
            tasks.create_task(intake.run(stop))
            log.info("service ready")


@asynccontextmanager
async def _session(settings: TelegramSettings) -> AsyncGenerator[Bot]:
    bot = open_bot(settings)
    try:
        yield bot
    finally:
        await bot.session.close()


def _desk(bot: Bot, bus: Bus, settings: BotSettings, scripts: ScriptWriter) -> Desk:
    return Desk(
        bot=bot,
        ledger=LedgerClient(bus),
        drafts=Drafts(Values.of(bus, topology.DRAFTS)),
        photos=Photos(
            Objects.of(bus, topology.DRAFT_PHOTOS),
            Objects.of(bus, topology.ORDER_PHOTOS),
        ),
        orders=Orders(Values.of(bus, topology.ORDERS)),
        cards=JobCards(Values.of(bus, topology.DELIVERIES)),
        bills=Bills(Values.of(bus, topology.PAYMENTS)),
        purchases=Purchases(Values.of(bus, topology.DRAFTS)),
        notices=Notices(Values.of(bus, topology.PAYMENTS)),
        studio=Studio(Values.of(bus, topology.STATUS)),
        scripts=scripts,
        texts=Texts(),
        settings=settings,
        now=lambda: datetime.now(UTC),
        new_id=uuid4,
        new_salt=lambda: secrets.token_hex(16),
    )


def _dispatcher(desk: Desk, deliveries: Deliveries) -> Dispatcher:
    dispatcher = Dispatcher(disable_fsm=True, desk=desk, deliveries=deliveries)
    dispatcher.update.outer_middleware(PersonMiddleware())
    dispatcher.include_router(build_router())
    return dispatcher


async def _introduce(bot: Bot, texts: Texts) -> None:
    """Tell Telegram the commands and what people read before they press Start."""
    try:
        for locale in LOCALES:
            language = None if locale == LOCALES[0] else locale
            commands = [
                BotCommand(command=name, description=texts.get(locale, f"command-{name}"))
                for name in COMMANDS
            ]
            await bot.set_my_commands(commands, language_code=language)
            await bot.set_my_description(
                texts.get(locale, "bot-description"), language_code=language
            )
    except TelegramAPIError as error:
        log.warning("commands were not set", error=without_token(str(error)))
