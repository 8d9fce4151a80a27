"""The port to a provider of payments: what we ask it, what it says, and how asking may fail.

Amounts are in kopecks. Every call that may move money has a key made before it, and is the same
for the same key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pydantic import JsonValue


class PaidState(StrEnum):
    PENDING = "pending"
    WAITING_FOR_CAPTURE = "waiting_for_capture"
    """Authorised and not taken; ours are captured at once, so this one was made by hand."""
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass(frozen=True)
class PaymentRequest:
    """What a payment is created from. Frozen when it is first sent: a repeat is identical."""

    order_id: UUID
    """The idempotence key."""
    body: Mapping[str, JsonValue]
    """Exactly what is sent."""


@dataclass(frozen=True)
class ProviderPayment:
    """A payment as its provider describes it when asked."""

    payment_id: str
    state: PaidState
    price: int
    currency: str
    created_at: datetime
    shop_id: str
    is_test: bool
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    confirmation_url: str | None = None
    reason: str = ""
    """Why it was canceled, in the provider's word; empty otherwise."""
    refunded: int = 0
    """How much of it went back."""
    captured_at: datetime | None = None


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass(frozen=True)
class ProviderRefund:
    refund_id: str
    payment_id: str
    state: RefundState
    money: int
    currency: str
    created_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Page:
    """A part of the provider's list, the newest first."""

    payments: tuple[ProviderPayment, ...]
    next_cursor: str | None = None


@dataclass(frozen=True)
class RefundPage:
    refunds: tuple[ProviderRefund, ...]
    next_cursor: str | None = None


class GatewayError(Exception):
    """The text is for logs and holds no secret."""


class GatewaySilentError(GatewayError):
    """No usable answer: whether it happened is unknown. Ask again with the same key."""


class GatewayRefusedError(GatewayError):
    """The provider said no for certain: nothing happened.

    `code` and `parameter` are its own words, such as `invalid_request` and `receipt`.
    """

    def __init__(self, code: str, description: str = "", parameter: str = "") -> None:
        super().__init__(f"{code}: {description}" + (f" ({parameter})" if parameter else ""))
        self.code = code
        self.parameter = parameter


class NotThereError(GatewayRefusedError):
    """It knows no such payment, or not of ours."""


class PaymentGateway(Protocol):
    """Each method raises `GatewaySilentError` and `GatewayRefusedError`."""

    @property
    def name(self) -> str: ...

    @property
    def shop_id(self) -> str:
        """Whose payments these are; one of another shop is never credited."""
        ...

    async def create(self, request: PaymentRequest) -> ProviderPayment: ...

    async def fetch(self, payment_id: str) -> ProviderPayment:
        """Raises `NotThereError`."""
        ...

    async def payments_since(self, since: datetime, cursor: str | None = None) -> Page: ...

    async def refund(
        self,
        key: UUID,
        payment_id: str,
        money: int,
        receipt: Mapping[str, JsonValue] | None = None,
    ) -> ProviderRefund: ...

    async def fetch_refund(self, refund_id: str) -> ProviderRefund: ...

    async def refunds_of(self, payment_id: str) -> tuple[ProviderRefund, ...]: ...

    async def refunds_since(self, since: datetime, cursor: str | None = None) -> RefundPage: ...
