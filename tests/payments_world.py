"""People, a shop, its provider and the ledger between them, on a log that is real or a double.

Time passes when told to. A restart is a new set of objects on what the old ones left behind.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from contracts.messages import Buy, CheckPayment, Currency, OperatorAlert, PaymentProvider
from contracts.topology import ledger_alert
from ledger.domain.commands import OpenAccount
from ledger.domain.rules import Rules
from ledger.log import EventLog, Origin
from ledger.payments import service
from ledger.payments.alerts import Alerts
from ledger.payments.buying import Buying
from ledger.payments.catalogue import Catalogue, read_plans
from ledger.payments.gateway import PaymentGateway
from ledger.payments.reconciling import Reconciling
from ledger.payments.service import Shop, Surroundings, shop_of
from ledger.payments.settings import PaymentSettings
from ledger.payments.stars import Stars
from ledger.payments.store import NotedRefund, PaymentStore
from ledger.service import Ledger, open_ledger
from tests.memory_gateway import MemoryGateway
from tests.memory_log import NOON, MemoryEventLog
from tests.memory_payments import MemoryPaymentStore
from tests.yookassa_wire import settings_of

ME, YOU = "tg:1", "tg:2"
MINUTE = timedelta(minutes=1)
PLANS = read_plans()
RULES = Rules(welcome_credits=1)


@dataclass
class Clock:
    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Told:
    """What the operator was told."""

    alerts: list[OperatorAlert] = field(default_factory=list)

    async def __call__(self, subject: str, body: OperatorAlert, *, message_id: str) -> int:
        assert subject == ledger_alert(body.code)
        assert message_id == f"alert-{body.alert_id}"
        self.alerts.append(body)
        return len(self.alerts)

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.alerts]


@dataclass
class World:
    """`follow` lets the projections catch up, where there are any."""

    clock: Clock
    gateway: MemoryGateway
    event_log: EventLog
    pool: Any
    told: Told = field(default_factory=Told)
    settings: PaymentSettings = field(default_factory=settings_of)
    catalogue: Catalogue = PLANS
    rules: Rules = RULES
    follow: Callable[[], Any] | None = None

    @asynccontextmanager
    async def ledger(
        self,
        gateway: PaymentGateway | None = None,
        event_log: EventLog | None = None,
        pool: Any = None,
    ) -> AsyncIterator["Running"]:
        """Run a fresh ledger on what is there, seeing it through other eyes if given."""
        log = event_log or self.event_log
        pool = pool if pool is not None else self.pool
        async with open_ledger(log, self.rules) as ledger:
            around = Surroundings(pool, log, ledger, self.told, self.clock)
            with patch.object(service, "PaymentStore", _store_of):
                shop = shop_of(self.settings, self.catalogue, gateway or self.gateway, around)
            yield Running(self, ledger, shop, log, pool)

    def pass_time(self, span: timedelta) -> None:
        self.clock.time += span
        if isinstance(self.event_log, MemoryEventLog):
            self.event_log.pass_time(span)


@dataclass
class Running:
    world: World
    ledger: Ledger
    shop: Shop
    log: EventLog
    pool: Any

    @property
    def store(self) -> Any:
        return self.shop.store

    @property
    def reconciling(self) -> Reconciling:
        return self.shop.reconciling(self.shop.opening.advance)

    @property
    def buying(self) -> Buying:
        needs_email = self.world.settings.yookassa_receipts
        return Buying(
            catalogue=self.world.catalogue,
            providers=service._providers(self.world.settings),
            needs_email=needs_email,
            store=self.store,
            event_log=self.log,
            ledger=self.ledger,
            advance=self.shop.opening.advance,
            now=self.world.clock,
        )

    @property
    def stars(self) -> Stars:
        return Stars(
            pool=self.pool,
            event_log=self.log,
            ledger=self.ledger,
            alerts=Alerts(self.world.told, self.world.clock),
            catalogue=self.world.catalogue,
            day_max=self.world.settings.ledger_stars_day_max,
            now=self.world.clock,
        )

    async def open(self, *accounts: str) -> None:
        for account in accounts or (ME,):
            command = OpenAccount(account_id=account, terms_version="1")
            await self.ledger.execute(command, Origin(actor="person", correlation_id="c"))

    async def buy(self, wish: Buy | None = None, **fields: Any) -> Any:
        return await self.buying.buy(wish or wish_of(**fields))

    async def check(self, order_id: UUID, account: str = ME) -> Any:
        wish = CheckPayment(account=account, correlation_id="c", order_id=order_id)
        return await self.buying.check(wish)

    async def settle(self, payment_id: str) -> str:
        return await self.shop.settling.settle(payment_id)

    async def look_after(self) -> None:
        """What the schedules do when it is time."""
        if self.world.follow is not None:
            await self.world.follow()
        await self.reconciling.look_after_orders()
        await self.reconciling.look_after_refunds()

    async def sweep(self) -> None:
        await self.reconciling.sweep()

    async def send_back(self, refund: NotedRefund) -> str:
        return await self.shop.refunding.send_back(refund, "console")

    async def balance(self, account: str = ME) -> tuple[int, int]:
        loaded = await self.log.load([account])
        return loaded.accounts[account].balance, loaded.accounts[account].debt


def wish_of(
    order_id: UUID = UUID(int=7),  # noqa: B008 - a UUID never changes
    account: str = ME,
    plan: str = "starter",
    provider: PaymentProvider = PaymentProvider.YOOKASSA,
    **fields: Any,
) -> Buy:
    found = PLANS.plan(plan)
    stars = provider is PaymentProvider.STARS
    values = {
        "credits": found.credits if found else 1,
        "price": (found.stars if stars else found.price) if found else 1,
        "currency": Currency.XTR if stars else Currency.RUB,
        **fields,
    }
    return Buy(
        account=account,
        correlation_id="c",
        order_id=order_id,
        provider=provider,
        plan=plan,
        **values,
    )


def refund_of(
    world: World, payment_id: str, money: int, number: int = 1, **fields: Any
) -> NotedRefund:
    values = {"account": ME, "order_id": UUID(int=7), **fields}
    return NotedRefund(
        refund_id=UUID(int=1_000 + number),
        provider="yookassa",
        payment_id=payment_id,
        money=money,
        noted_at=world.clock(),
        **values,
    )


def memory_world(**fields: Any) -> World:
    log, clock = MemoryEventLog(), Clock()
    store = MemoryPaymentStore(log)
    return World(clock, MemoryGateway(clock), log, store, **fields)


def _store_of(pool: Any) -> Any:
    """A double stands where the pool does."""
    return PaymentStore(pool) if hasattr(pool, "fetchrow") else pool
