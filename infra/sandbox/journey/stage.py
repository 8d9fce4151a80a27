"""Everything that the steps of the journey act upon, opened once."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4  # noqa: TID251 - a grant of the journey originates here

import asyncpg
import httpx
from msgspec import Struct

from contracts import topology
from contracts.bus import Bus, BusSettings, ask, open_bus
from contracts.messages import Done, Refusal, TopUp
from contracts.topology import Service
from infra.local.running import Stack
from infra.sandbox.faults import Faults
from infra.sandbox.journey.books import Books
from infra.sandbox.journey.person import Person

REPLY_WAIT_S = 30.0
RESTART_WAIT_S = 60.0
POLL_S = 0.05


class Stage(Struct, frozen=True):
    """A running stack, a phone network, the books, and the switches for faults."""

    stack: Stack
    client: httpx.AsyncClient
    books: Books
    faults: Faults
    bus: Bus
    photos: tuple[bytes, bytes]
    out: Path

    async def enter(self, name: str, language_code: str = "ru") -> Person:
        return await Person.enter(self.client, name, language_code)

    async def grant(self, person: Person, credits_: int) -> None:
        """Give credits as the page's button does: an operator's command over NATS."""
        message = TopUp(
            account=person.account,
            correlation_id="journey",
            grant_id=str(uuid4()),
            credits=credits_,
            reason="journey",
        )
        reply = await ask(self.bus, topology.TOP_UP, message, Done)
        match reply:
            case Refusal():
                raise AssertionError(f"the grant was refused: {reply.code}")
            case Done():
                return

    def pid_of(self, service: str) -> int:
        pid = self.stack.pid_of(service)
        if pid is None:
            raise AssertionError(f"{service} is down")
        return pid

    async def kill(self, service: str) -> int:
        """Kill a service as a crash would, and return the pid that it had."""
        pid = self.pid_of(service)
        os.kill(pid, signal.SIGKILL)
        return pid

    async def reborn(self, service: str, old_pid: int) -> int:
        """Wait until the supervisor has started the service again; return its new pid."""

        def is_new() -> int | None:
            pid = self.stack.pid_of(service)
            return pid if pid not in (None, old_pid) else None

        return await until(is_new, f"a new {service}", RESTART_WAIT_S)

    @contextmanager
    def frozen(self, service: str) -> Generator[None]:
        """Stop a service in its tracks for the time of the block."""
        pid = self.pid_of(service)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextmanager
    def armed(self, fault: str, content: str = "") -> Generator[None]:
        self.faults.arm(fault, content)
        try:
            yield
        finally:
            self.faults.disarm(fault)


async def until(probe: Callable[[], int | None], what: str, wait_s: float) -> int:
    give_up_at = time.monotonic() + wait_s
    while (found := probe()) is None:
        if time.monotonic() > give_up_at:
            raise AssertionError(f"no {what} within {wait_s:.0f} s")
        await asyncio.sleep(POLL_S)
    return found


@asynccontextmanager
async def open_stage(stack: Stack, photos: tuple[bytes, bytes], out: Path) -> AsyncGenerator[Stage]:
    state = stack.state()
    settings = BusSettings(
        nats_url=state.nats_url, nats_seed_file=Path(state.nats_seeds[Service.OPERATOR])
    )
    async with AsyncExitStack() as open_things:
        client = await open_things.enter_async_context(
            httpx.AsyncClient(base_url=state.page_url, timeout=REPLY_WAIT_S)
        )
        pool = await open_things.enter_async_context(
            asyncpg.create_pool(state.database_url, min_size=1, max_size=4)
        )
        bus = await open_things.enter_async_context(open_bus(settings, Service.OPERATOR))
        yield Stage(
            stack=stack,
            client=client,
            books=Books(pool),
            faults=Faults(Path(state.faults_dir)),
            bus=bus,
            photos=photos,
            out=out,
        )
