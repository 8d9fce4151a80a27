"""The rows of `ledger.accounts`, on which the rules decide, computed once more from the log."""

from ledger.audit.comparisons import Comparison
from ledger.audit.findings import Kind

TOTALS = """
    WITH computed AS (
        SELECT originator_id, max(originator_version) AS version, sum(CASE
                WHEN kind IN ('topped_up', 'refunded', 'payment_completed',
                              'payment_refund_failed') THEN amount + debt_change
                WHEN kind = 'payment_refund_requested' THEN debt_change - amount
                WHEN kind = 'deducted' THEN -amount
                ELSE 0 END) AS balance,
            sum(debt_change) AS debt
        FROM ledger.events WHERE notification_id <= $1 GROUP BY originator_id
    )
    SELECT originator_id AS account, NULL::bigint AS position, format(
            'version, balance, debt are (%s, %s, %s), the log makes (%s, %s, %s)',
            a.version, a.balance, a.debt, c.version, c.balance, c.debt) AS says
    FROM computed AS c FULL JOIN ledger.accounts AS a USING (originator_id)
    WHERE (a.version, a.balance, a.debt) IS DISTINCT FROM (c.version, c.balance, c.debt)
"""
# Payloads are opened only of what is open, so this costs little however long the log is.
OPEN_DEDUCTIONS = """
    WITH computed AS (
        SELECT d.originator_id, d.job_id, d.amount AS credits,
               (convert_from(d.state, 'UTF8')::jsonb ->> 'deadline_at')::timestamptz AS deadline_at,
               EXISTS (SELECT FROM ledger.events AS s
                       WHERE s.key = 'started:' || d.job_id
                         AND s.notification_id <= $1) AS started
        FROM ledger.events AS d
        WHERE d.kind = 'deducted' AND d.notification_id <= $1 AND NOT EXISTS (
            SELECT FROM ledger.events AS e
            WHERE e.closes_job = d.job_id AND e.notification_id <= $1)
    ), kept AS (
        SELECT a.originator_id, one.key::uuid AS job_id,
               (one.value ->> 'credits')::bigint AS credits,
               (one.value ->> 'deadline_at')::timestamptz AS deadline_at,
               coalesce((one.value ->> 'started')::boolean, false) AS started
        FROM ledger.accounts AS a, jsonb_each(a.open_deductions) AS one
    )
    SELECT originator_id AS account, NULL::bigint AS position,
           format('open job %s is %s, the log makes it %s', job_id,
                  coalesce(k.credits || ' credits until ' || k.deadline_at
                           || CASE WHEN k.started THEN ', started' ELSE '' END, 'absent'),
                  coalesce(c.credits || ' credits until ' || c.deadline_at
                           || CASE WHEN c.started THEN ', started' ELSE '' END, 'absent')) AS says
    FROM computed AS c FULL JOIN kept AS k USING (originator_id, job_id)
    WHERE (k.credits, k.deadline_at, k.started)
        IS DISTINCT FROM (c.credits, c.deadline_at, c.started)
"""
OPEN_ORDERS = """
    WITH computed AS (
        SELECT r.originator_id, r.order_id, convert_from(r.state, 'UTF8')::jsonb
            - '{originator_id,originator_version,order_id}'::text[] AS content
        FROM ledger.events AS r
        WHERE r.kind = 'payment_requested' AND r.notification_id <= $1 AND NOT EXISTS (
            SELECT FROM ledger.events AS e
            WHERE e.order_id = r.order_id AND e.notification_id <= $1
              AND e.kind IN ('payment_completed', 'payment_canceled'))
    ), kept AS (
        SELECT a.originator_id, one.key::uuid AS order_id, one.value AS content
        FROM ledger.accounts AS a, jsonb_each(a.open_orders) AS one
    )
    SELECT originator_id AS account, NULL::bigint AS position,
           format('open order %s is %s, the log makes it %s', order_id,
                  coalesce(k.content::text, 'absent'), coalesce(c.content::text, 'absent')) AS says
    FROM computed AS c FULL JOIN kept AS k USING (originator_id, order_id)
    WHERE k.content IS DISTINCT FROM c.content
"""

ACCOUNT_ROWS = (
    Comparison(kind=Kind.ACCOUNT_DIVERGED, subject="accounts", query=TOTALS),
    Comparison(kind=Kind.ACCOUNT_DIVERGED, subject="accounts", query=OPEN_DEDUCTIONS),
    Comparison(kind=Kind.ACCOUNT_DIVERGED, subject="accounts", query=OPEN_ORDERS),
)
