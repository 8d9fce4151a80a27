"""A running ledger on real servers, and connections of each service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest

from contracts.bus import Bus, declare, open_bus
from contracts.topology import Service
from infra.local.credentials import DatabaseUrls
from ledger.log.postgres import PostgresEventLog
from ledger.main import serve_ledger
from tests.eventually import eventually
from tests.servers import NatsServer


@pytest.fixture
async def pool(database: DatabaseUrls) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database.service, min_size=1, max_size=10) as pool:
        yield pool


@pytest.fixture
def event_log(pool: asyncpg.Pool) -> PostgresEventLog:
    return PostgresEventLog(pool)


@pytest.fixture
async def connect(nats_server: NatsServer) -> AsyncIterator[Callable]:
    """Return a function that opens the bus as one of the services."""
    async with AsyncExitStack() as stack:

        async def open_as(service: Service) -> Bus:
            return await stack.enter_async_context(open_bus(nats_server.settings(service), service))

        yield open_as


@pytest.fixture
def ledger_environment(
    database: DatabaseUrls, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """What the ledger needs, set for this process and given back for another."""
    environment = {
        "DATABASE_URL": database.service,
        "NATS_URL": nats_server.url,
        "NATS_SEED_FILE": str(nats_server.seeds[Service.LEDGER]),
        "LEDGER_SWEEP_S": "0.2",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
async def bus(connect: Callable) -> Bus:
    """The ledger's bus, with its streams."""
    bus = await connect(Service.LEDGER)
    await declare(bus)
    return bus


@asynccontextmanager
async def running_ledger(**wrappers: Callable) -> AsyncIterator[None]:
    """Run the service in this process until the end of the block."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve_ledger(stop, **wrappers))
        try:
            yield
        finally:
            if not serving.done():
                stop.set()


@pytest.fixture
async def ledger(ledger_environment: dict[str, str]) -> AsyncIterator[None]:
    async with running_ledger():
        yield


async def answering(probe: Callable) -> None:
    """Wait until the ledger answers `probe`, which raises `NoAnswerError` before that."""
    await eventually(probe, within_s=15)
