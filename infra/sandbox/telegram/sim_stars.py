"""The routes about Telegram Stars: paying, and what happens behind the bot's back."""

from dataclasses import asdict
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.telegram import checkouts
from infra.sandbox.telegram.impossible import ImpossibleError, NothingThereError
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.phone import Phone
from infra.sandbox.telegram.refusals import BadRequest
from infra.sandbox.telegram.stars import StarTransaction
from infra.sandbox.telegram.views import CheckoutView
from infra.sandbox.telegram.world import TelegramWorld


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Paying(_Strict):
    message_id: int | None = None
    loses_update: bool = False


class Owned(_Strict):
    stars: Annotated[int, Field(ge=0)]


class Refunding(_Strict):
    charge_id: str
    loses_update: bool = False


class Changing(_Strict):
    charge_id: str
    stars: Annotated[int, Field(gt=0)]


def add_star_routes(app: FastAPI, world: TelegramWorld) -> None:
    @app.post("/sim/people/{person_id}/pay")
    async def pay(person_id: int, body: Paying) -> CheckoutView:
        return await Phone(world, person_id).pay(body.message_id, loses_update=body.loses_update)

    @app.post("/sim/people/{person_id}/stars")
    async def own(person_id: int, body: Owned) -> Owned:
        chat = world.find_chat(person_id)
        if chat is None:
            raise NothingThereError(f"there is no person {person_id}")
        with world.change(chat):
            world.stars.set_balance(person_id, body.stars)
        return body

    @app.get("/sim/stars")
    async def stars() -> Json:
        transactions = [asdict(one) for one in world.stars.transactions()]
        return {"counts": world.stars.counts(world.now()), "transactions": transactions}

    @app.post("/sim/stars/refund")
    async def refund(body: Refunding) -> StarTransaction:
        person_id = _payment(world, body.charge_id).person_id
        try:
            return checkouts.refund(
                world, person_id, body.charge_id, loses_update=body.loses_update
            )
        except BadRequest as error:
            raise ImpossibleError(error.description) from error

    @app.post("/sim/stars/change")
    async def change(body: Changing) -> StarTransaction:
        payment = _payment(world, body.charge_id)
        world.stars.change_amount(payment, body.stars)
        world.storage.commit()
        return payment


def _payment(world: TelegramWorld, charge_id: str) -> StarTransaction:
    payment = world.stars.find(charge_id)
    if payment is None:
        raise NothingThereError(f"there is no payment {charge_id}")
    return payment
