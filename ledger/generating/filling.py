"""Put a generated history into an empty log, whole or not at all, as the owner."""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from ledger.chain import COPY_HEADER, COPY_TRAILER, ROW_COLUMNS
from ledger.database import CONNECT_WAIT_S
from ledger.domain.account import Account
from ledger.generating.life import Life

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

EVENTS_PER_PIECE = 1_000
EVENT_COLUMNS = [name.strip() for name in ROW_COLUMNS.split(",")]
ACCOUNT_COLUMNS = [
    "originator_id",
    "version",
    "balance",
    "debt",
    "open_deductions",
    "open_orders",
]
# The lock of the append: a running ledger waits instead of writing into the middle.
LOCK = "SELECT pg_advisory_xact_lock(7301)"
IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM ledger.events)"
GENESIS = "SELECT ledger.genesis()"
RING = "SELECT pg_notify('ledger_events', '0')"
# So that the next queries are planned, and read, as those of a log that grew slowly.
TIDY = "VACUUM (ANALYZE) ledger.events, ledger.accounts"

Progress = Callable[[int, int], None]


class LogNotEmptyError(Exception):
    """There is history already, and nothing is made up beside what happened."""


async def fill(url: str, *, events: int, accounts: int, seed: int, progress: Progress) -> Life:
    """Generate into the log. Raises `LogNotEmptyError`, or what asyncpg raises."""
    connection: Connection = await asyncpg.connect(url, timeout=CONNECT_WAIT_S)
    try:
        async with connection.transaction():
            await connection.execute(LOCK)
            if not await connection.fetchval(IS_EMPTY):
                raise LogNotEmptyError
            genesis: bytes = await connection.fetchval(GENESIS)
            life = Life(genesis, events=events, accounts=accounts, seed=seed)
            await connection.copy_to_table(
                "events",
                schema_name="ledger",
                columns=EVENT_COLUMNS,
                source=_stream(life, events, progress),
                format="binary",
            )
            await connection.copy_records_to_table(
                "accounts",
                schema_name="ledger",
                columns=ACCOUNT_COLUMNS,
                records=map(_row, life.history.accounts.values()),
            )
            await connection.execute(RING)
        await connection.execute(TIDY)
    finally:
        connection.terminate()
    return life


async def _stream(life: Life, events: int, progress: Progress) -> AsyncIterator[bytes]:
    yield COPY_HEADER
    for rows in life.pieces(EVENTS_PER_PIECE):
        yield rows
        progress(life.history.position, events)
    yield COPY_TRAILER


def _row(account: Account) -> tuple[str, int, int, int, str, str]:
    return (
        account.account_id,
        account.version,
        account.balance,
        account.debt,
        msgspec.json.encode(account.open).decode(),
        msgspec.json.encode(account.orders).decode(),
    )
