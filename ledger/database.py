"""Connections to PostgreSQL: the pool of a service, and the bell that rings on new events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import structlog

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    PooledConnection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Row = asyncpg.Record
else:
    Pool = asyncpg.Pool
    PooledConnection = asyncpg.pool.PoolConnectionProxy
    Row = asyncpg.Record

POOL_SIZE_MAX = 10
WRITER_LINES = 3
"""One for each batch that may be under way, and one for whoever asks beside them."""
CONNECT_WAIT_S = 10.0
STATEMENT_WAIT_S = 10.0
CHANNEL = "ledger_events"
POLL_S = 1.0
LISTEN_RETRY_S = 1.0

UNREACHABLE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresIOError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What asyncpg raises when PostgreSQL is away, restarting, silent for too long, out of disk or
connections, or not the primary: all of it passes, and the work is then done again. A server's
last words to a connection between two statements make the next one an `InternalClientError`."""

log = structlog.get_logger()


@asynccontextmanager
async def open_pool(url: str, *, name: str) -> AsyncGenerator[Pool]:
    """Raises one of `UNREACHABLE` when PostgreSQL cannot be reached.

    Queries are planned by index, also while a table is small or its statistics are old.
    """
    async with asyncpg.create_pool(
        url,
        min_size=1,
        max_size=POOL_SIZE_MAX,
        timeout=CONNECT_WAIT_S,
        command_timeout=STATEMENT_WAIT_S,
        server_settings={"application_name": name, "enable_seqscan": "off"},
    ) as pool:
        yield pool


class Lines:
    """A few connections kept open for the writer, taken without a pool's checks and resets.

    That is a third of a pool's round trip. They plan by index even when statistics are old: no
    command may cost a walk over history.
    """

    def __init__(self, url: str, *, name: str, count: int) -> None:
        self._free: asyncio.LifoQueue[_Line] = asyncio.LifoQueue()
        for _ in range(count):
            self._free.put_nowait(_Line(url, name))

    async def fetch(self, query: str, *arguments: object) -> list[Row]:
        """Raises one of `UNREACHABLE`, after which the connection is made anew."""
        line = await self._free.get()
        try:
            return await line.fetch(query, *arguments)
        finally:
            self._free.put_nowait(line)

    def close(self) -> None:
        while not self._free.empty():
            self._free.get_nowait().close()


class _Line:
    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._settings = {
            "application_name": name,
            "enable_seqscan": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            # Statements with arrays would be planned anew each time, for the price of running.
            "plan_cache_mode": "force_generic_plan",
        }
        self._connection: asyncpg.Connection[Row] | None = None

    async def fetch(self, query: str, *arguments: object) -> list[Row]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url,
                timeout=CONNECT_WAIT_S,
                command_timeout=STATEMENT_WAIT_S,
                server_settings=self._settings,
            )
        try:
            return await self._connection.fetch(query, *arguments)
        except UNREACHABLE:
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


@asynccontextmanager
async def open_lines(url: str, *, name: str, count: int = WRITER_LINES) -> AsyncGenerator[Lines]:
    """Each connects with its first question, not before."""
    lines = Lines(url, name=name, count=count)
    try:
        yield lines
    finally:
        lines.close()


class Bell:
    """Wakes the followers of the log when something was appended, and once a second anyway.

    A notification can be lost (it is, while the connection is down), so nobody relies on it.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def wait(self) -> None:
        """Return at the next ring, or after a second."""
        try:
            async with asyncio.timeout(POLL_S):
                await self._rung.wait()
        except TimeoutError:
            pass

    def ring(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def listen(self, url: str, stop: asyncio.Event) -> None:
        """Keep a connection that listens, until `stop`; then wake everybody a last time."""
        while not stop.is_set():
            try:
                await self._listen_once(url, stop)
            except UNREACHABLE as error:
                log.warning("not listening for new events", error=repr(error))
                await asyncio.sleep(LISTEN_RETRY_S)
        self.ring()

    async def _listen_once(self, url: str, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(url, timeout=CONNECT_WAIT_S)
        lost = asyncio.Event()

        def on_lost(*_: object) -> None:
            lost.set()

        def on_notice(*_: object) -> None:
            self.ring()

        connection.add_termination_listener(on_lost)
        try:
            await connection.add_listener(CHANNEL, on_notice)
            self.ring()
            waits = [asyncio.ensure_future(event.wait()) for event in (stop, lost)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        finally:
            connection.terminate()
