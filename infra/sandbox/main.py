"""The sandbox's one process: the Telegram emulator and its page, on one loopback port."""

import asyncio
import sys

import structlog

from infra.sandbox.page import add_page
from infra.sandbox.telegram.app import create_app
from infra.sandbox.telegram.server import running
from infra.sandbox.telegram.settings import TelegramSettings
from infra.sandbox.telegram.storage import StateError

log = structlog.get_logger()


async def serve(stop: asyncio.Event) -> None:
    settings = TelegramSettings.model_validate({})
    try:
        app = create_app(settings)
        add_page(app)
        async with running(app, host=settings.sandbox_host, port=settings.sandbox_port) as address:
            log.info("service ready", address=address)
            await stop.wait()
    except (StateError, OSError) as error:
        sys.exit(f"sandbox: {error}")
