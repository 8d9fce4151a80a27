"""What log and provider disagree about: nothing, or an operator has to look at it.

Both are read from outside of the service, and neither is changed.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from ledger.codec import decode
from ledger.database import Pool
from ledger.domain.events import PaymentCompleted, PaymentRefundFailed, PaymentRefundRequested
from ledger.payments.gateway import NotThereError, PaidState, PaymentGateway, ProviderPayment
from ledger.payments.reconciling import listed_payments
from ledger.payments.requesting import Ours

SETTLING = timedelta(minutes=5)
"""A payment that was paid less long ago may still be on its way into the log."""

CREDITED = """
    SELECT topic, state, recorded_at FROM ledger.events
    WHERE order_id IS NOT NULL AND kind = 'payment_completed' AND recorded_at >= $1
    ORDER BY notification_id
"""
CREDITED_UNDER = """
    SELECT topic, state, recorded_at FROM ledger.events WHERE key = ANY($1::text[])
"""
WENT_BACK = """
    SELECT topic, state FROM ledger.events
    WHERE order_id = ANY($1::uuid[])
      AND kind IN ('payment_refund_requested', 'payment_refund_failed')
    ORDER BY notification_id
"""


class Kind(StrEnum):
    NOT_CREDITED = "paid and not credited"
    NOT_PAID = "credited and not paid"
    AMOUNT = "wrong amount"
    UNKNOWN = "unknown payment"
    WENT_BACK = "refunded otherwise"


class Difference(Struct, frozen=True, kw_only=True):
    kind: Kind
    payment_id: str
    order_id: UUID | None
    account: str | None
    log: str
    provider: str


class Credited(Struct, frozen=True, kw_only=True):
    order_id: UUID
    account: str
    price: int
    currency: str


@dataclass(frozen=True)
class Comparison:
    pool: Pool
    gateway: PaymentGateway
    whose: Callable[[ProviderPayment], Ours | None]
    now: datetime

    async def differences(self, since: datetime) -> AsyncIterator[Difference]:
        """Compare every payment that either side has since then. Raises `GatewayError`."""
        listed: dict[str, ProviderPayment] = {}
        async for payment in listed_payments(self.gateway, since):
            listed[payment.payment_id] = payment
        credited = await self._credited(since, listed)
        went_back = await self._went_back(credited)
        for payment_id, credit in credited.items():
            payment = listed.get(payment_id) or await self._fetched(payment_id)
            listed.pop(payment_id, None)
            for difference in _compare(payment_id, credit, payment, went_back.get(payment_id, 0)):
                yield difference
        for payment in listed.values():
            if payment.state is PaidState.SUCCEEDED and not self._is_fresh(payment):
                yield self._not_credited(payment)

    async def _credited(
        self, since: datetime, listed: Mapping[str, ProviderPayment]
    ) -> dict[str, Credited]:
        keys = [f"payment:{self.gateway.name}:{payment_id}" for payment_id in listed]
        rows = [
            *await self.pool.fetch(CREDITED, since),
            *await self.pool.fetch(CREDITED_UNDER, keys),
        ]
        found: dict[str, Credited] = {}
        for row in rows:
            event = decode(row["topic"], row["state"])
            if isinstance(event, PaymentCompleted) and event.provider == self.gateway.name:
                found[event.payment_id] = Credited(
                    order_id=event.order_id,
                    account=event.originator_id,
                    price=event.price,
                    currency=event.currency,
                )
        return found

    async def _went_back(self, credited: Mapping[str, Credited]) -> dict[str, int]:
        """Return the money that the log says went back, or is about to, by payment."""
        orders = [credit.order_id for credit in credited.values()]
        requested: dict[str, PaymentRefundRequested] = {}
        for row in await self.pool.fetch(WENT_BACK, orders):
            event = decode(row["topic"], row["state"])
            if isinstance(event, PaymentRefundRequested):
                requested[event.refund_id] = event
            elif isinstance(event, PaymentRefundFailed):
                requested.pop(event.refund_id, None)
        sums: dict[str, int] = {}
        for refund in requested.values():
            sums[refund.payment_id] = sums.get(refund.payment_id, 0) + refund.money
        return sums

    async def _fetched(self, payment_id: str) -> ProviderPayment | None:
        try:
            return await self.gateway.fetch(payment_id)
        except NotThereError:
            return None

    def _is_fresh(self, payment: ProviderPayment) -> bool:
        at = payment.captured_at or payment.created_at
        return self.now - at < SETTLING

    def _not_credited(self, payment: ProviderPayment) -> Difference:
        ours = self.whose(payment)
        return Difference(
            kind=Kind.NOT_CREDITED if ours is not None else Kind.UNKNOWN,
            payment_id=payment.payment_id,
            order_id=ours.order_id if ours is not None else None,
            account=ours.account if ours is not None else None,
            log="nothing",
            provider=f"{payment.state}, {_money(payment.price, payment.currency)}",
        )


def _compare(
    payment_id: str, credit: Credited, payment: ProviderPayment | None, went_back: int
) -> list[Difference]:
    found: list[tuple[Kind, str, str]] = []
    said = _money(credit.price, credit.currency)
    if payment is None or payment.state is not PaidState.SUCCEEDED:
        found.append((Kind.NOT_PAID, said, payment.state if payment else "no such payment"))
    elif (payment.price, payment.currency) != (credit.price, credit.currency):
        found.append((Kind.AMOUNT, said, _money(payment.price, payment.currency)))
    if payment is not None and payment.refunded > went_back:
        back = f"{_money(went_back, credit.currency)} went back"
        found.append((Kind.WENT_BACK, back, f"{_money(payment.refunded, payment.currency)} did"))
    return [
        Difference(
            kind=kind,
            payment_id=payment_id,
            order_id=credit.order_id,
            account=credit.account,
            log=log,
            provider=provider,
        )
        for kind, log, provider in found
    ]


def _money(minor: int, currency: str) -> str:
    return f"{minor // 100}.{minor % 100:02d} {currency}"
