"""The application: KIE's world behind its hosts, each below a path of its own.

The API is at `<address>/kie/api`, the upload host at `<address>/kie/upload`; a client is given
these as its base addresses. A program with an application of its own adds the routes to it and
runs the sender among its tasks.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from infra.sandbox.kie.api import api_routes
from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.kie.downloads import Film, file_routes
from infra.sandbox.kie.fetching import Fetch, fetch_over_http
from infra.sandbox.kie.sender import CallbackSender
from infra.sandbox.kie.settings import KieSettings
from infra.sandbox.kie.sim import sim_routes
from infra.sandbox.kie.uploads import upload_routes
from infra.sandbox.kie.world import KieWorld
from infra.sandbox.telegram.security import LoopbackOnly


def new_world(settings: KieSettings | None = None, *, clock: ScaledClock | None = None) -> KieWorld:
    return KieWorld(
        settings or KieSettings(),
        clock=clock or ScaledClock(time.time),
        new_id=lambda: secrets.token_hex(16),
    )


def create_app(world: KieWorld, film: Film, *, fetch: Fetch = fetch_over_http) -> FastAPI:
    """Build an application of KIE alone; its world is `app.state.kie`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with (
            httpx.AsyncClient(trust_env=False) as client,
            asyncio.TaskGroup() as tasks,
        ):
            sending = tasks.create_task(CallbackSender(world, client).run())
            yield
            sending.cancel()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.kie = world
    app.add_middleware(LoopbackOnly)
    add_kie_routes(app, world, film, fetch=fetch)
    return app


def add_kie_routes(
    app: FastAPI, world: KieWorld, film: Film, *, fetch: Fetch = fetch_over_http
) -> None:
    app.include_router(sim_routes(world))
    app.include_router(file_routes(world, film))
    app.include_router(upload_routes(world, fetch))
    app.include_router(api_routes(world, fetch))
