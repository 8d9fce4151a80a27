"""What holds between distant events of the log, asked of PostgreSQL."""

from ledger.audit.comparisons import Comparison
from ledger.audit.findings import Findings, Kind
from ledger.audit.snapshot import Connection
from ledger.audit.states import UNDECODABLE
from ledger.codec import decode
from ledger.domain.events import DEADLINE, Refunded

READ_AHEAD = 1_000

# The unique indexes say the same. They are not asked: whoever changes rows can drop an index.
REPEATED_KEYS = """
    SELECT NULL::text AS account, max(notification_id) AS position,
           format('key %s stands at %s positions', key, count(*)) AS says
    FROM ledger.events WHERE notification_id <= $1
    GROUP BY key HAVING count(*) > 1
"""
JOBS_ENDED_TWICE = """
    SELECT min(originator_id) AS account, max(notification_id) AS position,
           format('job %s has %s ends', closes_job, count(*)) AS says
    FROM ledger.events WHERE closes_job IS NOT NULL AND notification_id <= $1
    GROUP BY closes_job HAVING count(*) > 1
"""
REFUNDS_ENDED_TWICE = """
    SELECT min(originator_id) AS account, max(notification_id) AS position,
           format('refund %s has %s ends', closes_refund, count(*)) AS says
    FROM ledger.events WHERE closes_refund IS NOT NULL AND notification_id <= $1
    GROUP BY closes_refund HAVING count(*) > 1
"""
DELIVERED_UNENDED = """
    SELECT d.originator_id AS account, d.notification_id AS position,
           format('job %s had no end in this account', d.job_id) AS says
    FROM ledger.events AS d
    WHERE d.kind = 'delivered' AND d.notification_id <= $1 AND NOT EXISTS (
        SELECT FROM ledger.events AS e
        WHERE e.closes_job = d.job_id AND e.originator_id = d.originator_id
          AND e.notification_id < d.notification_id)
"""
DELIVERED_REFUNDED = """
    SELECT d.originator_id, d.notification_id, e.topic, e.state
    FROM ledger.events AS d JOIN ledger.events AS e ON e.closes_job = d.job_id
    WHERE d.kind = 'delivered' AND e.kind = 'refunded' AND d.notification_id <= $1
"""

REFERENCES = (
    Comparison(kind=Kind.KEY_REPEATED, subject="keys", query=REPEATED_KEYS),
    Comparison(kind=Kind.ENDED_TWICE, subject="jobs", query=JOBS_ENDED_TWICE),
    Comparison(kind=Kind.ENDED_TWICE, subject="refunds", query=REFUNDS_ENDED_TWICE),
    Comparison(kind=Kind.DANGLING_REFERENCE, subject="delivered", query=DELIVERED_UNENDED),
)


async def check_late_deliveries(connection: Connection, position: int, findings: Findings) -> None:
    """What was refunded is delivered only if it came too late: the reason is in the payload."""
    async for row in connection.cursor(DELIVERED_REFUNDED, position, prefetch=READ_AHEAD):
        try:
            end = decode(row["topic"], row["state"])
        except UNDECODABLE:
            continue  # the pass over the log names it
        if isinstance(end, Refunded) and end.reason != DEADLINE:
            findings.add(
                Kind.UNLAWFUL,
                f"delivered: its job was refunded ({end.reason})",
                position=row["notification_id"],
                account=row["originator_id"],
            )
