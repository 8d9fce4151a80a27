"""Bring an order to its provider: create the payment once, whatever happens on the way.

The request is frozen before it is sent, so that a repeat is the same to the last letter. While the
provider remembers the key, a repeat finds the payment; after that its list is searched instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from pydantic import JsonValue

from ledger.domain.commands import CancelPayment, OpenPayment
from ledger.domain.events import PaymentRequested
from ledger.domain.refusals import LedgerRefusal, Overloaded
from ledger.log import EventLog, Origin
from ledger.payments.alerts import Alerts
from ledger.payments.gateway import (
    GatewayRefusedError,
    GatewaySilentError,
    PaymentGateway,
    PaymentRequest,
    ProviderPayment,
)
from ledger.payments.orders import SeenOrder, see_order
from ledger.payments.settling import Settling, Verdict
from ledger.payments.store import NotedOrder, PaymentStore, next_check
from ledger.service import Ledger

KEY_LIVES = timedelta(hours=23)
"""The provider remembers it for 24 hours from the first request."""
LISTED_BEFORE = timedelta(minutes=10)
"""Clocks differ: the list is read from so long before the first request."""
PAGES_MAX = 200
PAYABLE = timedelta(hours=1)
OPERATORS = frozenset({"invalid_credentials", "forbidden", "unauthorized", "not_found"})
"""Refusals that are no fault of the order: it waits until an operator has repaired them."""

UNSETTLED = (Verdict.NOT_THERE, Verdict.NOT_OURS, Verdict.TEST)

BuildBody = Callable[[PaymentRequested, str | None], Mapping[str, JsonValue]]
"""Of an order and the address for its receipt. Raises `ValueError` when that is missing."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Opening:
    gateway: PaymentGateway
    store: PaymentStore
    event_log: EventLog
    ledger: Ledger
    alerts: Alerts
    settling: Settling
    build_body: BuildBody
    minute_s: float
    now: Callable[[], datetime]

    async def advance(self, order_id: UUID, account: str) -> None:
        """Do what the order needs next: create its payment, find it, or look at it.

        What fails is noted and tried again by the schedule. Raises what PostgreSQL raises.
        """
        seen = await see_order(self.event_log, account, order_id)
        if seen is None or not seen.is_open:
            await self.store.checked(order_id, None)
            return
        noted = await self._noted(seen)
        try:
            await self._advance(seen, noted)
        except GatewaySilentError as error:
            log.warning(
                "the provider of payments is silent", order_id=str(order_id), why=str(error)
            )
            await self._later(noted, str(error))
        except GatewayRefusedError as error:
            await self._refused(seen, noted, error)
        except Overloaded as error:
            await self._later(noted, str(error))

    async def _advance(self, seen: SeenOrder, noted: NotedOrder) -> None:
        if noted.payment_id is not None:
            verdict = await self.settling.settle(noted.payment_id)
            if verdict in UNSETTLED:
                # Its end is not known, and asking at once again would not tell more.
                await self._later(noted, f"payment {noted.payment_id}: {verdict}")
        elif noted.sent_at is None or self.now() - noted.sent_at < KEY_LIVES:
            await self._create(seen, noted)
        else:
            await self._find(seen, noted.sent_at)

    async def _noted(self, seen: SeenOrder) -> NotedOrder:
        order_id, account = seen.requested.order_id, seen.requested.originator_id
        await self.store.note_order(
            order_id, account, seen.requested.provider, seen.requested_at, self.now()
        )
        noted = await self.store.order(order_id)
        if noted is None:
            raise LookupError(f"order {order_id} was noted and is not there")
        return noted

    async def _create(self, seen: SeenOrder, noted: NotedOrder) -> None:
        requested = seen.requested
        email = await self.store.email(requested.originator_id)
        try:
            # What was sent is sent again, whether the address may still be known or not.
            body = noted.body or self.build_body(requested, email)
        except ValueError:
            # The person had it erased before the provider was asked.
            await self._cancel(seen, "no_address")
            return
        body, sent_at = await self.store.freeze(requested.order_id, body, self.now())
        payment = await self.gateway.create(PaymentRequest(requested.order_id, body))
        await self._opened(seen, payment, sent_at)

    async def _opened(self, seen: SeenOrder, payment: ProviderPayment, sent_at: datetime) -> None:
        requested = seen.requested
        opened = OpenPayment(
            account_id=requested.originator_id,
            order_id=requested.order_id,
            provider=self.gateway.name,
            payment_id=payment.payment_id,
        )
        # The link first: whoever hears of the event asks for it.
        await self.store.opened(
            requested.order_id,
            payment.payment_id,
            payment.confirmation_url,
            sent_at + PAYABLE * (self.minute_s / 60),
        )
        await self.ledger.execute(opened, self._origin(requested.order_id))
        at = next_check(seen.requested_at, self.now(), self.minute_s)
        await self.store.checked(requested.order_id, at)

    async def _find(self, seen: SeenOrder, sent_at: datetime) -> None:
        """Search the provider's list for the payment whose reply was lost a day ago."""
        order_id = seen.requested.order_id
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            page = await self.gateway.payments_since(sent_at - LISTED_BEFORE, cursor)
            for payment in page.payments:
                ours = self.settling.whose(payment)
                if ours is not None and ours.order_id == order_id:
                    await self.settling.apply(payment)
                    return
            cursor = page.next_cursor
            if cursor is None:
                await self._cancel(seen, "never_created")
                return
        raise GatewaySilentError(f"its list has over {PAGES_MAX} pages")

    async def _refused(
        self, seen: SeenOrder, noted: NotedOrder, error: GatewayRefusedError
    ) -> None:
        order_id = seen.requested.order_id
        log.error("the provider refused a payment", order_id=str(order_id), why=str(error))
        if error.code in OPERATORS:
            await self.alerts.tell("provider_refuses", error.code, str(error), self.gateway.name)
            await self._later(noted, str(error))
            return
        await self.alerts.tell("payment_refused", str(order_id), str(error), self.gateway.name)
        await self._cancel(seen, f"refused_{error.parameter or error.code}")

    async def _cancel(self, seen: SeenOrder, reason: str) -> None:
        requested = seen.requested
        cancel = CancelPayment(
            account_id=requested.originator_id, order_id=requested.order_id, reason=reason
        )
        try:
            await self.ledger.execute(cancel, self._origin(requested.order_id))
        except Overloaded:
            raise
        except LedgerRefusal as refusal:
            log.info("not canceled", order_id=str(requested.order_id), code=refusal.code)
        await self.store.checked(requested.order_id, None, reason=reason)

    async def _later(self, noted: NotedOrder, trouble: str) -> None:
        at = next_check(noted.noted_at, self.now(), self.minute_s)
        await self.store.checked(noted.order_id, at, trouble=trouble)

    def _origin(self, order_id: UUID) -> Origin:
        return Origin(actor=self.gateway.name, correlation_id=str(order_id))
