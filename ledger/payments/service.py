"""Payments as a part of the ledger's process: everything is opened, wired and started here."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from contracts.bus import Route
from contracts.messages import PaymentProvider
from contracts.serving import serving
from ledger.database import Pool
from ledger.log import EventLog
from ledger.payments.alerts import Alerts, Publish
from ledger.payments.buying import Buying
from ledger.payments.catalogue import Catalogue, read_plans
from ledger.payments.gateway import PaymentGateway, ProviderPayment
from ledger.payments.opening import Opening
from ledger.payments.reconciling import Reconciling
from ledger.payments.refunding import Refunding
from ledger.payments.requesting import Ours, body_of, read_metadata, refund_receipt
from ledger.payments.settings import PaymentSettings
from ledger.payments.settling import Settling
from ledger.payments.stars import Stars
from ledger.payments.store import PaymentStore
from ledger.payments.turns import Turns
from ledger.payments.webhook import Bell, build_app
from ledger.payments.yookassa_gateway import open_yookassa
from ledger.service import Ledger

COOLDOWN_S = 1.0
"""A payment is looked at no more often."""
WAITING_MAX = 256

log = structlog.get_logger()


@dataclass(frozen=True)
class Surroundings:
    """What payments need of the ledger around them."""

    pool: Pool
    event_log: EventLog
    ledger: Ledger
    publish: Publish
    now: Callable[[], datetime]


@dataclass(frozen=True)
class Shop:
    """Everything about one provider's payments."""

    gateway: PaymentGateway
    store: PaymentStore
    settling: Settling
    refunding: Refunding
    opening: Opening
    reconciling: Callable[[Callable[[UUID, str], Any]], Reconciling]


@asynccontextmanager
async def open_payments(
    settings: PaymentSettings, around: Surroundings, stop: asyncio.Event
) -> AsyncGenerator[Sequence[Route[Any]]]:
    """Run the schedules and the webhook until the block is left; gives the routes of the bus."""
    catalogue = read_plans(settings.ledger_plans)
    store = PaymentStore(around.pool)
    alerts = Alerts(around.publish, around.now)
    async with AsyncExitStack() as opened, asyncio.TaskGroup() as tasks:
        running: list[asyncio.Task[None]] = []
        shop = None
        if settings.yookassa_is_on:
            gateway = await opened.enter_async_context(open_yookassa(settings))
            shop = shop_of(settings, catalogue, gateway, around)
        advance = _advance(shop, tasks)
        if shop is not None:
            reconciling = shop.reconciling(advance)
            running += [
                tasks.create_task(reconciling.follow_schedules(stop)),
                tasks.create_task(reconciling.follow_the_list(stop)),
            ]
            await _listen(settings, shop, around, tasks, opened)
        buying = Buying(
            catalogue=catalogue,
            providers=_providers(settings),
            needs_email=settings.yookassa_receipts,
            store=store,
            event_log=around.event_log,
            ledger=around.ledger,
            advance=advance,
            now=around.now,
        )
        stars = Stars(
            pool=around.pool,
            event_log=around.event_log,
            ledger=around.ledger,
            alerts=alerts,
            catalogue=catalogue,
            day_max=settings.ledger_stars_day_max,
            now=around.now,
        )
        try:
            yield [*buying.routes(), *stars.routes()]
        finally:
            for task in running:
                task.cancel()


def shop_of(
    settings: PaymentSettings,
    catalogue: Catalogue,
    gateway: PaymentGateway,
    around: Surroundings,
) -> Shop:
    store = PaymentStore(around.pool)
    alerts = Alerts(around.publish, around.now)
    minute_s = settings.ledger_payment_minute_s
    refunding = Refunding(
        gateway=gateway,
        store=store,
        ledger=around.ledger,
        alerts=alerts,
        receipt_of=lambda money, email: refund_receipt(money, email, settings),
        minute_s=minute_s,
        now=around.now,
    )
    settling = Settling(
        gateway=gateway,
        store=store,
        event_log=around.event_log,
        ledger=around.ledger,
        alerts=alerts,
        whose=partial(_whose, settings),
        sync_refunds=refunding.sync,
        takes_tests=settings.yookassa_test_payments,
        minute_s=minute_s,
        now=around.now,
    )
    opening = Opening(
        gateway=gateway,
        store=store,
        event_log=around.event_log,
        ledger=around.ledger,
        alerts=alerts,
        settling=settling,
        build_body=lambda order, email: body_of(
            order,
            plan.title if (plan := catalogue.plan(order.plan)) else order.plan,
            email,
            settings,
        ),
        minute_s=minute_s,
        now=around.now,
    )

    def reconciling(advance: Callable[[UUID, str], Any]) -> Reconciling:
        return Reconciling(
            gateway=gateway,
            store=store,
            ledger=around.ledger,
            alerts=alerts,
            settling=settling,
            refunding=refunding,
            advance=advance,
            minute_s=minute_s,
            now=around.now,
        )

    return Shop(gateway, store, settling, refunding, opening, reconciling)


def _advance(shop: Shop | None, tasks: asyncio.TaskGroup) -> Callable[[UUID, str], Any]:
    """Return how an order is brought on: one at a time for each, and not too often."""

    async def bring_on(key: tuple[UUID, str]) -> None:
        if shop is not None:
            await shop.opening.advance(*key)

    turns = Turns(bring_on, tasks, cooldown_s=COOLDOWN_S, waiting_max=WAITING_MAX)

    async def advance(order_id: UUID, account: str) -> None:
        await turns.answer((order_id, account))

    return advance


async def _listen(
    settings: PaymentSettings,
    shop: Shop,
    around: Surroundings,
    tasks: asyncio.TaskGroup,
    opened: AsyncExitStack,
) -> None:
    if settings.ledger_http_port is None:
        log.warning("no port for notifications: payments are only asked about")
        return
    turns = Turns(shop.settling.settle, tasks, cooldown_s=COOLDOWN_S, waiting_max=WAITING_MAX)
    bell = Bell(turns.answer, shop.store, settings.webhook_proxies(), around.now)
    address = await opened.enter_async_context(
        serving(
            build_app(bell),
            host=settings.ledger_http_host,
            port=settings.ledger_http_port,
            wake=_nothing_waits,
        )
    )
    log.info("notifications of payments are heard", address=address)


def _nothing_waits() -> None:
    """Each request ends by its own limits."""


def _providers(settings: PaymentSettings) -> tuple[PaymentProvider, ...]:
    switched = (
        (PaymentProvider.YOOKASSA, settings.yookassa_is_on),
        (PaymentProvider.STARS, settings.ledger_stars),
    )
    return tuple(provider for provider, is_on in switched if is_on)


def _whose(settings: PaymentSettings, payment: ProviderPayment) -> Ours | None:
    return read_metadata(payment.metadata, settings.seal_secret())
