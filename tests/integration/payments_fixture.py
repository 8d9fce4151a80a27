"""The world of payments on the real PostgreSQL, and what its tests do again and again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from contracts.messages import GetPayment
from infra.local.credentials import DatabaseUrls
from ledger.log.postgres import PostgresEventLog
from ledger.payments.settling import Verdict
from ledger.views.following import catch_up
from ledger.views.payments import Payments
from tests.memory_gateway import MemoryGateway
from tests.payments_world import ME, MINUTE, Clock, World

ORDER, OTHER = UUID(int=7), UUID(int=8)
HOUR = 60 * MINUTE


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


async def paid_order(world, order_id=ORDER, **fields):
    """Return the id of a payment that is paid, and that the ledger has not heard of."""
    async with world.ledger() as ledger:
        await ledger.buy(order_id=order_id, **fields)
    payment_id = list(world.gateway.payments)[-1]
    assert world.gateway.pay(payment_id)
    return payment_id


async def credited_order(world, **fields):
    payment_id = await paid_order(world, **fields)
    async with world.ledger() as ledger:
        assert await ledger.settle(payment_id) is Verdict.CREDITED
    return payment_id


async def balance(world, account=ME):
    async with world.ledger() as ledger:
        return await ledger.balance(account)


async def said(ledger):
    """Return how the order stands; nobody does anything about it."""
    return await ledger.buying.payment(GetPayment(account=ME, order_id=ORDER))
