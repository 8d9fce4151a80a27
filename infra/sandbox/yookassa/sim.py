"""The control side, below `/yookassa/sim`, for tests and the sandbox only: JSON over HTTP.

    GET    /yookassa/sim/totals             what was really paid: {"payments_created",
                                             "payments_succeeded", "paid_kopecks",
                                             "refunds_created", "refunds_succeeded",
                                             "refunded_kopecks", "notifications_made",
                                             "notifications_sent", "notifications_accepted",
                                             "orders": {order id of the metadata: {"payment_ids",
                                             "paid_ids", "paid_kopecks", "refunded_kopecks"}}}
    GET    /yookassa/sim/payments           -> [payment, as the API tells it], the oldest first
    POST   /yookassa/sim/payments           Unknown: a payment that we did not ask for -> payment
    POST   /yookassa/sim/payments/ID        Change: behind everybody's back, silently unless
                                             `notify` -> payment
    POST   /yookassa/sim/payments/ID/pay    {"method"?: "bank_card" | "sbp"} -> payment
    POST   /yookassa/sim/payments/ID/decline {"reason"?} the payment stays pending -> payment
    POST   /yookassa/sim/payments/ID/cancel {"reason"?, "party"?} -> payment
    POST   /yookassa/sim/payments/ID/refund {"amount"?: "99.00"} at YooKassa's own page -> refund
    GET    /yookassa/sim/refunds            -> [refund]
    GET    /yookassa/sim/notifications      -> [{"number", "event", "object_id", "url", "body",
                                             "made_at", "due_at", "behind", "headers", "answers"}]
    POST   /yookassa/sim/notifications/NUMBER/again  sends it once more -> {"number"}
    POST   /yookassa/sim/forged             Forgery: sent like a real one -> its body
    GET    /yookassa/sim/shop               -> the shop, with its secret
    POST   /yookassa/sim/shop               any of its fields: is_test, is_fiscalized, status,
                                             notification_url, forwarded_for, name -> the shop
    GET    /yookassa/sim/calls?after=N&endpoint=E  -> [{"number", "at", "endpoint", "key",
                                             "status", "code", "parameter", "is_replay", "fault"}]
    GET    /yookassa/sim/faults             -> [fault]
    POST   /yookassa/sim/faults             FaultRule -> {"fault_id", "left", "held", ...the rule}
    POST   /yookassa/sim/faults/ID/release  lets held calls go on and ends the rule -> [fault]
    DELETE /yookassa/sim/faults             ends all rules -> []
    POST   /yookassa/sim/clock              {"advance_s"} -> {"now"}
    POST   /yookassa/sim/reset              forgets everything -> {}

What is not there answers 404, what cannot be done 400, and a malformed request 422. The kinds of
faults are explained in `faults`, those of forgeries in `forging`.
"""

from dataclasses import asdict

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.fault_routes import add_fault_routes
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.faults import Endpoint, FaultRule
from infra.sandbox.yookassa.forging import Forgery, forged
from infra.sandbox.yookassa.settings import Shop
from infra.sandbox.yookassa.sim_payments import add_payments
from infra.sandbox.yookassa.totals import totals
from infra.sandbox.yookassa.world import YooKassaWorld

SIM = "/yookassa/sim"


class ClockChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    advance_s: float = Field(ge=0)


def sim_routes(world: YooKassaWorld) -> APIRouter:
    router = APIRouter(prefix=SIM)
    add_payments(router, world)
    _add_counters(router, world)
    _add_notifications(router, world)
    _add_faults(router, world)
    _add_switches(router, world)
    return router


def _add_counters(router: APIRouter, world: YooKassaWorld) -> None:
    @router.get("/totals")
    async def all_totals() -> Json:
        world.catch_up()
        return totals(world.payments, world.refunds, world.notifications.listed())

    @router.get("/calls")
    async def calls(after: int = 0, endpoint: Endpoint | None = None) -> list[Json]:
        return world.calls.listed(after=after, endpoint=endpoint)


def _add_notifications(router: APIRouter, world: YooKassaWorld) -> None:
    @router.get("/notifications")
    async def notifications() -> list[Json]:
        return [asdict(one) for one in world.notifications.listed()]

    @router.post("/notifications/{number}/again")
    async def again(number: int) -> Json:
        for one in world.notifications.listed():
            if one.number == number:
                return {"number": world.send_as_is(one.body, one.url, one.object_id)}
        raise HTTPException(404, f"there is no notification {number}")

    @router.post("/forged")
    async def forge(wanted: Forgery) -> Json:
        url = wanted.url or world.shop.notification_url
        if url is None:
            raise HTTPException(400, "the shop has no notification_url")
        body = forged(world, wanted)
        for _ in range(wanted.copies):
            world.send_as_is(body, url, f"forged-{body['object']['id']}")
        return body


def _add_faults(router: APIRouter, world: YooKassaWorld) -> None:
    add_fault_routes(router, lambda: world.faults)

    @router.post("/faults")
    async def add(rule: FaultRule) -> Json:
        return world.faults.add(rule).as_json()


def _add_switches(router: APIRouter, world: YooKassaWorld) -> None:
    @router.get("/shop")
    async def shop() -> Json:
        return world.shop.model_dump()

    @router.post("/shop")
    async def change(wanted: Json) -> Json:
        try:
            world.shop = Shop.model_validate({**world.shop.model_dump(), **wanted})
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return world.shop.model_dump()

    @router.post("/clock")
    async def clock(wanted: ClockChange) -> Json:
        world.advance(wanted.advance_s)
        world.catch_up()
        return {"now": world.clock.now()}

    @router.post("/reset")
    async def reset() -> Json:
        world.forget_all()
        return {}
