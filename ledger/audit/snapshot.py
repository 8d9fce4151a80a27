"""Connections that all see the log, the views and the cursors as of one instant."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from ledger.database import CONNECT_WAIT_S

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

# An audit reads everything once: no plan pays for a compiler, and the other cores have work.
SETTINGS = {
    "application_name": "ledger-audit",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "work_mem": "64MB",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}


@asynccontextmanager
async def one_snapshot(
    url: str, connections: int, tables: Sequence[str] = ()
) -> AsyncGenerator[Sequence[Connection]]:
    """Open so many read-only connections that share a snapshot. Raises one of `UNREACHABLE`.

    The tables stay what they are until the end. A rebuilt projection would else take the place
    of the one that the snapshot knows, and look empty in it.
    """
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(_reading(url))
        if tables:
            await first.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE")
        snapshot: str = await first.fetchval("SELECT pg_export_snapshot()")
        opened = [first]
        for _ in range(connections - 1):
            other = await stack.enter_async_context(_reading(url))
            await other.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            opened.append(other)
        yield opened


@asynccontextmanager
async def _reading(url: str) -> AsyncGenerator[Connection]:
    connection: Connection = await asyncpg.connect(
        url, timeout=CONNECT_WAIT_S, server_settings=SETTINGS
    )
    try:
        await connection.transaction(isolation="repeatable_read", readonly=True).start()
        yield connection
    finally:
        # Nothing was written, so nothing has to be ended in order, and nothing is waited for.
        connection.terminate()
