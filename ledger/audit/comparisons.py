"""Comparisons that PostgreSQL makes by itself: each is a query for what differs."""

import asyncpg
from msgspec import Struct

from ledger.audit.findings import LISTED_PER_KIND_MAX, Findings, Kind
from ledger.audit.snapshot import Connection

DIFFERING = """
    SELECT account, position, says, count(*) OVER () AS total FROM ({query}) AS differing
    ORDER BY position, account LIMIT {limit}
"""


class Comparison(Struct, frozen=True, kw_only=True):
    kind: Kind
    subject: str
    query: str
    """Selects `account`, `position` and `says` of each difference; $1 is a position."""


async def compare(
    connection: Connection, comparison: Comparison, position: int, findings: Findings
) -> None:
    """Compare as of the position. A value that PostgreSQL cannot read is a finding too."""
    query = DIFFERING.format(query=comparison.query, limit=LISTED_PER_KIND_MAX)
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        rows = await connection.fetch(query, position)
        await savepoint.commit()
    except asyncpg.DataError as error:
        await savepoint.rollback()
        findings.add(comparison.kind, f"{comparison.subject} cannot be compared: {error}")
        return
    for row in rows:
        findings.add(
            comparison.kind,
            f"{comparison.subject}: {row['says']}",
            position=row["position"],
            account=row["account"],
        )
    if rows:
        findings.add_uncounted(comparison.kind, rows[0]["total"] - len(rows))
