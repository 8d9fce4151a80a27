"""The API, below `/yookassa/v3`: payments, refunds, receipts and the shop itself."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.bodies import Cancel, Capture, NewPayment, NewRefund, read
from infra.sandbox.yookassa.edge import Edge
from infra.sandbox.yookassa.faults import Endpoint
from infra.sandbox.yookassa.listing import Listed
from infra.sandbox.yookassa.payments import Payment
from infra.sandbox.yookassa.performing import Perform, Visit
from infra.sandbox.yookassa.receipt_bodies import check_receipt
from infra.sandbox.yookassa.receipts import all_receipts
from infra.sandbox.yookassa.refunds import Refund
from infra.sandbox.yookassa.refusals import YooKassaError, no_payment, no_refund, wrong
from infra.sandbox.yookassa.world import YooKassaWorld

API = "/yookassa/v3"
KNOWN = {"payments", "refunds", "receipts", "me"}


def api_routes(world: YooKassaWorld) -> APIRouter:
    router = APIRouter(prefix=API)
    edge, desk = Edge(world), Desk(world)

    def serve(method: str, path: str, endpoint: Endpoint) -> None:
        async def answer(request: Request) -> Response:
            return await edge.answer(request, endpoint, desk.performs[endpoint])

        router.add_api_route(path, answer, methods=[method], name=endpoint.value)

    serve("POST", "/payments", Endpoint.CREATE_PAYMENT)
    serve("GET", "/payments", Endpoint.LIST_PAYMENTS)
    serve("GET", "/payments/{payment_id}", Endpoint.GET_PAYMENT)
    serve("POST", "/payments/{payment_id}/capture", Endpoint.CAPTURE)
    serve("POST", "/payments/{payment_id}/cancel", Endpoint.CANCEL)
    serve("POST", "/refunds", Endpoint.CREATE_REFUND)
    serve("GET", "/refunds", Endpoint.LIST_REFUNDS)
    serve("GET", "/refunds/{refund_id}", Endpoint.GET_REFUND)
    serve("GET", "/receipts", Endpoint.LIST_RECEIPTS)
    serve("GET", "/receipts/{receipt_id}", Endpoint.GET_RECEIPT)
    serve("GET", "/me", Endpoint.ME)

    @router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def nothing(path: str) -> Response:
        status = 405 if path.partition("/")[0] in KNOWN else 404
        error = YooKassaError(status)
        return JSONResponse(error.body(world.ids.error()), status_code=status)

    return router


class Desk:
    def __init__(self, world: YooKassaWorld) -> None:
        self._world = world
        self._payments = Listed[Payment](
            id_of=lambda one: one.payment_id,
            times={"created_at": lambda one: one.created_at, "captured_at": _captured_at},
            texts={
                "status": lambda one: one.status.value,
                "payment_method": lambda one: one.method.value if one.method else None,
            },
            tell=world.object_of,
        )
        self._refunds = Listed[Refund](
            id_of=lambda one: one.refund_id,
            times={"created_at": lambda one: one.created_at},
            texts={
                "payment_id": lambda one: one.payment_id,
                "status": lambda one: one.status.value,
            },
            tell=world.object_of,
        )
        self.performs: dict[Endpoint, Perform] = {
            Endpoint.CREATE_PAYMENT: self._create,
            Endpoint.GET_PAYMENT: lambda visit: self._world.object_of(self._payment(visit)),
            Endpoint.LIST_PAYMENTS: self._list_payments,
            Endpoint.CAPTURE: self._capture,
            Endpoint.CANCEL: self._cancel,
            Endpoint.CREATE_REFUND: self._refund,
            Endpoint.GET_REFUND: self._get_refund,
            Endpoint.LIST_REFUNDS: self._list_refunds,
            Endpoint.LIST_RECEIPTS: self._list_receipts,
            Endpoint.GET_RECEIPT: self._get_receipt,
            Endpoint.ME: self._me,
        }

    def _create(self, visit: Visit) -> Json:
        asked = read(NewPayment, visit.body)
        return self._world.object_of(self._world.create(asked, origin_of(visit.request)))

    def _list_payments(self, visit: Visit) -> Json:
        return self._payments.page(self._world.payments, visit.request.query_params)

    def _capture(self, visit: Visit) -> Json:
        payment, asked = self._payment(visit), read(Capture, visit.body)
        kopecks = asked.amount.kopecks if asked.amount else None
        if kopecks is not None and asked.receipt is not None:
            check_receipt(asked.receipt, kopecks, is_needed=False)
        self._world.capture(payment, kopecks)
        return self._world.object_of(payment)

    def _cancel(self, visit: Visit) -> Json:
        payment = self._payment(visit)
        read(Cancel, visit.body)
        self._world.cancel_captured(payment)
        return self._world.object_of(payment)

    def _refund(self, visit: Visit) -> Json:
        asked = read(NewRefund, visit.body)
        payment = self._world.payments.find(asked.payment_id)
        if payment is None:
            raise no_payment()
        is_part = asked.amount.kopecks != payment.price
        is_needed = self._world.shop.is_fiscalized and is_part
        check_receipt(asked.receipt, asked.amount.kopecks, is_needed=is_needed)
        return self._world.object_of(self._world.refund(payment, asked))

    def _get_refund(self, visit: Visit) -> Json:
        refund = self._world.refunds.find(visit.request.path_params["refund_id"])
        if refund is None:
            raise no_refund()
        return self._world.object_of(refund)

    def _list_refunds(self, visit: Visit) -> Json:
        return self._refunds.page(self._world.refunds, visit.request.query_params)

    def _list_receipts(self, visit: Visit) -> Json:
        asked = visit.request.query_params
        unknown = sorted(set(asked) - {"payment_id", "refund_id", "limit"})
        if unknown:
            raise wrong("Unknown parameter", unknown[0])
        wanted = {name: asked[name] for name in ("payment_id", "refund_id") if name in asked}
        found = [
            one
            for one in self._receipts()
            if all(one.get(name) == value for name, value in wanted.items())
        ]
        return {"type": "list", "items": found}

    def _get_receipt(self, visit: Visit) -> Json:
        wanted = visit.request.path_params["receipt_id"]
        for receipt in self._receipts():
            if receipt["id"] == wanted:
                return receipt
        raise YooKassaError(404, "Incorrect receipt_id. Receipt doesn't exist", "receipt_id")

    def _me(self, _: Visit) -> Json:
        shop = self._world.shop
        methods = ["bank_card", "yoo_money"] if shop.is_test else ["bank_card", "yoo_money", "sbp"]
        return {
            "account_id": shop.shop_id,
            "test": shop.is_test,
            "fiscalization_enabled": shop.is_fiscalized,
            "payment_methods": methods,
            "status": shop.status,
        }

    def _receipts(self) -> list[Json]:
        world = self._world
        payments, refunds = iter(world.payments), iter(world.refunds)
        return all_receipts(payments, refunds, world.timing, world.clock.now())

    def _payment(self, visit: Visit) -> Payment:
        payment = self._world.payments.find(visit.request.path_params["payment_id"])
        if payment is None:
            raise no_payment()
        return payment


def _captured_at(payment: Payment) -> float | None:
    return payment.ended_at if payment.status.value == "succeeded" else None


def origin_of(request: Request) -> str:
    """Return the emulator's address by the name that the client called it."""
    return f"{request.url.scheme}://{request.url.netloc}"
