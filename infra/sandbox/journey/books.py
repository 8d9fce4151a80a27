"""Read the ledger's books from outside, with SQL over the log, as the reader role."""

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from msgspec import Struct

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Pool = asyncpg.Pool

WAIT_S = 60.0
POLL_S = 0.05

# Every line is one account, and the sum of all: the equations of the ledger, from the log alone.
EQUATIONS = """
    WITH sums AS (
        SELECT originator_id AS account,
               coalesce(sum(amount) FILTER (WHERE kind = 'topped_up'), 0) AS topped_up,
               coalesce(sum(amount) FILTER (WHERE kind = 'payment_completed'), 0) AS bought,
               coalesce(sum(amount) FILTER (WHERE kind = 'payment_refund_requested'), 0)
                   - coalesce(sum(amount) FILTER (WHERE kind = 'payment_refund_failed'), 0)
                   AS clawed_back,
               sum(debt_change) AS debt,
               coalesce(sum(amount) FILTER (WHERE kind = 'deducted'), 0) AS deducted,
               coalesce(sum(amount) FILTER (WHERE kind = 'settled'), 0) AS settled,
               coalesce(sum(amount) FILTER (WHERE kind = 'refunded'), 0) AS refunded
        FROM ledger.events GROUP BY originator_id
    ), last AS (
        SELECT DISTINCT ON (originator_id) originator_id AS account, balance_after, debt_after
        FROM ledger.events ORDER BY originator_id, originator_version DESC
    ), still_open AS (
        SELECT d.originator_id AS account, sum(d.amount) AS open
        FROM ledger.events AS d
        LEFT JOIN ledger.events AS e ON e.closes_job = d.job_id
        WHERE d.kind = 'deducted' AND e.closes_job IS NULL
        GROUP BY d.originator_id
    )
    SELECT s.*, l.balance_after AS balance, coalesce(o.open, 0) AS open,
           b.balance AS shown_balance, b.open_credits AS shown_open, a.balance AS kept_balance,
           l.balance_after
                   = s.topped_up + s.bought + s.refunded - s.deducted - s.clawed_back + s.debt
               AND l.balance_after >= 0 AND s.debt >= 0 AND l.debt_after = s.debt
               AND s.deducted = s.settled + s.refunded + coalesce(o.open, 0)
               AND b.balance = l.balance_after
               AND b.open_credits = coalesce(o.open, 0)
               AND a.balance = l.balance_after AS holds
    FROM sums AS s
    JOIN last AS l USING (account)
    LEFT JOIN still_open AS o USING (account)
    LEFT JOIN ledger.balances AS b USING (account)
    LEFT JOIN ledger.accounts AS a ON a.originator_id = s.account
    ORDER BY account
"""
BREACHES = """
    SELECT 'a job has two ends' AS breach, job_id::text AS where_ FROM ledger.events
        WHERE closes_job IS NOT NULL GROUP BY job_id HAVING count(*) > 1
    UNION ALL
    SELECT 'started and cancelled', s.job_id::text FROM ledger.journal AS s
        JOIN ledger.journal AS r ON r.job_id = s.job_id
        WHERE s.kind = 'started' AND r.kind = 'refunded' AND r.details ->> 'reason' = 'cancelled'
    UNION ALL
    SELECT 'a deduction is not whole when it ends', d.job_id::text FROM ledger.events AS d
        JOIN ledger.events AS e ON e.closes_job = d.job_id
        WHERE d.kind = 'deducted' AND d.amount <> e.amount
    UNION ALL
    SELECT 'an end before its deduction', e.job_id::text FROM ledger.events AS e
        LEFT JOIN ledger.events AS d ON d.job_id = e.job_id AND d.kind = 'deducted'
            AND d.notification_id < e.notification_id
        WHERE e.kind IN ('started', 'settled', 'refunded', 'delivered') AND d.job_id IS NULL
    UNION ALL
    SELECT 'a gap in the positions', max(notification_id)::text FROM ledger.events
        HAVING max(notification_id) <> count(*)
    UNION ALL
    SELECT 'a gap in the versions', originator_id FROM ledger.events
        GROUP BY originator_id HAVING max(originator_version) <> count(*)
    UNION ALL
    SELECT 'time went back', later.notification_id::text FROM ledger.events AS later
        JOIN ledger.events AS earlier ON earlier.notification_id = later.notification_id - 1
        WHERE later.recorded_at < earlier.recorded_at
"""
EVENTS = """
    SELECT position, account, kind, amount, job_id, recorded_at, balance_after, details
    FROM ledger.journal
    WHERE ($1::text IS NULL OR account = $1) AND ($2::text IS NULL OR kind = $2) AND position > $3
    ORDER BY position
"""
VIEWS_BEHIND = """
    SELECT coalesce(max(e.notification_id), 0) - (SELECT min(position) FROM ledger.cursors)
    FROM ledger.events AS e
"""


class NotRecordedError(AssertionError):
    """What the story waits for did not appear in the log in time."""


class Entry(Struct, frozen=True, kw_only=True):
    """One event, as an outsider reads it."""

    position: int
    account: str
    kind: str
    credits: int
    job_id: UUID | None
    recorded_at: float
    """Seconds since the epoch, by PostgreSQL's clock."""
    balance_after: int
    reason: str | None


class Books:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def events(
        self, account: str | None, kind: str | None = None, after: int = 0
    ) -> list[Entry]:
        """Return the events of an account, or of all."""
        rows = await self._pool.fetch(EVENTS, account, kind, after)
        return [
            Entry(
                position=row["position"],
                account=row["account"],
                kind=row["kind"],
                credits=row["amount"],
                job_id=row["job_id"],
                recorded_at=row["recorded_at"].timestamp(),
                balance_after=row["balance_after"],
                reason=_reason_in(row["details"]),
            )
            for row in rows
        ]

    async def until(
        self, account: str, kind: str, *, count: int = 1, after: int = 0, wait_s: float = WAIT_S
    ) -> list[Entry]:
        """Return the account's events of a kind as soon as there are `count` of them."""
        give_up_at = time.monotonic() + wait_s
        while len(found := await self.events(account, kind, after)) < count:
            if time.monotonic() > give_up_at:
                raise NotRecordedError(f"{account}: {len(found)} of {count} {kind} in the log")
            await asyncio.sleep(POLL_S)
        return found

    async def balance(self, account: str) -> int:
        """Return the balance as the account's last event left it."""
        events = await self.events(account)
        return events[-1].balance_after if events else 0

    async def head(self) -> int:
        return await self._pool.fetchval("SELECT coalesce(max(position), 0) FROM ledger.journal")

    async def equations(self) -> list[dict[str, Any]]:
        """Return one line per account, once every view has caught up with the log."""
        give_up_at = time.monotonic() + WAIT_S
        while await self._pool.fetchval(VIEWS_BEHIND) > 0:
            if time.monotonic() > give_up_at:
                raise NotRecordedError("the views do not catch up with the log")
            await asyncio.sleep(POLL_S)
        return [dict(row) for row in await self._pool.fetch(EQUATIONS)]

    async def breaches(self) -> list[str]:
        rows = await self._pool.fetch(BREACHES)
        return [f"{row['breach']}: {row['where_']}" for row in rows]


def _reason_in(details: str) -> str | None:
    return json.loads(details).get("reason")
