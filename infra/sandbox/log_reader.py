"""Reads the ledger's log and its views as the reader, who may only select."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from infra.sandbox.log_check import CHECK, Check
from ledger.database import UNREACHABLE, Pool, Row

POOL_SIZE_MAX = 4
CONNECT_WAIT_S = 3.0
STATEMENT_WAIT_S = 5.0
POSITION_MAX = 2**63 - 1

# How a refund of money ended says nothing about money: that stands where it was asked for.
ENTRIES = """
    SELECT position, recorded_at, account, kind, amount, debt_change, balance_after, job_id,
           order_id, coalesce(details ->> 'reason', details ->> 'outcome') AS reason,
           details ->> 'plan' AS plan, details ->> 'provider' AS provider,
           coalesce(deal ->> 'price', deal ->> 'money')::bigint AS money,
           deal ->> 'currency' AS currency
    FROM (
        SELECT *, CASE WHEN kind NOT IN ('payment_refunded', 'payment_refund_failed') THEN details
            ELSE (SELECT asked.details FROM ledger.journal AS asked
                  WHERE asked.order_id = told.order_id AND asked.kind = 'payment_refund_requested'
                    AND asked.details ->> 'refund_id' = told.details ->> 'refund_id')
            END AS deal
        FROM ledger.journal AS told
        WHERE ($1::text IS NULL OR account = $1) AND position > $2 AND position < $3
        ORDER BY position DESC LIMIT $4
    ) AS told
    ORDER BY position DESC
"""
JOBS = """
    SELECT job_id, account, state, credits, reason, ordered_at, ended_at, delivered
    FROM ledger.jobs
    WHERE $1::text IS NULL OR account = $1
    ORDER BY CASE state WHEN 'started' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END,
             CASE state WHEN 'queued' THEN ordered_position END, ordered_position DESC
    LIMIT $2
"""
BALANCE = "SELECT balance, open_credits, debt FROM ledger.balances WHERE account = $1"
ACCOUNTS = "SELECT account FROM ledger.balances ORDER BY updated_at DESC LIMIT $1"
MARKS = """
    SELECT (SELECT coalesce(max(notification_id), 0) FROM ledger.events) AS head,
           (SELECT coalesce(min(position), 0) FROM ledger.cursors
            WHERE name IN ('balances', 'jobs')) AS views
"""


class NoLinkError(Exception):
    """PostgreSQL does not answer now."""


@dataclass(frozen=True)
class Entry:
    """One event of the log. `reason` holds a reason code, or the outcome of a delivery."""

    position: int
    recorded_at: datetime
    account: str
    kind: str
    amount: int
    debt_change: int
    balance_after: int
    job_id: UUID | None
    order_id: UUID | None
    reason: str | None
    plan: str | None
    provider: str | None
    money: int | None
    """In minor units of `currency`: what was asked, paid, or went back."""
    currency: str | None


@dataclass(frozen=True)
class JobRow:
    job_id: UUID
    account: str
    state: str
    credits: int
    reason: str | None
    ordered_at: datetime
    ended_at: datetime | None
    delivered: bool


@dataclass(frozen=True)
class Balance:
    balance: int
    open_credits: int
    debt: int


@dataclass(frozen=True)
class Marks:
    """How far the log goes, and how far the views have followed it."""

    head: int
    views: int


class LogReader:
    """Every method raises `NoLinkError` while PostgreSQL is away, and works again afterwards."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def entries(
        self,
        account: str | None,
        *,
        after: int = 0,
        before: int = POSITION_MAX,
        limit: int,
    ) -> list[Entry]:
        """Return events of one account or of all, the newest first."""
        rows = await self._fetch(ENTRIES, account, after, before, limit)
        return [Entry(**dict(row)) for row in rows]

    async def jobs(self, account: str | None, *, limit: int) -> list[JobRow]:
        """Return what is being made, then what waits in its order, then the newest that ended."""
        return [JobRow(**dict(row)) for row in await self._fetch(JOBS, account, limit)]

    async def balance(self, account: str) -> Balance | None:
        rows = await self._fetch(BALANCE, account)
        return Balance(**dict(rows[0])) if rows else None

    async def accounts(self, *, limit: int) -> list[str]:
        return [row["account"] for row in await self._fetch(ACCOUNTS, limit)]

    async def marks(self) -> Marks:
        [row] = await self._fetch(MARKS)
        return Marks(**dict(row))

    async def check(self) -> Check:
        [row] = await self._fetch(CHECK)
        return Check(**{name: int(value) for name, value in row.items()})

    async def _fetch(self, statement: str, *arguments: object) -> list[Row]:
        try:
            return await self._pool.fetch(statement, *arguments)
        except (*UNREACHABLE, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
            raise NoLinkError(repr(error)) from error


@asynccontextmanager
async def open_reader(url: str) -> AsyncGenerator[LogReader]:
    """Connects only when asked something, so the page may start before PostgreSQL."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=POOL_SIZE_MAX,
        timeout=CONNECT_WAIT_S,
        command_timeout=STATEMENT_WAIT_S,
        server_settings={"application_name": "sandbox"},
    )
    try:
        yield LogReader(pool)
    finally:
        # Nothing is written here, so nothing is worth waiting for at the end.
        pool.terminate()
