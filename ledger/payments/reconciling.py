"""Ask the provider by ourselves, so that a bell that never rang costs nobody anything.

Each open order has its schedule. Beside that the provider's own list is compared with the log,
which finds what no order of ours knows of any more.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from contracts.service import pause
from ledger.database import UNREACHABLE
from ledger.domain.commands import RequestPayment
from ledger.domain.refusals import LedgerRefusal, Overloaded
from ledger.log import LogUnreachableError, Origin
from ledger.payments.alerts import Alerts
from ledger.payments.gateway import GatewayError, PaidState, PaymentGateway, ProviderPayment
from ledger.payments.refunding import Refunding
from ledger.payments.settling import Settling, Verdict
from ledger.payments.store import PaymentStore
from ledger.payments.turns import TooManyQuestionsError
from ledger.service import Ledger

LOOK_BACK = timedelta(hours=26)
"""Longer than a payment or a refund may take, and than the provider's notifications repeat."""
LOST_AFTER = timedelta(minutes=10)
"""An order that the log does not have so long after its payment was made was lost in a restore."""
BELLS_KEPT = timedelta(days=90)

PASSING = (*UNREACHABLE, LogUnreachableError, GatewayError, Overloaded, TooManyQuestionsError)

log = structlog.get_logger()

Advance = Callable[[UUID, str], Awaitable[None]]


@dataclass(frozen=True)
class Reconciling:
    gateway: PaymentGateway
    store: PaymentStore
    ledger: Ledger
    alerts: Alerts
    settling: Settling
    refunding: Refunding
    advance: Advance
    minute_s: float
    now: Callable[[], datetime]

    async def follow_schedules(self, stop: asyncio.Event) -> None:
        """Look after open orders and refunds until `stop`."""
        while not stop.is_set():
            await self._try(self.look_after_orders)
            await self._try(self.look_after_refunds)
            await pause(self.minute_s / 12, stop)

    async def follow_the_list(self, stop: asyncio.Event) -> None:
        """Compare the provider's list with the log at the start, and every hour until `stop`."""
        while not stop.is_set():
            await self._try(self.sweep)
            await pause(self.minute_s * 60, stop)

    async def look_after_orders(self) -> None:
        for order_id, account, provider, requested_at in await self.store.unnoted():
            check_at = self.now() if provider == self.gateway.name else None
            await self.store.note_order(order_id, account, provider, requested_at, check_at)
        for order_id, account in await self.store.due(self.now()):
            await self.advance(order_id, account)

    async def look_after_refunds(self) -> None:
        for refund in await self.store.refunds_due(self.now()):
            try:
                await self.refunding.go_on(refund)
            except Overloaded:
                raise
            except LedgerRefusal as refusal:
                detail = f"its credits cannot be taken: {refusal.code}"
                await self.alerts.tell("refund_not_taken", str(refund.refund_id), detail)

    async def sweep(self) -> None:
        """Take in what the provider lists since the last time."""
        began_at = self.now()
        swept_until = await self.store.swept_until(self.gateway.name)
        since = min(swept_until or began_at, began_at) - LOOK_BACK
        async for payment in listed_payments(self.gateway, since):
            await self._take_in(payment)
        await self._take_in_refunds(since)
        await self.store.note_swept(self.gateway.name, began_at)
        await self.store.forget_bells(began_at - BELLS_KEPT)

    async def _take_in(self, payment: ProviderPayment) -> None:
        if payment.state not in (PaidState.SUCCEEDED, PaidState.CANCELED):
            return
        verdict = await self.settling.apply(payment)
        is_lost = verdict is Verdict.NOT_VISIBLE and payment.state is PaidState.SUCCEEDED
        if is_lost and self.now() - payment.created_at > LOST_AFTER * (self.minute_s / 60):
            await self._restore(payment)

    async def _restore(self, payment: ProviderPayment) -> None:
        """Make an order again that the log has lost, from what we had sealed, and credit it."""
        ours = self.settling.whose(payment)
        if ours is None:
            return
        command = RequestPayment(
            account_id=ours.account,
            order_id=ours.order_id,
            provider=self.gateway.name,
            plan=ours.plan,
            credits=ours.credits,
            price=ours.price,
            currency=payment.currency,
        )
        origin = Origin(actor="reconciler", correlation_id=str(ours.order_id))
        try:
            await self.ledger.execute(command, origin)
        except Overloaded:
            raise
        except LedgerRefusal as refusal:
            await self.alerts.tell("order_not_restored", payment.payment_id, refusal.code)
            return
        await self.alerts.tell("order_restored", payment.payment_id, f"order {ours.order_id}")
        await self.store.note_order(
            ours.order_id, ours.account, self.gateway.name, payment.created_at, None
        )
        await self.settling.apply(payment)

    async def _take_in_refunds(self, since: datetime) -> None:
        cursor: str | None = None
        while True:
            page = await self.gateway.refunds_since(since, cursor)
            for refund in page.refunds:
                await self.settling.settle(refund.payment_id)
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except PASSING as error:
            log.warning("payments wait", error=repr(error))
        except LedgerRefusal as refusal:
            # Of one order or refund; it must not keep all others from being looked after.
            log.exception("the ledger refused what the provider says", code=refusal.code)
            await self.alerts.tell("provider_contradicts", refusal.code, repr(refusal))


async def listed_payments(
    gateway: PaymentGateway, since: datetime
) -> AsyncIterator[ProviderPayment]:
    """Every payment that the provider lists since then. Raises `GatewayError`."""
    cursor: str | None = None
    while True:
        page = await gateway.payments_since(since, cursor)
        for payment in page.payments:
            yield payment
        cursor = page.next_cursor
        if cursor is None:
            return
