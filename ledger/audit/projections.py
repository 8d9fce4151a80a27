"""The projections against the log, each as of its own position."""

from collections.abc import Sequence

from ledger.audit import recomputed
from ledger.audit.comparisons import Comparison
from ledger.audit.findings import Kind

# Only rows that differ are taken apart, so naming their columns costs nothing.
DIFFERENCE = """
    SELECT {account} AS account, {position} AS position, format(
            CASE WHEN k.{first} IS NULL THEN 'row %1$s is missing'
                 WHEN c.{first} IS NULL THEN 'row %1$s is not of the log'
                 ELSE 'row %1$s: %2$s' END,
            concat_ws(' ', {key}), (
                SELECT string_agg(format('%s is %s, the log makes it %s', name,
                    coalesce(old.value, 'absent'), coalesce(new.value, 'absent')), '; ')
                FROM jsonb_each_text(to_jsonb(k)) AS old (name, value)
                FULL JOIN jsonb_each_text(to_jsonb(c)) AS new (name, value) USING (name)
                WHERE old.value IS DISTINCT FROM new.value)) AS says
    FROM ({computed}) AS c FULL JOIN ledger.{name} AS k USING ({key})
    WHERE k.{first} IS NULL OR c.{first} IS NULL OR ({kept}) IS DISTINCT FROM ({made})
"""

COLUMNS = {
    "balances": ("account", "balance", "open_credits", "updated_at", "debt"),
    "history": (
        *("position", "account", "recorded_at", "kind", "credits", "balance_after", "job_id"),
        *("reason", "order_id", "debt_change"),
    ),
    "jobs": (
        *("job_id", "account", "state", "credits", "reason", "video_digest", "balance_after"),
        *("ordered_at", "deadline_at", "ended_at", "delivered", "ordered_position", "position"),
    ),
    "payments": (
        *("order_id", "account", "provider", "plan", "credits", "price", "currency", "state"),
        *("payment_ids", "completed", "paid_credits", "paid_money", "refund_requested_money"),
        *("refund_returned_money", "refund_failed_money", "open_refunds", "clawed_credits"),
        *("shortfall_credits", "requested_at", "opened_at", "completed_at", "canceled_at"),
        *("requested_position", "position"),
    ),
    "daily_totals": ("day", "kind", "currency", "events", "credits", "debt_change", "money"),
}
"""Every column of each projection; those of its primary key come first."""


def _comparison(
    name: str, computed: str, *, key: int = 1, account: str = "account", position: str = "position"
) -> Comparison:
    columns = COLUMNS[name]
    query = DIFFERENCE.format(
        name=name,
        computed=computed,
        account=account,
        position=position,
        first=columns[0],
        key=", ".join(columns[:key]),
        kept=_of("k", columns),
        made=_of("c", columns),
    )
    return Comparison(kind=Kind.PROJECTION_DIVERGED, subject=name, query=query)


def _of(table: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


PROJECTIONS = {
    "balances": _comparison("balances", recomputed.BALANCES, position="NULL::bigint"),
    "history": _comparison("history", recomputed.HISTORY, account="coalesce(k.account, c.account)"),
    "jobs": _comparison(
        "jobs",
        recomputed.JOBS,
        account="coalesce(k.account, c.account)",
        position="coalesce(c.ordered_position, k.ordered_position)",
    ),
    "payments": _comparison(
        "payments",
        recomputed.PAYMENTS,
        account="coalesce(k.account, c.account)",
        position="coalesce(c.requested_position, k.requested_position)",
    ),
    "daily_totals": _comparison(
        "daily_totals",
        recomputed.DAILY_TOTALS,
        key=3,
        account="NULL::text",
        position="NULL::bigint",
    ),
}
