"""The part of the control side that does what buyers, banks and YooKassa's own pages do."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.api import origin_of
from infra.sandbox.yookassa.bodies import NewRefund
from infra.sandbox.yookassa.faults import Event
from infra.sandbox.yookassa.money import amount, kopecks_of
from infra.sandbox.yookassa.payments import Method, Party, Payment, PaymentStatus
from infra.sandbox.yookassa.receipt_bodies import Amount
from infra.sandbox.yookassa.refunds import Refund
from infra.sandbox.yookassa.refusals import YooKassaError
from infra.sandbox.yookassa.world import YooKassaWorld

EVENTS = {
    PaymentStatus.SUCCEEDED: Event.SUCCEEDED,
    PaymentStatus.CANCELED: Event.CANCELED,
    PaymentStatus.WAITING_FOR_CAPTURE: Event.WAITING,
}
PRICE = "199.00"
"""Of a payment that nobody asked for, unless it is given."""
Value = Annotated[str, Field(pattern=r"^\d{1,10}\.\d{2}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Paying(Strict):
    method: Method = Method.BANK_CARD


class Declining(Strict):
    reason: str = "insufficient_funds"


class Canceling(Strict):
    reason: str = "general_decline"
    party: Party | None = None


class Refunding(Strict):
    amount: Value | None = None
    """Without it all that is left."""


class Change(Strict):
    amount: Value | None = None
    currency: Currency | None = None
    status: PaymentStatus | None = None
    reason: str = "general_decline"
    """Of a payment that becomes canceled."""
    is_test: bool | None = None
    account_id: str | None = None
    metadata: dict[str, str] | None = None
    notify: bool = False
    """Tell of it, as of any change."""


class Unknown(Change):
    """A payment that nobody asked for by the API, such as one from a lost database."""

    description: str | None = None
    method: Literal["bank_card", "sbp"] | None = None


def add_payments(router: APIRouter, world: YooKassaWorld) -> None:
    def act(payment_id: str, what: Callable[[Payment], object]) -> Json:
        return _acted(world, payment_id, what)

    @router.get("/payments")
    async def payments() -> list[Json]:
        world.catch_up()
        return [world.object_of(payment) for payment in world.payments]

    @router.post("/payments")
    async def make(wanted: Unknown, request: Request) -> Json:
        price, now = kopecks_of(wanted.amount or PRICE), world.clock.now()
        payment = world.blank_payment(price, origin_of(request), now)
        payment.description = wanted.description
        payment.method = Method(wanted.method) if wanted.method else None
        world.add(payment)
        return act(payment.payment_id, lambda one: _change(world, one, wanted))

    @router.post("/payments/{payment_id}")
    async def change(payment_id: str, wanted: Change) -> Json:
        return act(payment_id, lambda one: _change(world, one, wanted))

    @router.post("/payments/{payment_id}/pay")
    async def pay(payment_id: str, wanted: Paying) -> Json:
        return act(payment_id, lambda one: world.pay(one, wanted.method))

    @router.post("/payments/{payment_id}/decline")
    async def decline(payment_id: str, wanted: Declining) -> Json:
        return act(payment_id, lambda one: world.decline(one, wanted.reason))

    @router.post("/payments/{payment_id}/cancel")
    async def cancel(payment_id: str, wanted: Canceling) -> Json:
        return act(payment_id, lambda one: world.cancel(one, wanted.reason, wanted.party))

    _add_refunds(router, world)


def _add_refunds(router: APIRouter, world: YooKassaWorld) -> None:
    @router.get("/refunds")
    async def refunds() -> list[Json]:
        world.catch_up()
        return [world.object_of(refund) for refund in world.refunds]

    @router.post("/payments/{payment_id}/refund")
    async def refund(payment_id: str, wanted: Refunding) -> Json:
        made: list[Json] = []
        _acted(
            world, payment_id, lambda one: made.append(world.object_of(_refund(world, one, wanted)))
        )
        return made[0]


def _acted(world: YooKassaWorld, payment_id: str, what: Callable[[Payment], object]) -> Json:
    world.catch_up()
    payment = world.payments.find(payment_id)
    if payment is None:
        raise HTTPException(404, f"there is no payment {payment_id}")
    try:
        what(payment)
    except YooKassaError as error:
        raise HTTPException(error.status, str(error)) from error
    return world.object_of(payment)


def _refund(world: YooKassaWorld, payment: Payment, wanted: Refunding) -> Refund:
    left = payment.price - world.refunds.promised(payment.payment_id)
    value = wanted.amount or str(amount(max(left, 1), payment.currency)["value"])
    asked = NewRefund.model_construct(
        payment_id=payment.payment_id,
        amount=Amount.model_construct(value=value, currency=payment.currency),
        description=None,
        metadata=None,
        receipt=None,
    )
    return world.refund(payment, asked)


def _change(world: YooKassaWorld, payment: Payment, wanted: Change) -> None:
    if wanted.amount is not None:
        payment.price = kopecks_of(wanted.amount)
    payment.currency = wanted.currency or payment.currency
    payment.account_id = wanted.account_id or payment.account_id
    if wanted.is_test is not None:
        payment.is_test = wanted.is_test
    if wanted.metadata is not None:
        payment.metadata = wanted.metadata
    if wanted.status is not None:
        _put_into(payment, wanted.status, wanted.reason, world.clock.now())
    event = EVENTS.get(payment.status)
    if wanted.notify and event is not None:
        world.tell(event, payment)
    else:
        world.keep(payment)


def _put_into(payment: Payment, status: PaymentStatus, reason: str, now: float) -> None:
    """Whatever it was: YooKassa never does this, and whoever trusts it must notice."""
    match status:
        case PaymentStatus.SUCCEEDED:
            payment.succeed(now)
        case PaymentStatus.CANCELED:
            payment.cancel(reason, now)
        case _:
            payment.status, payment.ended_at = status, None
