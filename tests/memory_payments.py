"""The double of what is kept of payments beside the log, checked by the tests of the real one."""

# ruff: noqa: ARG002 - it has the arguments of the real one, some of which only people read

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from ledger.domain.events import PaymentRequested
from ledger.payments.store import DUE_MAX, NotedOrder, NotedRefund
from tests.memory_log import MemoryEventLog
from tests.properties.equations import open_orders_of


@dataclass
class MemoryPaymentStore:
    log: MemoryEventLog
    orders: dict[UUID, NotedOrder] = field(default_factory=dict)
    refunds: dict[UUID, NotedRefund] = field(default_factory=dict)
    receipts: dict[UUID, Any] = field(default_factory=dict)
    refund_checks: dict[UUID, datetime | None] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    bells: list[dict[str, Any]] = field(default_factory=list)
    sweeps: dict[str, datetime] = field(default_factory=dict)

    async def note_order(
        self, order_id: UUID, account: str, provider: str, at: datetime, check_at: datetime | None
    ) -> None:
        noted = NotedOrder(
            order_id=order_id,
            account=account,
            provider=provider,
            noted_at=at,
            body=None,
            sent_at=None,
            payment_id=None,
            url=None,
            expires_at=None,
            reason=None,
            checks=0,
            next_check_at=check_at,
        )
        self.orders.setdefault(order_id, noted)

    async def order(self, order_id: UUID) -> NotedOrder | None:
        return self.orders.get(order_id)

    async def order_of(self, provider: str, payment_id: str) -> NotedOrder | None:
        named = (
            one
            for one in self.orders.values()
            if (one.provider, one.payment_id) == (provider, payment_id)
        )
        return next(named, None)

    async def freeze(
        self, order_id: UUID, body: Mapping[str, Any], at: datetime
    ) -> tuple[Mapping[str, Any], datetime]:
        noted = self.orders.get(order_id)
        if noted is None:
            raise LookupError(order_id)
        noted = replace(
            noted,
            body=noted.body if noted.body is not None else json.loads(json.dumps(body)),
            sent_at=noted.sent_at or at,
        )
        self.orders[order_id] = noted
        return noted.body, noted.sent_at

    async def opened(
        self, order_id: UUID, payment_id: str, url: str | None, expires_at: datetime | None
    ) -> None:
        if (noted := self.orders.get(order_id)) is not None:
            self.orders[order_id] = replace(
                noted,
                payment_id=noted.payment_id or payment_id,
                url=url or noted.url,
                expires_at=expires_at or noted.expires_at,
                body=None,
            )

    async def checked(
        self,
        order_id: UUID,
        next_check_at: datetime | None,
        *,
        trouble: str | None = None,
        reason: str | None = None,
    ) -> None:
        if (noted := self.orders.get(order_id)) is not None:
            self.orders[order_id] = replace(
                noted,
                checks=noted.checks + 1,
                next_check_at=next_check_at,
                reason=reason or noted.reason,
                body=noted.body if next_check_at is not None else None,
            )

    async def due(self, now: datetime) -> list[tuple[UUID, str]]:
        waiting = [
            one
            for one in self.orders.values()
            if one.next_check_at is not None and one.next_check_at <= now
        ]
        waiting.sort(key=lambda one: one.next_check_at)
        return [(one.order_id, one.account) for one in waiting[:DUE_MAX]]

    async def unnoted(self) -> list[tuple[UUID, str, str, datetime]]:
        events = [one.event for one in self.log.recorded]
        still_open = open_orders_of(events)
        return [
            (one.event.order_id, one.event.originator_id, one.event.provider, one.recorded_at)
            for one in self.log.recorded
            if isinstance(one.event, PaymentRequested)
            and one.event.order_id in still_open
            and one.event.order_id not in self.orders
        ][:DUE_MAX]

    async def remember_email(self, account: str, email: str, at: datetime) -> None:
        self.emails[account] = email

    async def email(self, account: str) -> str | None:
        return self.emails.get(account)

    async def ring(
        self, at: datetime, sender: str, event: str | None, object_id: str | None, body: str
    ) -> int:
        # PostgreSQL keeps neither half a character nor this one in what is not cleaned.
        f"{sender}{event}{object_id}".encode()
        if "\x00" in f"{sender}{event}{object_id}":
            raise ValueError(event)
        self.bells.append({"sender": sender, "event": event, "object_id": object_id})
        return len(self.bells) - 1

    async def answered(self, ring: int, outcome: str) -> None:
        self.bells[ring]["outcome"] = outcome

    async def forget_bells(self, before: datetime) -> None:
        pass

    async def note_refund(self, refund: NotedRefund, asked_by: str) -> None:
        if refund.refund_id not in self.refunds:
            self.refunds[refund.refund_id] = refund
            is_over = refund.provider_refund_id is not None
            self.refund_checks[refund.refund_id] = None if is_over else refund.noted_at

    async def refund(self, refund_id: UUID) -> NotedRefund | None:
        return self.refunds.get(refund_id)

    async def refund_named(self, provider: str, provider_refund_id: str) -> NotedRefund | None:
        named = (
            one
            for one in self.refunds.values()
            if (one.provider, one.provider_refund_id) == (provider, provider_refund_id)
        )
        return next(named, None)

    async def refunds_due(self, now: datetime) -> list[NotedRefund]:
        waiting = [
            (at, refund_id)
            for refund_id, at in self.refund_checks.items()
            if at is not None and at <= now
        ]
        return [self.refunds[refund_id] for _, refund_id in sorted(waiting)[:DUE_MAX]]

    async def unanswered_refunds(self, provider: str, payment_id: str) -> list[NotedRefund]:
        found = [
            one
            for one in self.refunds.values()
            if (one.provider, one.payment_id) == (provider, payment_id)
            and one.provider_refund_id is None
            and self.refund_checks[one.refund_id] is not None
        ]
        return sorted(found, key=lambda one: one.noted_at)

    async def freeze_refund(
        self, refund_id: UUID, receipt: Any, at: datetime
    ) -> tuple[Mapping[str, Any] | None, datetime]:
        refund = self.refunds.get(refund_id)
        if refund is None:
            raise LookupError(refund_id)
        if refund.sent_at is None:
            refund = self.refunds[refund_id] = replace(refund, sent_at=at)
            self.receipts[refund_id] = receipt
        return self.receipts.get(refund_id), refund.sent_at

    async def refund_checked(
        self,
        refund_id: UUID,
        provider_refund_id: str | None,
        next_check_at: datetime | None,
        trouble: str | None = None,
    ) -> None:
        refund = self.refunds[refund_id]
        self.refunds[refund_id] = replace(
            refund,
            provider_refund_id=provider_refund_id or refund.provider_refund_id,
            checks=refund.checks + 1,
        )
        self.refund_checks[refund_id] = next_check_at
        if next_check_at is None:
            self.receipts.pop(refund_id, None)

    async def swept_until(self, provider: str) -> datetime | None:
        return self.sweeps.get(provider)

    async def note_swept(self, provider: str, until: datetime) -> None:
        self.sweeps[provider] = until
