"""What YooKassa answers, read into the words of the port; what cannot be read is no answer."""

import re
from decimal import Decimal
from typing import Annotated, TypeVar, cast

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
)

from ledger.payments.gateway import (
    GatewaySilentError,
    Page,
    PaidState,
    ProviderPayment,
    ProviderRefund,
    RefundPage,
    RefundState,
)

AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
OBJECT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def payment_of(answer: JsonValue) -> ProviderPayment:
    return _as_payment(_read(_Payment, answer))


def payments_of(answer: JsonValue) -> Page:
    """One payment that cannot be read spoils the page: passing over it could hide a paid one."""
    page = _read(_Payments, answer)
    return Page(tuple(map(_as_payment, page.items)), page.next_cursor)


def refund_of(answer: JsonValue) -> ProviderRefund:
    return _as_refund(_read(_Refund, answer))


def refunds_of(answer: JsonValue) -> RefundPage:
    page = _read(_Refunds, answer)
    return RefundPage(tuple(map(_as_refund, page.items)), page.next_cursor)


def _kopecks(value: object) -> int:
    if not isinstance(value, str) or AMOUNT.fullmatch(value) is None:
        raise ValueError("is no amount")
    kopecks = Decimal(value) * 100
    if kopecks != kopecks.to_integral_value():
        raise ValueError("is not whole kopecks")
    return int(kopecks)


def _texts(value: object) -> object:
    """Keep the texts: another seller's program in the same shop may put anything there."""
    if not isinstance(value, dict):
        return {}
    pairs = cast("dict[object, object]", value)
    return {name: text for name, text in pairs.items() if isinstance(text, str)}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Amount(_Part):
    value: Annotated[int, BeforeValidator(_kopecks)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Recipient(_Part):
    account_id: str


class _Confirmation(_Part):
    confirmation_url: str | None = None


class _Cancellation(_Part):
    reason: str = ""


class _Payment(_Part):
    id: Annotated[str, Field(pattern=f"^{OBJECT_ID.pattern}$")]
    status: PaidState
    amount: _Amount
    created_at: AwareDatetime
    recipient: _Recipient
    test: bool
    metadata: Annotated[dict[str, str], BeforeValidator(_texts)] = Field(
        default_factory=dict[str, str]
    )
    confirmation: _Confirmation | None = None
    cancellation_details: _Cancellation | None = None
    refunded_amount: _Amount | None = None
    captured_at: AwareDatetime | None = None


class _Refund(_Part):
    id: Annotated[str, Field(pattern=f"^{OBJECT_ID.pattern}$")]
    payment_id: str
    status: RefundState
    amount: _Amount
    created_at: AwareDatetime
    cancellation_details: _Cancellation | None = None


class _Payments(_Part):
    items: tuple[_Payment, ...]
    next_cursor: str | None = None


class _Refunds(_Part):
    items: tuple[_Refund, ...]
    next_cursor: str | None = None


Shape = TypeVar("Shape", bound=_Part)


def _read(shape: type[Shape], answer: JsonValue) -> Shape:
    try:
        return shape.model_validate(answer)
    except ValidationError as error:
        trouble = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in trouble["loc"])
        raise GatewaySilentError(f"unreadable: {place}: {trouble['msg']}") from None


def _as_payment(payment: _Payment) -> ProviderPayment:
    return ProviderPayment(
        payment_id=payment.id,
        state=payment.status,
        price=payment.amount.value,
        currency=payment.amount.currency,
        created_at=payment.created_at,
        shop_id=payment.recipient.account_id,
        is_test=payment.test,
        metadata=payment.metadata,
        confirmation_url=payment.confirmation and payment.confirmation.confirmation_url,
        reason=_reason(payment.cancellation_details),
        refunded=payment.refunded_amount.value if payment.refunded_amount else 0,
        captured_at=payment.captured_at,
    )


def _as_refund(refund: _Refund) -> ProviderRefund:
    return ProviderRefund(
        refund_id=refund.id,
        payment_id=refund.payment_id,
        state=refund.status,
        money=refund.amount.value,
        currency=refund.amount.currency,
        created_at=refund.created_at,
        reason=_reason(refund.cancellation_details),
    )


def _reason(cancellation: _Cancellation | None) -> str:
    return cancellation.reason if cancellation else ""
