"""What must be true of a log in PostgreSQL, whatever was done to the ledgers that wrote it."""

from collections.abc import Sequence

import asyncpg

from contracts.messages import Done, Refusal
from tests.eventually import eventually
from tests.linearise import Call
from tests.sequential_ledger import Answer, Asked

# What came in less what went out, recomputed from kinds and amounts alone.
EQUATIONS = """
    WITH sums AS (
        SELECT originator_id AS account, max(originator_version) AS version, count(*) AS events,
               sum(CASE WHEN kind IN ('topped_up', 'refunded', 'payment_completed',
                                      'payment_refund_failed') THEN amount + debt_change
                        WHEN kind = 'deducted' THEN -amount
                        WHEN kind = 'payment_refund_requested' THEN -amount + debt_change
                        ELSE 0 END) AS balance,
               sum(debt_change) AS debt,
               sum(CASE WHEN kind = 'deducted' THEN amount
                        WHEN kind IN ('settled', 'refunded') THEN -amount
                        ELSE 0 END) AS open,
               (array_agg(balance_after ORDER BY notification_id DESC))[1] AS last_balance
        FROM ledger.events GROUP BY originator_id
    )
    SELECT sums.*, a.*
    FROM sums FULL JOIN ledger.accounts AS a ON a.originator_id = sums.account
    WHERE sums.version <> sums.events OR sums.balance <> a.balance OR sums.debt <> a.debt
       OR sums.last_balance <> sums.balance OR sums.version <> a.version OR sums.balance < 0
       OR sums.open <> (SELECT coalesce(sum((one.value ->> 'credits')::int), 0)
                        FROM jsonb_each(a.open_deductions) AS one)
       OR sums.account IS NULL OR a.originator_id IS NULL
"""
GAPS = "SELECT count(*) - coalesce(max(notification_id), 0) FROM ledger.events"
TWICE = "SELECT key FROM ledger.events GROUP BY key HAVING count(*) > 1"
TWO_ENDS = """
    SELECT job_id FROM ledger.events GROUP BY job_id
    HAVING count(*) FILTER (WHERE kind IN ('settled', 'refunded')) > 1
        OR count(*) FILTER (WHERE kind = 'started') > 0
           AND bool_or(kind = 'refunded' AND convert_from(state, 'UTF8') LIKE '%"cancelled"%')
"""
BROKEN_CHAIN = """
    SELECT notification_id FROM (
        SELECT e.*, lag(hash, 1, ledger.genesis()) OVER (ORDER BY notification_id) AS previous
        FROM ledger.events AS e) AS e
    WHERE hash <> sha256(previous || ledger.event_form(
        notification_id, originator_version, recorded_at, amount, balance_after, debt_change,
        debt_after, originator_id, topic, state, kind, key, actor, correlation_id, job_id,
        closes_job, order_id, closes_refund))
"""
LAG = """
    SELECT max((SELECT coalesce(max(notification_id), 0) FROM ledger.events) - position)
    FROM ledger.cursors WHERE name IN ('balances', 'history', 'jobs', 'outbox')
"""
WRONG_BALANCES = """
    SELECT * FROM ledger.accounts AS a FULL JOIN ledger.balances AS b
        ON b.account = a.originator_id
    WHERE a.balance IS DISTINCT FROM b.balance OR a.debt IS DISTINCT FROM b.debt
       OR b.open_credits <> (SELECT coalesce(sum((one.value ->> 'credits')::int), 0)
                             FROM jsonb_each(a.open_deductions) AS one)
"""
WRONG_HISTORY = """
    SELECT * FROM ledger.events AS e FULL JOIN ledger.history AS h
        ON h.position = e.notification_id
    WHERE h.balance_after IS DISTINCT FROM e.balance_after OR h.kind IS DISTINCT FROM e.kind
       OR h.account IS DISTINCT FROM e.originator_id
"""
WRONG_JOBS = """
    SELECT * FROM (
        SELECT job_id, originator_id AS account, bool_or(kind = 'delivered') AS delivered,
               coalesce(max(kind) FILTER (WHERE kind IN ('settled', 'refunded')),
                        max(kind) FILTER (WHERE kind = 'started'), 'queued') AS state
        FROM ledger.events WHERE job_id IS NOT NULL GROUP BY job_id, originator_id
    ) AS e FULL JOIN ledger.jobs AS j USING (job_id)
    WHERE e.account IS DISTINCT FROM j.account OR e.state IS DISTINCT FROM j.state
       OR e.delivered IS DISTINCT FROM j.delivered
"""
BY_CALL = """
    SELECT correlation_id, max(notification_id) AS position, count(*) AS events,
           max(recorded_at) AS recorded_at,
           (array_agg(balance_after ORDER BY notification_id DESC))[1] AS balance
    FROM ledger.events WHERE correlation_id = ANY ($1) GROUP BY correlation_id
"""


async def check_answers(pool: asyncpg.Pool, calls: Sequence[Call[Asked, Answer]]) -> None:
    """Whoever was told yes finds it in the log; whoever was told no, or came late, does not."""
    asked = {one.command.correlation_id: one for one in calls if _is_command(one)}
    rows = {row["correlation_id"]: row for row in await pool.fetch(BY_CALL, list(asked))}
    for correlation_id, call in asked.items():
        row = rows.get(correlation_id)
        not_after = call.command.not_after
        if row is not None and not_after is not None:
            assert row["recorded_at"] <= not_after, f"recorded too late: {call}"
        if isinstance(call.answer, Refusal):
            assert row is None, f"refused, and yet it happened: {call}"
        elif isinstance(call.answer, Done) and (row is not None or not call.answer.repeat):
            assert row is not None, f"told to be done, and not in the log: {call}"
            told = (call.answer.position, call.answer.balance)
            assert told == (row["position"], row["balance"]), f"the log differs: {call}"


async def check_books(pool: asyncpg.Pool) -> None:
    """The equations, each key once, an unbroken chain without gaps, and views equal to the log."""
    checks = (EQUATIONS, TWICE, TWO_ENDS, BROKEN_CHAIN)
    await _nothing_is_found(pool, *checks)
    assert await pool.fetchval(GAPS) == 0, "positions have gaps"
    assert await eventually(lambda: _has_caught_up(pool), within_s=30)
    await _nothing_is_found(pool, WRONG_BALANCES, WRONG_HISTORY, WRONG_JOBS)


async def _nothing_is_found(pool: asyncpg.Pool, *checks: str) -> None:
    for check in checks:
        found = await pool.fetch(check)
        assert found == [], f"{check}\nfinds {found[:3]}"


async def _has_caught_up(pool: asyncpg.Pool) -> bool:
    return await pool.fetchval(LAG) == 0


def _is_command(call: Call[Asked, Answer]) -> bool:
    return hasattr(call.command, "correlation_id")
