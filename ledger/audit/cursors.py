"""How far each follower of the log is, and whether it followed this log."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ledger.audit.findings import Findings, Kind
from ledger.audit.snapshot import Connection

CURSORS = """
    SELECT c.name, c.position, c.moved_at, c.hash, e.hash AS hash_of_log
    FROM ledger.cursors AS c LEFT JOIN ledger.events AS e ON e.notification_id = c.position
    ORDER BY c.name
"""


class Follower(Struct, frozen=True, kw_only=True):
    """`behind` is no fault: the follower has yet to read that many events."""

    name: str
    position: int
    behind: int
    moved_at: datetime | None = None
    diverged: bool = False


async def check_cursors(
    connection: Connection, head: int, findings: Findings
) -> Sequence[Follower]:
    followers: list[Follower] = []
    for row in await connection.fetch(CURSORS):
        position: int = row["position"]
        trouble = ""
        if not 0 <= position <= head:
            trouble = f"stands at {position}, the log ends at {head}"
        elif position > 0 and row["hash"] != row["hash_of_log"]:
            trouble = f"read another event at {position} than the log holds"
        if trouble:
            says = f"cursor {row['name']} {trouble}"
            findings.add(Kind.CURSOR_DIVERGED, says, position=position)
        follower = Follower(
            name=row["name"],
            position=position,
            behind=max(0, head - position),
            moved_at=row["moved_at"],
            diverged=bool(trouble),
        )
        followers.append(follower)
    return followers
