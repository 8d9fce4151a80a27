"""A provider of payments that behaves as YooKassa does, with a page where people pay and leave.

It remembers keys for a day, loses replies when told to, and counts what was really paid and sent
back: whoever is tested against it is judged by that, not by what it was told.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from ledger.payments.gateway import (
    GatewayRefusedError,
    GatewaySilentError,
    NotThereError,
    Page,
    PaidState,
    PaymentRequest,
    ProviderPayment,
    ProviderRefund,
    RefundPage,
    RefundState,
)

SHOP = "100500"
KEY_LIVES = timedelta(hours=24)
PAYABLE = timedelta(hours=1)
PAGE_SIZE = 2
"""Small, so that every list has several pages."""


class Fault(StrEnum):
    """What goes wrong with one call."""

    SILENT = "silent"
    """Nothing happens, and there is no answer."""
    LOST = "lost"
    """It happens, and the answer is lost."""
    REFUSED = "refused"


@dataclass
class MemoryGateway:
    now: Callable[[], datetime]
    shop_id: str = SHOP
    name: str = "yookassa"
    payments: dict[str, ProviderPayment] = field(default_factory=dict)
    refunds: dict[str, ProviderRefund] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    """Of the calls to come; when they have run out, all is well."""
    refund_state: RefundState = RefundState.SUCCEEDED
    is_down: bool = False
    calls: Counter[str] = field(default_factory=Counter)
    bodies: dict[UUID, list[str]] = field(default_factory=dict)
    """What was sent under each key, as often as it was sent."""
    _keys: dict[UUID, tuple[str, datetime, str]] = field(default_factory=dict)

    async def create(self, request: PaymentRequest) -> ProviderPayment:
        body = json.dumps(request.body, ensure_ascii=False)
        self.bodies.setdefault(request.order_id, []).append(body)
        made = self._call("create", lambda: self._once(request.order_id, body, self._create))
        return self.payments[made]

    async def fetch(self, payment_id: str) -> ProviderPayment:
        return self._call("fetch", lambda: self._payment(payment_id))

    async def payments_since(self, since: datetime, cursor: str | None = None) -> Page:
        listed = self._call("list", lambda: _newest(self.payments.values(), since))
        return Page(*_page(listed, cursor))

    async def refund(
        self,
        key: UUID,
        payment_id: str,
        money: int,
        receipt: Mapping[str, Any] | None = None,
    ) -> ProviderRefund:
        body = json.dumps([payment_id, money, receipt])
        self.bodies.setdefault(key, []).append(body)

        def make(_: object) -> str:
            return self.send_back(payment_id, money, self.refund_state)

        made = self._call("refund", lambda: self._once(key, body, make))
        return self.refunds[made]

    async def fetch_refund(self, refund_id: str) -> ProviderRefund:
        return self._call("fetch_refund", lambda: self.refunds[refund_id])

    async def refunds_of(self, payment_id: str) -> tuple[ProviderRefund, ...]:
        own = [one for one in self.refunds.values() if one.payment_id == payment_id]
        return self._call("refunds_of", lambda: tuple(reversed(own)))

    async def refunds_since(self, since: datetime, cursor: str | None = None) -> RefundPage:
        listed = self._call("list_refunds", lambda: _newest(self.refunds.values(), since))
        return RefundPage(*_page(listed, cursor))

    # What people do at its page, and whoever has the keys to the shop.

    def pay(self, payment_id: str) -> bool:
        return self._leave(payment_id, PaidState.SUCCEEDED, captured_at=self.now())

    def decline(self, payment_id: str, reason: str = "insufficient_funds") -> bool:
        return self._leave(payment_id, PaidState.CANCELED, reason=reason)

    def expire(self) -> None:
        """End whatever has waited for an hour."""
        for payment in list(self.payments.values()):
            if self.now() - payment.created_at >= PAYABLE:
                self.decline(payment.payment_id, "expired_on_confirmation")

    def change(self, payment_id: str, **fields: Any) -> None:
        """Make it otherwise than it was ordered."""
        self.payments[payment_id] = replace(self.payments[payment_id], **fields)

    def make(self, metadata: Mapping[str, str], price: int, **fields: Any) -> str:
        """Make a payment that nobody ordered here."""
        payment_id = _id("2f0c1b1e", len(self.payments))
        self.payments[payment_id] = ProviderPayment(
            payment_id=payment_id,
            state=PaidState.PENDING,
            price=price,
            currency="RUB",
            created_at=self.now(),
            shop_id=SHOP,
            is_test=False,
            metadata=dict(metadata),
            confirmation_url=f"https://pay.example/{payment_id}",
        )
        self.change(payment_id, **fields)
        return payment_id

    def send_back(
        self, payment_id: str, money: int, state: RefundState = RefundState.SUCCEEDED
    ) -> str:
        """Refund at its own page. Raises `GatewayRefusedError` when there is not so much."""
        payment = self._payment(payment_id)
        under_way = sum(
            one.money
            for one in self.refunds.values()
            if one.payment_id == payment_id and one.state is not RefundState.CANCELED
        )
        if payment.state is not PaidState.SUCCEEDED or under_way + money > payment.price:
            raise GatewayRefusedError("invalid_request", "there is not so much", "amount")
        refund_id = _id("31a5c2d4", len(self.refunds))
        self.refunds[refund_id] = ProviderRefund(
            refund_id, payment_id, RefundState.PENDING, money, "RUB", self.now()
        )
        self.end_refund(refund_id, state)
        return refund_id

    def end_refund(self, refund_id: str, state: RefundState, reason: str = "") -> None:
        refund = self.refunds[refund_id]
        if refund.state is not RefundState.PENDING:
            return
        self.refunds[refund_id] = replace(refund, state=state, reason=reason)
        if state is RefundState.SUCCEEDED:
            payment = self.payments[refund.payment_id]
            self.change(refund.payment_id, refunded=payment.refunded + refund.money)

    # What it counts.

    @property
    def paid(self) -> list[ProviderPayment]:
        return [one for one in self.payments.values() if one.state is PaidState.SUCCEEDED]

    @property
    def pending(self) -> list[str]:
        return [key for key, one in self.payments.items() if one.state is PaidState.PENDING]

    def refunded(self, payment_id: str) -> list[int]:
        """Return each sum that went back of a payment, the oldest first."""
        own = (one for one in self.refunds.values() if one.payment_id == payment_id)
        return [one.money for one in own if one.state is RefundState.SUCCEEDED]

    def _call(self, name: str, act: Callable[[], Any]) -> Any:
        self.calls[name] += 1
        fault = self.faults.popleft() if self.faults else None
        if self.is_down or fault is Fault.SILENT:
            raise GatewaySilentError("no answer")
        if fault is Fault.REFUSED:
            raise GatewayRefusedError("invalid_credentials", "who are you?")
        result = act()
        if fault is Fault.LOST:
            raise GatewaySilentError("the answer was lost")
        return result

    def _once(self, key: UUID, body: str, make: Callable[[str], str]) -> str:
        known = self._keys.get(key)
        if known is not None and self.now() - known[1] < KEY_LIVES:
            if known[0] != body:
                raise GatewayRefusedError(
                    "invalid_request", "Idempotence key duplicated", "Idempotence-Key"
                )
            return known[2]
        made = make(body)
        self._keys[key] = body, self.now(), made
        return made

    def _create(self, body: str) -> str:
        said = json.loads(body)
        price = round(float(said["amount"]["value"]) * 100)
        return self.make(said["metadata"], price, currency=said["amount"]["currency"])

    def _payment(self, payment_id: str) -> ProviderPayment:
        if payment_id not in self.payments:
            raise NotThereError("not_found", "Incorrect payment_id", "payment_id")
        return self.payments[payment_id]

    def _leave(self, payment_id: str, state: PaidState, **fields: Any) -> bool:
        if self.payments[payment_id].state is not PaidState.PENDING:
            return False
        self.change(payment_id, state=state, **fields)
        return True


def _id(kind: str, number: int) -> str:
    return f"{kind}-000f-5000-8000-{number:012x}"


def _newest(items: Any, since: datetime) -> list[Any]:
    return [one for one in reversed(list(items)) if one.created_at >= since]


def _page(listed: Sequence[Any], cursor: str | None) -> tuple[tuple[Any, ...], str | None]:
    begin = int(cursor or 0)
    end = begin + PAGE_SIZE
    return tuple(listed[begin:end]), str(end) if end < len(listed) else None
