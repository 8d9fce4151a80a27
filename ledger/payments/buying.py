"""What people ask the ledger about buying: the plans, an order, and how it stands."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts import messages, topology
from contracts.bus import Route
from contracts.messages import (
    Buy,
    CheckPayment,
    Currency,
    GetPayment,
    GetPlans,
    Message,
    PaymentProvider,
    Refusal,
    RefusalCode,
)
from ledger.domain.commands import CancelPayment, RequestPayment
from ledger.domain.refusals import LedgerRefusal, OrderOpen
from ledger.log import EventLog, Origin
from ledger.payments.catalogue import Catalogue, Plan
from ledger.payments.orders import SeenOrder, said_of, see_order
from ledger.payments.store import PaymentStore
from ledger.payments.turns import TooManyQuestionsError
from ledger.service import Ledger
from ledger.translate import to_refusal

Advance = Callable[[UUID, str], Awaitable[None]]
"""`ledger.payments.opening.Opening.advance`, one at a time for each order."""
PROVIDER_WAIT_S = 2.0
"""Shorter than whoever asks waits for us."""
CURRENCIES = {PaymentProvider.YOOKASSA: Currency.RUB, PaymentProvider.STARS: Currency.XTR}


@dataclass(frozen=True)
class Buying:
    catalogue: Catalogue
    providers: tuple[PaymentProvider, ...]
    """Those that are switched on."""
    needs_email: bool
    store: PaymentStore
    event_log: EventLog
    ledger: Ledger
    advance: Advance
    now: Callable[[], datetime]

    def routes(self) -> Sequence[Route[Any]]:
        return [
            Route(topology.PLANS, GetPlans, self.plans),
            Route(topology.BUY, Buy, self.buy),
            Route(topology.CHECK_PAYMENT, CheckPayment, self.check),
            Route(topology.PAYMENT, GetPayment, self.payment),
        ]

    async def plans(self, query: GetPlans) -> Message:
        loaded = await self.event_log.load([query.account])
        account = loaded.accounts[query.account]
        email = await self.store.email(query.account)
        return messages.Plans(
            plans=tuple(map(_said_of_plan, self.catalogue.on_sale)) if self.providers else (),
            providers=self.providers,
            email_needed=self.needs_email and email is None,
            email_hint=_masked(email) if email else "",
            balance=account.balance,
            debt=account.debt,
        )

    async def buy(self, wish: Buy) -> Message:
        """Order what the person saw, or say why not. A repeat finds the same order."""
        refusal = await self._refusal(wish)
        if refusal is not None:
            return refusal
        if wish.email is not None:
            await self.store.remember_email(wish.account, wish.email, self.now())
        try:
            order_id = await self._ordered(wish)
        except LedgerRefusal as refused:
            return to_refusal(refused)
        return await self._brought_on(order_id, wish.account)

    async def check(self, wish: CheckPayment) -> Message:
        return await self._brought_on(wish.order_id, wish.account)

    async def payment(self, query: GetPayment) -> Message:
        seen = await see_order(self.event_log, query.account, query.order_id)
        return await self._said(seen)

    async def _ordered(self, wish: Buy) -> UUID:
        """Return the order of the wish. The same plan again is the same order: the same link.

        But an invoice in Stars never ends by itself, and gives way to money.
        """
        for _ in range(2):
            try:
                await self.ledger.execute(_request(wish), _origin(wish))
            except OrderOpen as refusal:
                order_id = refusal.order_id or wish.order_id
                if not await self._gives_way(order_id, wish):
                    return order_id
            else:
                return wish.order_id
        return wish.order_id

    async def _gives_way(self, order_id: UUID, wish: Buy) -> bool:
        """End an unpaid order in Stars. Should it be paid all the same, it is credited."""
        seen = await see_order(self.event_log, wish.account, order_id)
        is_invoice = seen is not None and seen.requested.provider == PaymentProvider.STARS
        if not is_invoice or wish.provider is PaymentProvider.STARS:
            return False
        cancel = CancelPayment(account_id=wish.account, order_id=order_id, reason="replaced")
        await self.ledger.execute(cancel, _origin(wish))
        return True

    async def _refusal(self, wish: Buy) -> Refusal | None:
        """A repeat is not refused for what has changed since: it was granted."""
        if await see_order(self.event_log, wish.account, wish.order_id) is not None:
            return None
        if wish.provider not in self.providers:
            return Refusal(code=RefusalCode.PROVIDER_OFF)
        plan = self.catalogue.plan(wish.plan)
        if plan is None:
            return Refusal(code=RefusalCode.PLAN_UNKNOWN)
        if plan.retired:
            return Refusal(code=RefusalCode.PLAN_RETIRED)
        if (wish.credits, wish.price, wish.currency) != _offered(plan, wish.provider):
            return Refusal(code=RefusalCode.PRICE_CHANGED)
        is_addressed = wish.email is not None or await self.store.email(wish.account) is not None
        if wish.provider is PaymentProvider.YOOKASSA and self.needs_email and not is_addressed:
            return Refusal(code=RefusalCode.EMAIL_NEEDED)
        return None

    async def _brought_on(self, order_id: UUID, account: str) -> Message:
        """Do what the order needs next and say how it stands then."""
        seen = await see_order(self.event_log, account, order_id)
        if seen is not None and seen.is_open and _is_asked_about(seen):
            # Whoever asked hears how far it is; the provider may take its time.
            with suppress(TimeoutError, TooManyQuestionsError):
                async with asyncio.timeout(PROVIDER_WAIT_S):
                    await self.advance(order_id, account)
            seen = await see_order(self.event_log, account, order_id)
        return await self._said(seen)

    async def _said(self, seen: SeenOrder | None) -> Message:
        if seen is None:
            return Refusal(code=RefusalCode.ORDER_UNKNOWN)
        plan = self.catalogue.plan(seen.requested.plan)
        noted = await self.store.order(seen.requested.order_id)
        return said_of(seen, noted, plan.title if plan else seen.requested.plan)


def _offered(plan: Plan, provider: PaymentProvider) -> tuple[int, int, Currency]:
    price = plan.stars if provider is PaymentProvider.STARS else plan.price
    return plan.credits, price, CURRENCIES[provider]


def _request(wish: Buy) -> RequestPayment:
    return RequestPayment(
        account_id=wish.account,
        not_after=wish.not_after,
        order_id=wish.order_id,
        provider=wish.provider,
        plan=wish.plan,
        credits=wish.credits,
        price=wish.price,
        currency=wish.currency,
    )


def _origin(wish: Buy) -> Origin:
    return Origin(actor="person", correlation_id=wish.correlation_id)


def _said_of_plan(plan: Plan) -> messages.Plan:
    return messages.Plan(
        id=plan.id,
        title=plan.title,
        title_en=plan.title_en,
        credits=plan.credits,
        price=plan.price,
        stars=plan.stars,
    )


def _is_asked_about(seen: SeenOrder) -> bool:
    """Whether its provider can be asked: Stars are told by the bot."""
    return seen.requested.provider == PaymentProvider.YOOKASSA


def _masked(email: str) -> str:
    name, _, host = email.partition("@")
    return f"{name[:1]}***@{host}"
