"""Serve the sandbox: inside another program with `running`, or alone as a module."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from contracts.service import run_service
from contracts.serving import serving
from infra.sandbox.telegram.app import create_app
from infra.sandbox.telegram.settings import TelegramSettings
from infra.sandbox.telegram.storage import StateError

log = structlog.get_logger()


@asynccontextmanager
async def running(app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
    """Serve until the block is left; gives the base address. Port 0 takes a free one.

    Raises `OSError` when the port is taken.
    """
    wake = app.state.telegram.wake_everyone
    async with serving(app, host=host, port=port, wake=wake) as address:
        yield address


async def serve(stop: asyncio.Event) -> None:
    settings = TelegramSettings.model_validate({})
    try:
        app = create_app(settings)
        host, port = settings.sandbox_host, settings.sandbox_port
        async with running(app, host=host, port=port) as address:
            log.info("telegram is served", address=address)
            await stop.wait()
    except (StateError, OSError) as error:
        sys.exit(f"telegram: {error}")


if __name__ == "__main__":
    run_service(serve, name="telegram")
