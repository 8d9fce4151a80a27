"""Money back: credits are taken first, the provider is asked with a key, and says how it went.

Refunds that were made at the provider's own page are found in its list, and taken alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog
from pydantic import JsonValue

from ledger.domain.commands import (
    ConfirmPaymentRefund,
    FailPaymentRefund,
    RequestPaymentRefund,
)
from ledger.domain.refusals import KeyReused, LedgerRefusal, Overloaded, RefundClosed
from ledger.log import Origin
from ledger.payments.alerts import Alerts
from ledger.payments.gateway import (
    GatewayRefusedError,
    GatewaySilentError,
    PaymentGateway,
    ProviderPayment,
    ProviderRefund,
    RefundState,
)
from ledger.payments.opening import KEY_LIVES, LISTED_BEFORE, OPERATORS
from ledger.payments.store import NotedRefund, PaymentStore
from ledger.service import Ledger

FOREIGN = UUID("6f1d0c52-6a43-5a86-9a7c-0d9a1f6b2c11")
"""The namespace in which refunds that were made elsewhere get ids of ours."""
AGAIN = timedelta(minutes=1)
AGAIN_MAX = timedelta(hours=6)
UNKNOWN = "unknown"

ReceiptOf = Callable[[int, str | None], JsonValue]
"""Of the money, in kopecks, and the person's address."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Refunding:
    gateway: PaymentGateway
    store: PaymentStore
    ledger: Ledger
    alerts: Alerts
    receipt_of: ReceiptOf
    minute_s: float
    now: Callable[[], datetime]

    async def send_back(self, refund: NotedRefund, asked_by: str) -> str:
        """Take the credits, then send the money. Return how it stands, in a word.

        A repeat with the same refund id goes on with the same refund. Raises `LedgerRefusal` when
        the credits cannot be taken: then nothing was sent.
        """
        await self.store.note_refund(refund, asked_by)
        return await self.go_on(await self.store.refund(refund.refund_id) or refund)

    async def go_on(self, refund: NotedRefund) -> str:
        """Make sure that the credits are taken, then ask the provider with the same key as before.

        Raises `LedgerRefusal` when they cannot be taken; then the refund is over.
        """
        try:
            await self._take(refund, "operator")
        except Overloaded:
            raise
        except LedgerRefusal as refusal:
            await self.store.refund_checked(refund.refund_id, None, None, refusal.code)
            raise
        try:
            return await self._ended(refund, await self._answer(refund))
        except GatewaySilentError as error:
            await self._later(refund, str(error))
            return UNKNOWN
        except GatewayRefusedError as error:
            return await self._refused(refund, error)

    async def sync(self, payment: ProviderPayment, order_id: UUID, account: str) -> None:
        """Bring the log up to date with every refund that the provider lists for the payment."""
        for answer in await self.gateway.refunds_of(payment.payment_id):
            await self.take_in(answer, order_id, account)

    async def take_in(self, answer: ProviderRefund, order_id: UUID, account: str) -> None:
        """Take in one refund that the provider told of: ours, or made at its own page."""
        for refund in await self._candidates(answer):
            is_its_own = await self._ended(refund, answer) != UNKNOWN
            if is_its_own or refund.provider_refund_id is not None:
                return
        if answer.state is RefundState.SUCCEEDED:
            await self._made_elsewhere(answer, order_id, account)

    async def _answer(self, refund: NotedRefund) -> ProviderRefund:
        if refund.provider_refund_id is not None:
            return await self.gateway.fetch_refund(refund.provider_refund_id)
        email = await self.store.email(refund.account)
        receipt, sent_at = await self.store.freeze_refund(
            refund.refund_id, self.receipt_of(refund.money, email), self.now()
        )
        if self.now() - sent_at < KEY_LIVES:
            return await self.gateway.refund(
                refund.refund_id, refund.payment_id, refund.money, receipt
            )
        return await self._find(refund, sent_at)

    async def _find(self, refund: NotedRefund, sent_at: datetime) -> ProviderRefund:
        """Its key is forgotten there by now: it is in the list, or was never made."""
        for answer in await self.gateway.refunds_of(refund.payment_id):
            is_known = await self.store.refund_named(self.gateway.name, answer.refund_id)
            is_later = answer.created_at >= sent_at - LISTED_BEFORE
            if is_known is None and answer.money == refund.money and is_later:
                return answer
        raise GatewayRefusedError("never_made", "the provider has no such refund")

    async def _ended(self, refund: NotedRefund, answer: ProviderRefund) -> str:
        match answer.state:
            case RefundState.PENDING:
                await self._later(refund, None, answer.refund_id)
            case RefundState.SUCCEEDED:
                if not await self._confirm(refund, answer):
                    await self._later(refund, f"{answer.refund_id} is another refund's")
                    return UNKNOWN
                await self.store.refund_checked(refund.refund_id, answer.refund_id, None)
            case RefundState.CANCELED:
                await self._fail(refund, answer.reason or "canceled")
                await self.store.refund_checked(
                    refund.refund_id, answer.refund_id, None, answer.reason
                )
        return answer.state

    async def _refused(self, refund: NotedRefund, error: GatewayRefusedError) -> str:
        if error.code in OPERATORS:
            await self.alerts.tell("provider_refuses", error.code, str(error), self.gateway.name)
            await self._later(refund, str(error))
            return UNKNOWN
        await self._fail(refund, f"refused_{error.code}")
        await self.store.refund_checked(refund.refund_id, None, None, str(error))
        await self.alerts.tell("refund_refused", str(refund.refund_id), str(error))
        return "refused"

    async def _candidates(self, answer: ProviderRefund) -> list[NotedRefund]:
        """Return the one of its name, or those of its sum whose reply was lost, oldest first."""
        named = await self.store.refund_named(self.gateway.name, answer.refund_id)
        if named is not None:
            return [named]
        waiting = await self.store.unanswered_refunds(self.gateway.name, answer.payment_id)
        return [one for one in waiting if one.money == answer.money and one.sent_at is not None]

    async def _made_elsewhere(self, answer: ProviderRefund, order_id: UUID, account: str) -> None:
        refund = NotedRefund(
            refund_id=uuid5(FOREIGN, f"{self.gateway.name}:{answer.refund_id}"),
            account=account,
            order_id=order_id,
            provider=self.gateway.name,
            payment_id=answer.payment_id,
            money=answer.money,
            noted_at=self.now(),
            provider_refund_id=answer.refund_id,
        )
        try:
            await self._take(refund, self.gateway.name)
        except Overloaded:
            raise
        except LedgerRefusal as refusal:
            detail = f"{answer.money} kopecks went back: {refusal.code}"
            await self.alerts.tell("refund_not_taken", answer.refund_id, detail)
            return
        await self._confirm(refund, answer)
        # By its name it is never taken for one of ours whose reply was lost.
        await self.store.note_refund(refund, self.gateway.name)

    async def _take(self, refund: NotedRefund, actor: str) -> None:
        command = RequestPaymentRefund(
            account_id=refund.account,
            order_id=refund.order_id,
            provider=refund.provider,
            payment_id=refund.payment_id,
            refund_id=str(refund.refund_id),
            money=refund.money,
        )
        outcome = await self.ledger.execute(command, _origin(refund, actor))
        if not outcome.repeat:
            log.info("credits taken for money that goes back", refund_id=str(refund.refund_id))

    async def _confirm(self, refund: NotedRefund, answer: ProviderRefund) -> bool:
        """Return False when the answer has been taken in already, as another refund's."""
        command = ConfirmPaymentRefund(
            account_id=refund.account,
            order_id=refund.order_id,
            refund_id=str(refund.refund_id),
            provider=refund.provider,
            provider_refund_id=answer.refund_id,
        )
        try:
            await self.ledger.execute(command, _origin(refund, refund.provider))
        except KeyReused:
            return False
        except RefundClosed:
            detail = "the money went back after all, and its credits had been returned"
            await self.alerts.tell("refund_after_failure", str(refund.refund_id), detail)
        return True

    async def _fail(self, refund: NotedRefund, reason: str) -> None:
        command = FailPaymentRefund(
            account_id=refund.account,
            order_id=refund.order_id,
            refund_id=str(refund.refund_id),
            reason=reason[:64],
        )
        try:
            await self.ledger.execute(command, _origin(refund, refund.provider))
        except (RefundClosed, KeyReused):
            log.info("the refund had ended", refund_id=str(refund.refund_id))

    async def _later(
        self, refund: NotedRefund, trouble: str | None, provider_refund_id: str | None = None
    ) -> None:
        scale = self.minute_s / AGAIN.total_seconds()
        wait = min(AGAIN * 2 ** min(refund.checks, 10), AGAIN_MAX) * scale
        await self.store.refund_checked(
            refund.refund_id, provider_refund_id, self.now() + wait, trouble
        )


def _origin(refund: NotedRefund, actor: str) -> Origin:
    return Origin(actor=actor, correlation_id=str(refund.refund_id))
