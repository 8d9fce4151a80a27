"""Notifications that YooKassa never sent, in the exact shape of real ones."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.money import kopecks_of
from infra.sandbox.yookassa.objects import payment_object
from infra.sandbox.yookassa.payments import Method, Payment
from infra.sandbox.yookassa.refusals import no_payment
from infra.sandbox.yookassa.settings import Text
from infra.sandbox.yookassa.world import YooKassaWorld

STRANGER = "999999"


class ForgeryKind(StrEnum):
    SUCCEEDED = "succeeded"
    """Says that a payment succeeded, whatever it is when asked about."""
    UNKNOWN_ID = "unknown_id"
    """Tells of a payment that nobody made."""
    OTHER_SHOP = "other_shop"
    """Tells of a success in another shop, by an id that we do not know."""


class Forgery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: ForgeryKind = ForgeryKind.SUCCEEDED
    payment_id: str | None = None
    """The payment to lie about; without one it is made up."""
    amount: Annotated[str, Field(pattern=r"^\d{1,10}\.\d{2}$")] | None = None
    metadata: dict[str, str] | None = None
    copies: Annotated[int, Field(ge=1, le=1_000)] = 1
    url: Text | None = None
    """Where to; by default where real ones go."""


def forged(world: YooKassaWorld, wanted: Forgery) -> Json:
    """Return the body of a forged notification. Raises 404 for a payment that is not there."""
    now = world.clock.now()
    lie = _told_of(world, wanted, now)
    if wanted.amount is not None:
        lie.price = kopecks_of(wanted.amount)
    if wanted.metadata is not None:
        lie.metadata = wanted.metadata
    if wanted.kind is not ForgeryKind.SUCCEEDED:
        lie.payment_id = world.new_payment_id()
    if wanted.kind is ForgeryKind.OTHER_SHOP:
        lie.account_id = STRANGER
    lie.method = lie.method or Method.BANK_CARD
    lie.succeed(now)
    told = payment_object(lie, world.shop, world.timing, now)
    return {"type": "notification", "event": "payment.succeeded", "object": told}


def _told_of(world: YooKassaWorld, wanted: Forgery, now: float) -> Payment:
    if wanted.payment_id is None:
        return world.blank_payment(price=199_00, origin="http://127.0.0.1", now=now)
    payment = world.payments.find(wanted.payment_id)
    if payment is None:
        raise no_payment()
    return replace(payment, metadata=dict(payment.metadata))
