"""Serve the sandbox: inside another program with `running`, or alone as a module."""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from contracts.service import run_service
from infra.sandbox.telegram.app import create_app
from infra.sandbox.telegram.settings import TelegramSettings
from infra.sandbox.telegram.storage import StateError

SHUTDOWN_S = 2
KEEP_ALIVE_S = 75
"""Longer than any client keeps an idle connection: else its next request may find it closed,
and the bot cannot know whether that request arrived."""

log = structlog.get_logger()


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the program around it, and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.is_up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def running(app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
    """Serve until the block is left; gives the base address. Port 0 takes a free one.

    Raises `OSError` when the port is taken.
    """
    listener = socket.create_server((host, port))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _Server(config)
    # Not a TaskGroup: it would wrap the errors of the block in a group.
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await server.is_up.wait()
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        app.state.telegram.wake_everyone()
        server.should_exit = True
        await serving


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
