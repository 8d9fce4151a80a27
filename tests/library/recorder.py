"""Our recorder behind the library's interface, for its own test cases.

What writes is the product's: the function `ledger.append_events` with its lock, its positions, its
keys and its chain, called with the product's statement. What wakes a reader is the product's bell.
Only the library's stored events pass here, which are no events of ours, so the domain, the codec
and the table's CHECK constraints stand aside.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent

from ledger.database import Bell
from ledger.log.postgres import APPEND

SEEN_NOTHING = (0, b"", None)
NO_ACCOUNTS: list[tuple[Any, ...]] = []
SELECT_EVENTS = """
    SELECT originator_id, originator_version, topic, state FROM ledger.events
    WHERE originator_id = $1
      AND originator_version > coalesce($2, originator_version - 1)
      AND originator_version <= coalesce($3, originator_version)
    ORDER BY originator_version * (CASE WHEN $4 THEN -1 ELSE 1 END)
    LIMIT $5
"""
SELECT_NOTIFICATIONS = """
    SELECT originator_id, originator_version, topic, state, notification_id AS id
    FROM ledger.events
    WHERE notification_id > $1
      AND notification_id <= coalesce($2, notification_id)
      AND (cardinality($3::text[]) = 0 OR topic = ANY ($3))
    ORDER BY notification_id
    LIMIT $4
"""
MAX_POSITION = "SELECT max(notification_id) FROM ledger.events"
BATCH_MAX = 500


class Recorder:
    """The library's `ApplicationRecorder`, were it made for asyncio."""

    def __init__(self, pool: asyncpg.Pool, bell: Bell) -> None:
        self._pool = pool
        self._bell = bell

    async def insert_events(self, stored: Sequence[StoredEvent]) -> Sequence[int] | None:
        """Return the positions; raise the library's error if one of the versions is taken."""
        if not stored:
            return None
        rows = [_row_of(one) for one in stored]
        try:
            row = await self._pool.fetchrow(APPEND, *SEEN_NOTHING, NO_ACCOUNTS, rows)
        except asyncpg.UniqueViolationError as error:
            raise IntegrityError(error.constraint_name) from error
        if row["outcome"] != "appended":
            raise IntegrityError(row["outcome"], row["moved_keys"])
        return [row["first_position"] + nth for nth in range(len(stored))]

    async def select_events(
        self,
        originator_id: str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        rows = await self._pool.fetch(SELECT_EVENTS, originator_id, gt, lte, desc, limit)
        return [StoredEvent(**row) for row in rows]

    async def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = (start or 0) - inclusive_of_start
        rows = await self._pool.fetch(SELECT_NOTIFICATIONS, after, stop, list(topics), limit)
        return [Notification(**row) for row in rows]

    async def max_notification_id(self) -> int | None:
        return await self._pool.fetchval(MAX_POSITION)

    async def wait_for_notifications(
        self, after: int, topics: Sequence[str]
    ) -> Sequence[Notification]:
        """Return what came after a position, or nothing when the bell rang for nothing."""
        found = await self.select_notifications(
            after, BATCH_MAX, topics=topics, inclusive_of_start=False
        )
        if not found:
            await self._bell.wait()
        return found


def _row_of(stored: StoredEvent) -> tuple[Any, ...]:
    """Return a row of `ledger.event_change`; one stream and version are one key."""
    stream, version = stored.originator_id, stored.originator_version
    ids = (None,) * 4
    return (
        *(stream, version, stored.topic, stored.state, 0, f"{stream}/{version}", *ids),
        *("library", "library", 0, 0, 0),
    )
