"""Make the log agree with what the provider says of a payment when asked.

Whoever heard of a payment, by a webhook, a button or the schedule, only says its id: it is looked
at, compared with what was ordered, and then one event is appended, or none.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog

from ledger.domain.commands import CancelPayment, CompletePayment, OpenPayment, PaymentCommand
from ledger.domain.refusals import (
    AlreadyPaid,
    KeyReused,
    OrderUnknown,
    PaymentMismatch,
)
from ledger.log import EventLog, Origin
from ledger.payments.alerts import Alerts
from ledger.payments.gateway import NotThereError, PaidState, PaymentGateway, ProviderPayment
from ledger.payments.orders import see_order
from ledger.payments.requesting import Ours
from ledger.payments.store import PaymentStore, next_check
from ledger.service import Ledger, Outcome

LATE = timedelta(minutes=5)
REASON = re.compile(r"[^a-z0-9_]+")
REASON_LENGTH_MAX = 48

log = structlog.get_logger()

ReadMetadata = Callable[[ProviderPayment], Ours | None]
SyncRefunds = Callable[[ProviderPayment, UUID, str], Awaitable[None]]


class Verdict(StrEnum):
    """What came of looking at a payment."""

    CREDITED = "credited"
    KNOWN = "known"
    """The log says so already."""
    PENDING = "pending"
    CANCELED = "canceled"
    NOT_THERE = "not_there"
    """The provider knows no such payment."""
    NOT_OURS = "not_ours"
    NOT_VISIBLE = "not_visible"
    """It is ours, and the log does not have its order: not yet, or since a restore."""
    MISMATCH = "mismatch"
    """Paid, but not as it was ordered: an operator decides."""
    TEST = "test"
    """Paid with play money where only real money counts."""


@dataclass(frozen=True)
class Settling:
    gateway: PaymentGateway
    store: PaymentStore
    event_log: EventLog
    ledger: Ledger
    alerts: Alerts
    whose: ReadMetadata
    sync_refunds: SyncRefunds
    takes_tests: bool
    minute_s: float
    now: Callable[[], datetime]

    async def settle(self, payment_id: str) -> Verdict:
        """Ask the provider and bring the log up to date.

        Raises `GatewayError`, `Overloaded`, `LogUnreachableError` and what PostgreSQL raises: then
        nothing is known, and one asks again.
        """
        try:
            payment = await self.gateway.fetch(payment_id)
        except NotThereError:
            return Verdict.NOT_THERE
        return await self.apply(payment)

    async def apply(self, payment: ProviderPayment) -> Verdict:
        """Bring the log up to date with a payment that the provider has just described."""
        verdict = await self._compared(payment)
        log.info("payment", payment_id=payment.payment_id, said=payment.state, verdict=verdict)
        return verdict

    async def _compared(self, payment: ProviderPayment) -> Verdict:
        if payment.shop_id != self.gateway.shop_id:
            return await self._not_ours(payment, "it belongs to another shop")
        ours = await self.whose_order(payment)
        if ours is None:
            return await self._not_ours(payment, "its order is not one of ours")
        account, order_id = ours
        if payment.is_test and not self.takes_tests:
            await self._tell("test_payment", payment, "paid with play money")
            return Verdict.TEST
        try:
            return await self._recorded(payment, account, order_id)
        except OrderUnknown:
            return Verdict.NOT_VISIBLE
        except (PaymentMismatch, KeyReused) as refusal:
            await self._tell("payment_mismatch", payment, f"{refusal.field} is not as ordered")
            await self.store.checked(order_id, None, trouble=f"mismatch of {refusal.field}")
            return Verdict.MISMATCH

    async def _recorded(self, payment: ProviderPayment, account: str, order_id: UUID) -> Verdict:
        """Raises `OrderUnknown`, and `PaymentMismatch` or `KeyReused` with the field's name."""
        await self._open(payment, account, order_id)
        match payment.state:
            case PaidState.SUCCEEDED:
                return await self._paid(payment, account, order_id)
            case PaidState.CANCELED:
                return await self._canceled(payment, account, order_id)
            case PaidState.PENDING | PaidState.WAITING_FOR_CAPTURE:
                await self._ask_again(order_id)
                return Verdict.PENDING

    async def whose_order(self, payment: ProviderPayment) -> tuple[str, UUID] | None:
        """Return account and order: as we noted them, or as the provider's seal of ours proves."""
        noted = await self.store.order_of(self.gateway.name, payment.payment_id)
        if noted is not None:
            return noted.account, noted.order_id
        ours = self.whose(payment)
        return (ours.account, ours.order_id) if ours is not None else None

    async def _paid(self, payment: ProviderPayment, account: str, order_id: UUID) -> Verdict:
        outcome = await self._execute(
            CompletePayment(
                account_id=account,
                order_id=order_id,
                provider=self.gateway.name,
                payment_id=payment.payment_id,
                price=payment.price,
                currency=payment.currency,
            )
        )
        await self.store.checked(order_id, None)
        if not outcome.repeat:
            await self._look_at_what_was_credited(payment, account, order_id)
        if payment.refunded:
            await self.sync_refunds(payment, order_id, account)
        return Verdict.KNOWN if outcome.repeat else Verdict.CREDITED

    async def _canceled(self, payment: ProviderPayment, account: str, order_id: UUID) -> Verdict:
        reason = REASON.sub("_", payment.reason.lower())[:REASON_LENGTH_MAX] or "canceled"
        cancel = CancelPayment(account_id=account, order_id=order_id, reason=reason)
        try:
            await self._execute(cancel)
        except (AlreadyPaid, KeyReused):
            # Another payment of the order came through, or it was canceled for another reason.
            log.info("already ended", order_id=str(order_id))
        await self.store.checked(order_id, None, reason=reason)
        return Verdict.CANCELED

    async def _open(self, payment: ProviderPayment, account: str, order_id: UUID) -> None:
        """Note the payment under its order."""
        opened = OpenPayment(
            account_id=account,
            order_id=order_id,
            provider=self.gateway.name,
            payment_id=payment.payment_id,
        )
        await self._execute(opened)
        await self.store.opened(order_id, payment.payment_id, payment.confirmation_url, None)

    async def _look_at_what_was_credited(
        self, payment: ProviderPayment, account: str, order_id: UUID
    ) -> None:
        seen = await see_order(self.event_log, account, order_id)
        if seen is not None and len(seen.completed) > 1:
            await self._tell("paid_twice", payment, f"order {order_id} has another payment")
        paid_at = payment.captured_at
        if paid_at is not None and self.now() - paid_at > LATE:
            await self._tell("credited_late", payment, f"paid at {paid_at:%Y-%m-%d %H:%M:%S} UTC")

    async def _not_ours(self, payment: ProviderPayment, why: str) -> Verdict:
        if payment.state is PaidState.SUCCEEDED:
            await self._tell("payment_unknown", payment, why)
        return Verdict.NOT_OURS

    async def _ask_again(self, order_id: UUID) -> None:
        noted = await self.store.order(order_id)
        if noted is not None:
            at = next_check(noted.noted_at, self.now(), self.minute_s)
            await self.store.checked(order_id, at)

    async def _tell(self, code: str, payment: ProviderPayment, detail: str) -> None:
        await self.alerts.tell(code, payment.payment_id, detail, self.gateway.name)

    async def _execute(self, command: PaymentCommand) -> Outcome:
        origin = Origin(actor=self.gateway.name, correlation_id=str(command.order_id))
        return await self.ledger.execute(command, origin)
