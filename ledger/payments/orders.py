"""How one order stands: what the log says of it, and what is shown of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from contracts import messages
from contracts.messages import Currency, PaymentProvider, PaymentState
from ledger.domain.account import Account
from ledger.domain.events import (
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRequested,
)
from ledger.log import EventLog, Recorded
from ledger.payments.store import NotedOrder


class SeenOrder(Struct, frozen=True, kw_only=True):
    requested: PaymentRequested
    requested_at: datetime
    opened: tuple[str, ...]
    """The provider's ids of its payments."""
    completed: tuple[PaymentCompleted, ...]
    canceled: PaymentCanceled | None
    account: Account
    position: int

    @property
    def state(self) -> PaymentState:
        if self.completed:
            return PaymentState.COMPLETED
        if self.canceled is not None:
            return PaymentState.CANCELED
        return PaymentState.OPENED if self.opened else PaymentState.REQUESTED

    @property
    def is_open(self) -> bool:
        return self.state in (PaymentState.REQUESTED, PaymentState.OPENED)


async def see_order(event_log: EventLog, account: str, order_id: UUID) -> SeenOrder | None:
    """Return the order, or None when it is unknown or another account's.

    Raises `LogUnreachableError`.
    """
    loaded = await event_log.load([account], orders=[order_id])
    recorded = loaded.orders.get(order_id, ())
    if not recorded:
        return None
    first = recorded[0]
    requested = first.event
    if not isinstance(requested, PaymentRequested) or requested.originator_id != account:
        return None
    events = [one.event for one in recorded]
    return SeenOrder(
        requested=requested,
        requested_at=first.recorded_at,
        opened=tuple(event.payment_id for event in events if isinstance(event, PaymentOpened)),
        completed=tuple(event for event in events if isinstance(event, PaymentCompleted)),
        canceled=_canceled(recorded),
        account=loaded.accounts[account],
        position=recorded[-1].position,
    )


def said_of(seen: SeenOrder, noted: NotedOrder | None, title: str) -> messages.Payment:
    requested = seen.requested
    can_be_paid = noted is not None and seen.state is PaymentState.OPENED
    return messages.Payment(
        order_id=requested.order_id,
        account=requested.originator_id,
        provider=PaymentProvider(requested.provider),
        plan=requested.plan,
        title=title,
        credits=requested.credits,
        price=requested.price,
        currency=Currency(requested.currency),
        state=seen.state,
        url=noted.url if noted and can_be_paid else None,
        expires_at=noted.expires_at if noted and can_be_paid else None,
        reason=seen.canceled.reason if seen.canceled and not seen.completed else None,
        balance=seen.account.balance,
        debt=seen.account.debt,
        to_debt=sum(paid.to_debt for paid in seen.completed),
        position=seen.position,
    )


def _canceled(recorded: Sequence[Recorded]) -> PaymentCanceled | None:
    found = (one.event for one in recorded if isinstance(one.event, PaymentCanceled))
    return next(found, None)
