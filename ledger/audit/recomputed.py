"""What each projection must hold as of position $1, computed from the log alone.

Typed columns are used wherever they say it; a payload is opened only for what no column has. The
comments on the tables (`ledger/sql`) say the same in words. Nothing here is shared with
`ledger.views`, which fills the tables.
"""

BALANCES = """
    SELECT originator_id AS account,
           sum(CASE
               WHEN kind IN ('topped_up', 'refunded', 'payment_completed',
                             'payment_refund_failed') THEN amount + debt_change
               WHEN kind = 'payment_refund_requested' THEN debt_change - amount
               WHEN kind = 'deducted' THEN -amount
               ELSE 0 END)::bigint AS balance,
           sum(CASE
               WHEN kind = 'deducted' THEN amount
               WHEN kind IN ('settled', 'refunded') THEN -amount
               ELSE 0 END)::bigint AS open_credits,
           max(recorded_at) AS updated_at,
           sum(debt_change)::bigint AS debt
    FROM ledger.events WHERE notification_id <= $1 GROUP BY originator_id
"""
HISTORY = """
    SELECT notification_id AS position, originator_id AS account, recorded_at, kind,
           CASE
               WHEN kind IN ('topped_up', 'refunded', 'payment_completed',
                             'payment_refund_failed') THEN amount + debt_change
               WHEN kind = 'payment_refund_requested' THEN debt_change - amount
               WHEN kind = 'deducted' THEN -amount
               ELSE 0 END AS credits,
           balance_after, job_id,
           CASE
               WHEN kind IN ('topped_up', 'refunded', 'payment_canceled',
                             'payment_refund_failed')
                   THEN convert_from(state, 'UTF8')::json ->> 'reason'
               WHEN kind = 'delivered' THEN convert_from(state, 'UTF8')::json ->> 'outcome'
               END AS reason,
           order_id, debt_change
    FROM ledger.events WHERE notification_id <= $1
"""
# Each kind is read once and cut to what is needed, so that the joins fit into memory.
JOBS = """
    WITH d AS MATERIALIZED (
        SELECT job_id, originator_id, amount, balance_after, recorded_at, notification_id,
               (convert_from(state, 'UTF8')::json ->> 'deadline_at')::timestamptz AS deadline_at
        FROM ledger.events WHERE kind = 'deducted' AND notification_id <= $1
    ), s AS MATERIALIZED (
        SELECT job_id, notification_id FROM ledger.events
        WHERE kind = 'started' AND notification_id <= $1
    ), e AS MATERIALIZED (
        SELECT closes_job AS job_id, kind, balance_after, recorded_at, notification_id,
               convert_from(state, 'UTF8')::json ->> CASE kind
                   WHEN 'refunded' THEN 'reason' ELSE 'video_digest' END AS detail
        FROM ledger.events WHERE kind IN ('settled', 'refunded') AND notification_id <= $1
    ), v AS MATERIALIZED (
        SELECT job_id, notification_id FROM ledger.events
        WHERE kind = 'delivered' AND notification_id <= $1
    )
    SELECT job_id, d.originator_id AS account,
           coalesce(e.kind, CASE WHEN s.notification_id IS NULL
                            THEN 'queued' ELSE 'started' END) AS state,
           d.amount AS credits,
           CASE WHEN e.kind = 'refunded' THEN e.detail END AS reason,
           CASE WHEN e.kind = 'settled' THEN e.detail END AS video_digest,
           coalesce(e.balance_after, d.balance_after) AS balance_after,
           d.recorded_at AS ordered_at, d.deadline_at, e.recorded_at AS ended_at,
           v.notification_id IS NOT NULL AS delivered,
           d.notification_id AS ordered_position,
           greatest(d.notification_id, s.notification_id, e.notification_id,
                    v.notification_id) AS position
    FROM d LEFT JOIN s USING (job_id) LEFT JOIN e USING (job_id) LEFT JOIN v USING (job_id)
"""
PAYMENTS = """
    WITH about AS (
        SELECT notification_id, order_id, originator_id, kind, amount, debt_change, recorded_at,
               closes_refund, convert_from(state, 'UTF8')::jsonb AS body
        FROM ledger.events WHERE order_id IS NOT NULL AND notification_id <= $1
    ), ids AS (
        SELECT order_id, jsonb_agg(payment_id ORDER BY first) AS payment_ids
        FROM (SELECT order_id, body ->> 'payment_id' AS payment_id, min(notification_id) AS first
              FROM about WHERE kind IN ('payment_opened', 'payment_completed')
              GROUP BY order_id, body ->> 'payment_id') AS each_once
        GROUP BY order_id
    ), refunds AS (
        SELECT asked.order_id,
               sum((asked.body ->> 'money')::bigint) AS requested,
               sum((asked.body ->> 'money')::bigint)
                   FILTER (WHERE ended.kind = 'payment_refunded') AS returned,
               sum((asked.body ->> 'money')::bigint)
                   FILTER (WHERE ended.kind = 'payment_refund_failed') AS failed,
               jsonb_object_agg(asked.body ->> 'refund_id', (asked.body ->> 'money')::bigint)
                   FILTER (WHERE ended.kind IS NULL) AS open
        FROM about AS asked LEFT JOIN about AS ended
            ON ended.order_id = asked.order_id
               AND ended.closes_refund = asked.body ->> 'refund_id'
        WHERE asked.kind = 'payment_refund_requested' GROUP BY asked.order_id
    ), orders AS (
        SELECT order_id,
               min(originator_id) FILTER (WHERE kind = 'payment_requested') AS account,
               min(body ->> 'provider') FILTER (WHERE kind = 'payment_requested') AS provider,
               min(body ->> 'plan') FILTER (WHERE kind = 'payment_requested') AS plan,
               min(amount) FILTER (WHERE kind = 'payment_requested') AS credits,
               min((body ->> 'price')::bigint) FILTER (WHERE kind = 'payment_requested') AS price,
               min(body ->> 'currency') FILTER (WHERE kind = 'payment_requested') AS currency,
               CASE
                   WHEN bool_or(kind = 'payment_completed') THEN 'completed'
                   WHEN bool_or(kind = 'payment_canceled') THEN 'canceled'
                   WHEN bool_or(kind = 'payment_opened') THEN 'opened'
                   ELSE 'requested' END AS state,
               count(*) FILTER (WHERE kind = 'payment_completed') AS completed,
               sum(amount) FILTER (WHERE kind = 'payment_completed') AS paid_credits,
               sum((body ->> 'price')::bigint)
                   FILTER (WHERE kind = 'payment_completed') AS paid_money,
               sum(amount) FILTER (WHERE kind = 'payment_refund_requested') AS taken,
               sum(amount) FILTER (WHERE kind = 'payment_refund_failed') AS given_back,
               sum(debt_change) FILTER (WHERE kind = 'payment_refund_requested') AS shortfall,
               min(recorded_at) FILTER (WHERE kind = 'payment_requested') AS requested_at,
               min(recorded_at) FILTER (WHERE kind = 'payment_opened') AS opened_at,
               min(recorded_at) FILTER (WHERE kind = 'payment_completed') AS completed_at,
               min(recorded_at) FILTER (WHERE kind = 'payment_canceled') AS canceled_at,
               min(notification_id)
                   FILTER (WHERE kind = 'payment_requested') AS requested_position,
               max(notification_id) AS position
        FROM about GROUP BY order_id
    )
    SELECT order_id, account, provider, plan, credits, price, currency, state,
           coalesce(payment_ids, '[]') AS payment_ids, completed,
           coalesce(paid_credits, 0)::bigint AS paid_credits,
           coalesce(paid_money, 0)::bigint AS paid_money,
           coalesce(requested, 0)::bigint AS refund_requested_money,
           coalesce(returned, 0)::bigint AS refund_returned_money,
           coalesce(failed, 0)::bigint AS refund_failed_money,
           coalesce(open, '{}') AS open_refunds,
           (coalesce(taken, 0) - coalesce(given_back, 0))::bigint AS clawed_credits,
           coalesce(shortfall, 0)::bigint AS shortfall_credits,
           requested_at, opened_at, completed_at, canceled_at, requested_position, position
    FROM orders LEFT JOIN ids USING (order_id) LEFT JOIN refunds USING (order_id)
"""
DAILY_TOTALS = """
    SELECT (recorded_at AT TIME ZONE 'UTC')::date AS day, kind,
           CASE WHEN kind IN ('payment_requested', 'payment_completed',
                              'payment_refund_requested')
               THEN convert_from(state, 'UTF8')::json ->> 'currency' ELSE '' END AS currency,
           count(*) AS events, sum(amount)::bigint AS credits,
           sum(debt_change)::bigint AS debt_change,
           sum(CASE
               WHEN kind IN ('payment_requested', 'payment_completed')
                   THEN (convert_from(state, 'UTF8')::json ->> 'price')::bigint
               WHEN kind = 'payment_refund_requested'
                   THEN (convert_from(state, 'UTF8')::json ->> 'money')::bigint
               ELSE 0 END)::bigint AS money
    FROM ledger.events WHERE notification_id <= $1 GROUP BY 1, 2, 3
"""
