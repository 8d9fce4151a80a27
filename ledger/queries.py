"""Queries, answered from the projections; each may name the position it must include."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from contracts import messages, topology
from contracts.bus import Route
from contracts.messages import (
    GetBalance,
    GetHistory,
    GetJob,
    GetLate,
    GetTerms,
    GetUndelivered,
    Message,
    Query,
)
from ledger.database import Pool, Row
from ledger.domain.rules import Rules

BEHIND_WAIT_S = 2.0
BEHIND_POLL_S = 0.02

# Each finds its rows by an index, however large its table is.
BALANCE = """
    SELECT b.balance, b.open_credits, b.debt,
           (SELECT position FROM ledger.cursors WHERE name = 'balances') AS position
    FROM ledger.balances AS b WHERE b.account = $1
"""
HISTORY = """
    SELECT * FROM ledger.history
    WHERE account = $1 AND position < $2 ORDER BY position DESC LIMIT $3
"""
JOB = "SELECT * FROM ledger.jobs WHERE job_id = $1 AND account = $2"
UNDELIVERED = """
    SELECT * FROM ledger.jobs
    WHERE state = 'settled' AND NOT delivered ORDER BY ended_at LIMIT $1
"""
LATE = """
    SELECT * FROM ledger.jobs
    WHERE state IN ('queued', 'started') AND account LIKE 'tg:%'
        AND ordered_at <= now() - make_interval(secs => $1)
    ORDER BY deadline_at LIMIT $2
"""
JOBS = """
    SELECT * FROM ledger.jobs ORDER BY ordered_position DESC LIMIT $1
"""
OPEN_JOBS = """
    SELECT * FROM ledger.jobs WHERE state IN ('queued', 'started')
    ORDER BY ordered_position DESC LIMIT $1
"""
JOBS_OF = """
    SELECT * FROM ledger.jobs WHERE account = $2 ORDER BY ordered_position DESC LIMIT $1
"""
OPEN_JOBS_OF = """
    SELECT * FROM ledger.jobs WHERE account = $2 AND state IN ('queued', 'started')
    ORDER BY ordered_position DESC LIMIT $1
"""
CURSOR = "SELECT position FROM ledger.cursors WHERE name = $1"
POSITION_MAX = 2**63 - 1

Q = TypeVar("Q", bound=Query)
Read = Callable[[Pool, Q], Awaitable[Message]]


def query_routes(pool: Pool, rules: Rules) -> Sequence[Route[Any]]:
    async def answer_terms(_: GetTerms) -> Message:
        return messages.Terms(
            price_credits=rules.price_credits,
            welcome_credits=rules.welcome_credits,
            deadline_s=rules.deadline.total_seconds(),
        )

    async def answer_undelivered(query: GetUndelivered) -> Message:
        return messages.Jobs(jobs=await undelivered(pool, query.limit))

    async def answer_late(query: GetLate) -> Message:
        return messages.Jobs(jobs=await late(pool, query.older_s, query.limit))

    return [
        Route(topology.BALANCE, GetBalance, _fresh(pool, "balances", _balance)),
        Route(topology.HISTORY, GetHistory, _fresh(pool, "history", _history)),
        Route(topology.JOB, GetJob, _fresh(pool, "jobs", _job)),
        Route(topology.TERMS, GetTerms, answer_terms),
        Route(topology.UNDELIVERED, GetUndelivered, answer_undelivered),
        Route(topology.LATE, GetLate, answer_late),
    ]


async def balance(pool: Pool, account: str) -> messages.Balance | None:
    row = await pool.fetchrow(BALANCE, account)
    if row is None:
        return None
    return messages.Balance(
        account=account,
        balance=row["balance"],
        open_credits=row["open_credits"],
        debt=row["debt"],
        position=row["position"],
    )


async def history(
    pool: Pool, account: str, *, limit: int, before_position: int | None = None
) -> tuple[messages.HistoryEntry, ...]:
    """Return the account's events, the newest first."""
    rows = await pool.fetch(HISTORY, account, before_position or POSITION_MAX, limit)
    return tuple(messages.HistoryEntry.model_validate(dict(row)) for row in rows)


async def jobs(
    pool: Pool, *, account: str | None, open_only: bool, limit: int
) -> tuple[messages.Job, ...]:
    """Return jobs, the newest first."""
    if account is None:
        rows = await pool.fetch(OPEN_JOBS if open_only else JOBS, limit)
    else:
        rows = await pool.fetch(OPEN_JOBS_OF if open_only else JOBS_OF, limit, account)
    return tuple(map(_job_of, rows))


async def undelivered(pool: Pool, limit: int) -> tuple[messages.Job, ...]:
    return tuple(_job_of(row) for row in await pool.fetch(UNDELIVERED, limit))


async def late(pool: Pool, older_s: float, limit: int) -> tuple[messages.Job, ...]:
    """Return open jobs of Telegram accounts by PostgreSQL's clock, the oldest first."""
    return tuple(_job_of(row) for row in await pool.fetch(LATE, older_s, limit))


def _fresh(pool: Pool, view: str, read: Read[Q]) -> Callable[[Q], Awaitable[Message]]:
    """Answer once the view includes the position that the query names, or refuse."""

    async def answer(query: Q) -> Message:
        give_up_at = time.monotonic() + BEHIND_WAIT_S
        while query.min_position > (await pool.fetchval(CURSOR, view) or 0):
            if time.monotonic() > give_up_at:
                return messages.Refusal(code=messages.RefusalCode.VIEW_BEHIND)
            await asyncio.sleep(BEHIND_POLL_S)
        return await read(pool, query)

    return answer


async def _balance(pool: Pool, query: GetBalance) -> Message:
    found = await balance(pool, query.account)
    return found or messages.Refusal(code=messages.RefusalCode.ACCOUNT_UNKNOWN)


async def _history(pool: Pool, query: GetHistory) -> Message:
    entries = await history(
        pool, query.account, limit=query.limit, before_position=query.before_position
    )
    return messages.History(account=query.account, entries=entries)


async def _job(pool: Pool, query: GetJob) -> Message:
    row = await pool.fetchrow(JOB, query.job_id, query.account)
    if row is None:
        return messages.Refusal(code=messages.RefusalCode.JOB_UNKNOWN)
    return _job_of(row)


def _job_of(row: Row) -> messages.Job:
    return messages.Job.model_validate(dict(row))
