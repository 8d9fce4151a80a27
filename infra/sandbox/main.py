"""The sandbox: emulated Telegram, KIE and YooKassa, and the page, on one loopback port."""

import asyncio
import sys
from pathlib import Path

import structlog
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.bus import BusSettings
from infra.sandbox.kie.beside import EmulatedKieSettings, add_kie, send_callbacks
from infra.sandbox.log_follower import LogFollower
from infra.sandbox.log_reader import open_reader
from infra.sandbox.operator_link import OperatorLink, now_utc
from infra.sandbox.page import add_page
from infra.sandbox.page.backstage import Backstage
from infra.sandbox.page.bot_watch import BotWatch
from infra.sandbox.telegram.app import create_app
from infra.sandbox.telegram.server import running
from infra.sandbox.telegram.settings import TelegramSettings
from infra.sandbox.telegram.storage import StateError
from infra.sandbox.yookassa.app import send_notifications
from infra.sandbox.yookassa.beside import EmulatedYooKassaSettings, add_yookassa
from ledger.database import Bell
from ledger.payments.catalogue import CatalogueError, read_plans

log = structlog.get_logger()


class PageSettings(BaseSettings):
    model_config = SettingsConfigDict(env_ignore_empty=True)

    sandbox_database_url: SecretStr
    """PostgreSQL as role `ledger_reader`."""
    sandbox_bot_is_real: bool = False
    """The bot talks to the real Telegram, so the page shows no chat."""
    ledger_plans: Path | None = None
    """What the ledger sells, when it is not what comes with the product."""


async def serve(stop: asyncio.Event) -> None:
    telegram = TelegramSettings.model_validate({})
    page = PageSettings.model_validate({})
    url = page.sandbox_database_url.get_secret_value()
    link = OperatorLink(BusSettings(), now_utc)
    bell = Bell()
    try:
        plans = read_plans(page.ledger_plans).plans
        app = create_app(telegram)
        kie = add_kie(app, EmulatedKieSettings())
        yookassa = add_yookassa(app, EmulatedYooKassaSettings())
        async with open_reader(url) as reader:
            follower = LogFollower(reader, bell)
            world = app.state.telegram
            backstage = Backstage(
                *(world, reader, follower, link, BotWatch(world)),
                plans={plan.id: plan.title for plan in plans},
                bot_is_real=page.sandbox_bot_is_real,
                now=now_utc,
            )
            add_page(app, backstage)
            async with (
                running(app, host=telegram.sandbox_host, port=telegram.sandbox_port) as address,
                asyncio.TaskGroup() as tasks,
            ):
                loops = [
                    tasks.create_task(link.run()),
                    tasks.create_task(bell.listen(url, stop)),
                    tasks.create_task(follower.run(stop)),
                    tasks.create_task(send_callbacks(kie)),
                    tasks.create_task(send_notifications(yookassa)),
                ]
                log.info("service ready", address=address)
                await stop.wait()
                kie.close()
                yookassa.close()
                # Some of them may be in the middle of a long wait for a server that is away.
                for loop in loops:
                    loop.cancel()
    except (CatalogueError, StateError, OSError) as error:
        sys.exit(f"sandbox: {error}")
