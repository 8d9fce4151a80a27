"""Serve an application inside another program, which keeps its signals."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

SHUTDOWN_S = 2
KEEP_ALIVE_S = 75
"""Longer than any client keeps an idle connection: else its next request may find it closed,
and the client cannot know whether that request arrived."""


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
async def serving(
    app: FastAPI, *, host: str, port: int, wake: Callable[[], None]
) -> AsyncGenerator[str]:
    """Serve until the block is left; gives the base address. Port 0 takes a free one.

    `wake` lets every request that waits come to its end. Raises `OSError` when the port is taken.
    """
    listener = socket.create_server((host, port))
    # An accepted connection takes this over. Without it, the body of each answer, which is written
    # after the head, waits 40 ms for the caller to acknowledge the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        # Else whoever calls from this machine is believed to be whom they say they speak for.
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _Server(config)
    # Not a TaskGroup: it would wrap the errors of the block in a group.
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await server.is_up.wait()
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        wake()
        server.should_exit = True
        await running
