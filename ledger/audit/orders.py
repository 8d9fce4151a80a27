"""The rules about one payment order, asked of all its events at once.

An order can be completed or sent back years after it was requested, so the pass over the log does
not keep it: here the events come sorted by order, and one order is in memory at a time.
"""

from uuid import UUID

from msgspec import Struct, field

from ledger.audit.findings import Findings, Kind
from ledger.audit.snapshot import Connection
from ledger.audit.states import UNDECODABLE
from ledger.codec import decode
from ledger.domain.events import (
    AccountEvent,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
)

READ_AHEAD = 1_000
REFUNDS_PER_PAYMENT_MAX = 20
BY_ORDER = """
    SELECT notification_id, order_id, originator_id, topic, state FROM ledger.events
    WHERE order_id IS NOT NULL AND notification_id <= $1
    ORDER BY order_id, notification_id
"""


class Paid(Struct):
    """One payment of the order, and what is on its way back or there."""

    credits: int
    price: int
    currency: str
    refunds: int = 0
    money_back: int = 0
    credits_back: int = 0


class OrderCheck(Struct):
    """Judges the events of one order in their order."""

    requested: PaymentRequested | None = None
    canceled: bool = False
    payments: dict[tuple[str, str], Paid] = field(default_factory=dict[tuple[str, str], Paid])
    refunds: dict[str, PaymentRefundRequested] = field(
        default_factory=dict[str, PaymentRefundRequested]
    )
    ended: set[str] = field(default_factory=set[str])

    def complaint_about(self, event: AccountEvent) -> tuple[Kind, str] | None:
        """Apply the event and return what is wrong with it."""
        if isinstance(event, PaymentRequested):
            return self._request(event)
        if self.requested is None or event.originator_id != self.requested.originator_id:
            return Kind.DANGLING_REFERENCE, "its account has not requested the order"
        match event:
            case PaymentOpened():
                return self._open(event, self.requested)
            case PaymentCompleted():
                return self._complete(event, self.requested)
            case PaymentCanceled():
                return self._cancel()
            case PaymentRefundRequested():
                return self._request_refund(event)
            case PaymentRefunded():
                return self._end_refund(event.refund_id, event.provider, None)
            case PaymentRefundFailed():
                return self._end_refund(event.refund_id, None, event.credits)
            case _:
                return Kind.COLUMN_MISMATCH, "it is about no order"

    def _request(self, event: PaymentRequested) -> tuple[Kind, str] | None:
        if self.requested is not None:
            return Kind.UNLAWFUL, "the order was requested already"
        self.requested = event
        return None

    def _open(self, event: PaymentOpened, requested: PaymentRequested) -> tuple[Kind, str] | None:
        if event.provider != requested.provider:
            return Kind.UNLAWFUL, f"provider {event.provider} instead of {requested.provider}"
        return None

    def _complete(
        self, event: PaymentCompleted, requested: PaymentRequested
    ) -> tuple[Kind, str] | None:
        self.payments[event.provider, event.payment_id] = Paid(
            event.credits, event.price, event.currency
        )
        said = (event.provider, event.price, event.currency, event.credits)
        asked = (requested.provider, requested.price, requested.currency, requested.credits)
        if said != asked:
            return Kind.UNLAWFUL, f"{said} was paid, {asked} was requested"
        return None

    def _cancel(self) -> tuple[Kind, str] | None:
        was_canceled, self.canceled = self.canceled, True
        if was_canceled or self.payments:
            return Kind.UNLAWFUL, "the order was canceled or completed already"
        return None

    def _request_refund(self, event: PaymentRefundRequested) -> tuple[Kind, str] | None:
        repeated = event.refund_id in self.refunds
        self.refunds[event.refund_id] = event
        paid = self.payments.get((event.provider, event.payment_id))
        if paid is None:
            return Kind.DANGLING_REFERENCE, "the order has no such payment"
        due = paid.credits * (paid.money_back + event.money) // paid.price if paid.price else 0
        taken = max(0, due - paid.credits_back)
        paid.refunds += 1
        paid.money_back += event.money
        paid.credits_back += event.credits
        if repeated:
            return Kind.UNLAWFUL, "the refund was requested already"
        if paid.money_back > paid.price or event.currency != paid.currency:
            says = f"{paid.money_back} {event.currency} go back of {paid.price} {paid.currency}"
            return Kind.UNLAWFUL, says
        if paid.refunds > REFUNDS_PER_PAYMENT_MAX:
            return Kind.UNLAWFUL, f"it is refund {paid.refunds} of one payment"
        if event.credits != taken:
            return Kind.UNLAWFUL, f"it takes {event.credits} credits, {taken} were due"
        return None

    def _end_refund(
        self, refund_id: str, provider: str | None, returned: int | None
    ) -> tuple[Kind, str] | None:
        requested = self.refunds.get(refund_id)
        if requested is None:
            return Kind.DANGLING_REFERENCE, "the order has no such refund"
        if refund_id in self.ended:
            return Kind.ENDED_TWICE, f"refund {refund_id} had ended already"
        self.ended.add(refund_id)
        if provider is not None and provider != requested.provider:
            return Kind.UNLAWFUL, f"provider {provider} instead of {requested.provider}"
        if returned is None:
            return None
        paid = self.payments.get((requested.provider, requested.payment_id))
        if paid is not None:
            paid.money_back -= requested.money
            paid.credits_back -= requested.credits
        if returned != requested.credits:
            return Kind.UNLAWFUL, f"it returns {returned} credits of {requested.credits}"
        return None


async def check_orders(connection: Connection, position: int, findings: Findings) -> None:
    current: UUID | None = None
    order = OrderCheck()
    async for row in connection.cursor(BY_ORDER, position, prefetch=READ_AHEAD):
        if row["order_id"] != current:
            current = row["order_id"]
            order = OrderCheck()
        try:
            event = decode(row["topic"], row["state"])
        except UNDECODABLE:
            continue  # the pass over the log names it
        wrong = order.complaint_about(event)
        if wrong:
            kind, says = wrong
            findings.add(kind, says, position=row["notification_id"], account=row["originator_id"])
