"""The application: YooKassa's world behind `/yookassa`.

A shop's client is given `<address>/yookassa/v3` as its API; a buyer's browser opens the checkout
page at the `confirmation_url` of a payment. A program with an application of its own adds the
routes to it and runs the sender among its tasks.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.telegram.security import LoopbackOnly
from infra.sandbox.telegram.storage import Storage
from infra.sandbox.yookassa.api import api_routes
from infra.sandbox.yookassa.checkout import checkout_routes
from infra.sandbox.yookassa.ids import Ids
from infra.sandbox.yookassa.sender import NotificationSender
from infra.sandbox.yookassa.settings import YooKassaSettings
from infra.sandbox.yookassa.sim import sim_routes
from infra.sandbox.yookassa.storing import Store
from infra.sandbox.yookassa.world import YooKassaWorld


def new_world(
    settings: YooKassaSettings | None = None,
    *,
    clock: ScaledClock | None = None,
    storage: Storage | None = None,
) -> YooKassaWorld:
    """Raises `StateError` when what the storage kept cannot be read."""
    return YooKassaWorld(
        settings or YooKassaSettings(),
        clock=clock or ScaledClock(time.time),
        ids=Ids(secrets.token_hex),
        store=Store(storage),
    )


def create_app(world: YooKassaWorld) -> FastAPI:
    """Build an application of YooKassa alone."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(send_notifications(world))
            yield
            sending.cancel()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(LoopbackOnly)
    add_yookassa_routes(app, world)
    return app


def add_yookassa_routes(app: FastAPI, world: YooKassaWorld) -> None:
    app.include_router(sim_routes(world))
    app.include_router(checkout_routes(world))
    app.include_router(api_routes(world))


async def send_notifications(world: YooKassaWorld) -> None:
    """Send until the world is closed."""
    async with httpx.AsyncClient(trust_env=False) as client:
        await NotificationSender(world, client).run()
