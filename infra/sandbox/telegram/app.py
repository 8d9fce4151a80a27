"""The application: Telegram's world behind its two sides. A page may be mounted into it."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from infra.sandbox.telegram.api import add_bot_routes
from infra.sandbox.telegram.impossible import ImpossibleError, NothingThereError
from infra.sandbox.telegram.security import LoopbackOnly
from infra.sandbox.telegram.settings import TelegramSettings, Timing
from infra.sandbox.telegram.sim import add_sim_routes
from infra.sandbox.telegram.world import TelegramWorld


def create_app(
    settings: TelegramSettings,
    *,
    clock: Callable[[], float] = time.time,
    timing: Timing | None = None,
) -> FastAPI:
    """Build the application; its world is `app.state.telegram`.

    Raises `StateError` when the kept state cannot be read.
    """
    world = TelegramWorld(settings, clock=clock, timing=timing)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        world.close()

    # Without its own documentation pages, which would be fetched from elsewhere.
    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.telegram = world
    app.add_middleware(LoopbackOnly)
    app.add_exception_handler(ImpossibleError, _cannot)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_api_route("/healthz", _healthy)
    add_bot_routes(app, world)
    add_sim_routes(app, world)
    return app


async def _healthy() -> dict[str, bool]:
    return {"ok": True}


async def _cannot(_: Request, error: Exception) -> JSONResponse:
    status_code = 404 if isinstance(error, NothingThereError) else 409
    return JSONResponse({"error": str(error)}, status_code=status_code)


async def _malformed(_: Request, error: Exception) -> JSONResponse:
    troubles: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    sentences = [
        f"{'.'.join(str(part) for part in trouble['loc'])}: {trouble['msg']}"
        for trouble in troubles
    ]
    return JSONResponse({"error": "; ".join(sentences)}, status_code=422)
