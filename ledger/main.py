"""The ledger service: everything is opened, wired and started here."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial

import structlog

from contracts.bus import BusSettings, backlog_of, consume, declare, open_bus, serve
from contracts.topology import LEDGER_OUTCOMES, Service
from ledger.commands import command_routes
from ledger.database import Bell, open_lines, open_pool
from ledger.granting import ChatGrants
from ledger.log import EventLog
from ledger.log.postgres import PostgresEventLog
from ledger.outbox.leading import Outbox, Publisher
from ledger.outbox.stream import NatsPublisher
from ledger.payments.service import Surroundings, open_payments
from ledger.payments.settings import PaymentSettings
from ledger.policies import Policies
from ledger.queries import query_routes
from ledger.readiness import check_at_start
from ledger.service import open_ledger
from ledger.settings import DatabaseSettings, HeadsSettings, LedgerSettings
from ledger.sweep import Sweep
from ledger.views import PROJECTIONS
from ledger.views.following import follow

VERSION = "1.0.0"
OUTCOME_WORKERS = 4

log = structlog.get_logger()


def _as_it_is(port: EventLog) -> EventLog:
    return port


def _as_published(port: Publisher) -> Publisher:
    return port


async def serve_ledger(
    stop: asyncio.Event,
    *,
    wrap_log: Callable[[EventLog], EventLog] = _as_it_is,
    wrap_publisher: Callable[[Publisher], Publisher] = _as_published,
) -> None:
    """Run until `stop`. A composition root may wrap the ports; this one takes them as they are."""
    database = DatabaseSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    settings = LedgerSettings()
    url = database.database_url.get_secret_value()
    rules = settings.rules()
    async with (
        open_pool(url, name="ledger") as pool,
        open_lines(url, name="ledger-writer") as writer_lines,
        AsyncExitStack() as stack,
    ):
        await check_at_start(pool, HeadsSettings())
        bus = await stack.enter_async_context(open_bus(BusSettings(), Service.LEDGER))
        event_log = wrap_log(PostgresEventLog(writer_lines))
        ledger = await stack.enter_async_context(open_ledger(event_log, rules))
        bell = Bell()
        outbox = Outbox(pool, wrap_publisher(NatsPublisher(bus)), bell)

        async def backlog_is_drained() -> bool:
            return await backlog_of(bus, LEDGER_OUTCOMES) == 0

        sweep = Sweep(pool, event_log, ledger, backlog_is_drained)
        await declare(bus)
        now = partial(datetime.now, UTC)
        selling = PaymentSettings()
        around = Surroundings(pool, event_log, ledger, bus.publish, now)
        payments = await stack.enter_async_context(open_payments(selling, around, stop))
        grants = ChatGrants(pool, selling.ledger_chat_grants_day_max, now)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bus.watch(stop))
            tasks.create_task(bell.listen(url, stop))
            for projection in PROJECTIONS:
                tasks.create_task(follow(pool, projection, bell, stop))
            tasks.create_task(outbox.run(stop))
            routes = [*command_routes(ledger, grants), *query_routes(pool, rules), *payments]
            tasks.create_task(serve(bus, routes, stop, version=VERSION))
            policies = Policies(ledger)
            tasks.create_task(
                consume(bus, LEDGER_OUTCOMES, policies, stop, workers=OUTCOME_WORKERS)
            )
            tasks.create_task(sweep.run(settings.ledger_sweep_s, stop))
            log.info("service ready")
