"""What tests of the outbox share: a log to publish, the stream as it stands, and backups."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import nats
import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from contracts import topology
from contracts.bus import Bus, tail_of
from contracts.topology import REFILL_HEADER
from ledger.database import Bell, Pool
from ledger.domain.commands import OpenAccount, TopUp
from ledger.domain.rules import Rules
from ledger.log import EventLog, Origin
from ledger.outbox.leading import Outbox, Publisher
from ledger.outbox.stream import POSITION_HEADER
from ledger.service import open_ledger
from tests.servers import NatsServer

READS_MAX = 32
ME = "tg:1"
OPERATOR = Origin(actor="operator", correlation_id="c")
ADMIN = "      { user: admin, password: admin }\n"


def grant(name: object) -> TopUp:
    return TopUp(account_id=ME, grant_id=f"g{name}", credits=1, reason="promo")


async def fill(event_log: EventLog, count: int, *, name: str = "") -> None:
    """Append `count` events; the first time an account and its bonus are among them."""
    async with open_ledger(event_log, Rules()) as ledger:
        opened = await ledger.execute(OpenAccount(account_id=ME, terms_version="1"), OPERATOR)
        count -= 0 if opened.repeat else len(opened.recorded)
        wishes = [ledger.execute(grant(f"{name}{n}"), OPERATOR) for n in range(count)]
        await asyncio.gather(*wishes)


@asynccontextmanager
async def publishing(pool: Pool, publisher: Publisher) -> AsyncGenerator[asyncio.Task[None]]:
    stop, bell = asyncio.Event(), Bell()
    task = asyncio.ensure_future(Outbox(pool, publisher, bell).run(stop))
    try:
        yield task
    finally:
        stop.set()
        bell.ring()
        if not task.done():
            await task


async def published(bus: Bus) -> list[tuple[int, bool]]:
    """Return the stream's messages as (position, was it a refill), in the stream's order."""
    state = (await bus.js.stream_info(topology.LEDGER.name)).state
    turns = asyncio.Semaphore(READS_MAX)
    found = [read(bus, number, turns) for number in range(state.first_seq, state.last_seq + 1)]
    return [one for one in await asyncio.gather(*found) if one is not None]


async def read(bus: Bus, sequence: int, turns: asyncio.Semaphore) -> tuple[int, bool] | None:
    try:
        async with turns:
            one = await bus.js.get_msg(topology.LEDGER.name, seq=sequence)
    except nats.js.errors.NotFoundError:
        return None
    headers = one.headers or {}
    return int(headers[POSITION_HEADER]), REFILL_HEADER in headers


async def positions(bus: Bus) -> list[int]:
    return [position for position, _ in await published(bus)]


async def ends_with(bus: Bus, position: int) -> bool:
    try:
        tail = await tail_of(bus, topology.LEDGER)
    except (TimeoutError, nats.errors.Error):
        return False  # The server is away.
    return tail.headers.get(POSITION_HEADER) == str(position)


def let_an_admin_in(server: NatsServer) -> None:
    """Restart the server with a user who may do everything, as an operator's own tools may."""
    config = server.server.config
    server.kill()
    config.write_text(config.read_text().replace("    users: [\n", f"    users: [\n{ADMIN}"))
    server.start()


@asynccontextmanager
async def admin(server: NatsServer) -> AsyncGenerator[JetStreamContext]:
    client = await nats.connect(server.url, user="admin", password="admin")
    try:
        yield client.jetstream()
    finally:
        await client.close()


class Backup:
    """A copy of everything that a nats-server has stored."""

    def __init__(self, server: NatsServer) -> None:
        self._server = server
        self._data = server.server.folder / "data"
        self._copy = server.server.folder / "backup"

    def take(self) -> None:
        self._server.kill()
        shutil.copytree(self._data, self._copy)
        self._server.start()

    def restore(self) -> None:
        self._server.kill()
        shutil.rmtree(self._data)
        shutil.copytree(self._copy, self._data)
        self._server.start()
