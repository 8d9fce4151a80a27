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
# Of those that are as usual, none comes back.
DELIVERED_UNUSUALLY = """
    SELECT d.notification_id, d.originator_id, e.topic, e.state
    FROM (SELECT notification_id, originator_id, job_id FROM ledger.events
          WHERE kind = 'delivered' AND notification_id <= $1) AS d
    LEFT JOIN (SELECT notification_id, originator_id, closes_job, topic,
                      CASE WHEN kind = 'refunded' THEN state END AS state
               FROM ledger.events WHERE kind IN ('settled', 'refunded')) AS e
        ON e.closes_job = d.job_id AND e.originator_id = d.originator_id
           AND e.notification_id < d.notification_id
    WHERE e.topic IS NULL OR e.state IS NOT NULL
"""

REFERENCES = (
    Comparison(kind=Kind.KEY_REPEATED, subject="keys", query=REPEATED_KEYS),
    Comparison(kind=Kind.ENDED_TWICE, subject="jobs", query=JOBS_ENDED_TWICE),
    Comparison(kind=Kind.ENDED_TWICE, subject="refunds", query=REFUNDS_ENDED_TWICE),
)


async def check_deliveries(connection: Connection, position: int, findings: Findings) -> None:
    """A job is delivered after its end, and after a refund only if it came too late for it."""
    async for row in connection.cursor(DELIVERED_UNUSUALLY, position, prefetch=READ_AHEAD):
        where = {"position": row["notification_id"], "account": row["originator_id"]}
        if row["topic"] is None:
            findings.add(
                Kind.DANGLING_REFERENCE, "delivered: its job had not ended in this account", **where
            )
            continue
        try:
            end = decode(row["topic"], row["state"])
        except UNDECODABLE:
            continue  # the pass over the log names it
        if isinstance(end, Refunded) and end.reason != DEADLINE:
            says = f"delivered: its job was refunded ({end.reason})"
            findings.add(Kind.UNLAWFUL, says, **where)
