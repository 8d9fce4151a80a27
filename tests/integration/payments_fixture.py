"""The world of payments on the real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from infra.local.credentials import DatabaseUrls
from ledger.log.postgres import PostgresEventLog
from ledger.views.following import catch_up
from ledger.views.payments import Payments
from tests.memory_gateway import MemoryGateway
from tests.payments_world import Clock, World


@asynccontextmanager
async def real_world(database: DatabaseUrls, **fields) -> AsyncIterator[World]:
    clock = Clock(datetime.now(UTC))
    async with asyncpg.create_pool(database.service, min_size=1, max_size=10) as pool:

        async def follow() -> None:
            while await catch_up(pool, Payments()):
                pass

        yield World(
            clock, MemoryGateway(clock), PostgresEventLog(pool), pool, follow=follow, **fields
        )
