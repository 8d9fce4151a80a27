"""Grants that come over NATS, from a chat or the sandbox's page, up to a limit a day.

An operator at the console has no such limit: whoever may open the database needs no permission.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from contracts.messages import TopUp
from ledger.database import Pool
from ledger.domain.refusals import Capped

DAY = timedelta(days=1)

NOTE = """
    INSERT INTO ledger.chat_grants (account, grant_id, credits, granted_at)
    SELECT $1, $2, $3::bigint, $4
    WHERE $6::bigint >= $3::bigint + (
        SELECT coalesce(sum(credits), 0)::bigint FROM ledger.chat_grants WHERE granted_at > $5)
    ON CONFLICT (account, grant_id) DO NOTHING
    RETURNING 1
"""
IS_NOTED = "SELECT 1 FROM ledger.chat_grants WHERE account = $1 AND grant_id = $2"

log = structlog.get_logger()


class ChatGrants:
    def __init__(self, pool: Pool, day_max: int, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._day_max = day_max
        self._now = now
        self._turn = asyncio.Lock()

    async def note(self, grant: TopUp) -> None:
        """Count the grant, once. Raises `Capped` when the day has no room for it."""
        now = self._now()
        # One after the other, or two would both find room for themselves.
        async with self._turn:
            counted = await self._pool.fetchval(
                NOTE,
                grant.account,
                grant.grant_id,
                grant.credits,
                now,
                now - DAY,
                self._day_max,
            )
        if counted is None and not await self._pool.fetchval(
            IS_NOTED, grant.account, grant.grant_id
        ):
            log.error("the chat may grant no more today", credits=grant.credits)
            raise Capped
