"""The checkout page, where a buyer pays, is declined, gives up, or leaves."""

from collections.abc import Callable, Iterable
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from infra.sandbox.yookassa.checkout_page import not_found_page, payment_page
from infra.sandbox.yookassa.payments import REASONS, Method, Payment
from infra.sandbox.yookassa.world import CHECKOUT, YooKassaWorld

STYLE = Path(__file__).parent / "checkout.css"
DECLINED = "insufficient_funds"
SEE_OTHER = 303
Press = Callable[[Payment], None]


def checkout_routes(world: YooKassaWorld) -> APIRouter:
    router = APIRouter()

    @router.get(CHECKOUT)
    async def page(request: Request) -> Response:
        payment = _payment(world, request)
        if payment is None:
            return HTMLResponse(not_found_page(), status_code=404)
        page = payment_page(payment, world.shop)
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    @router.post(f"{CHECKOUT}/pay")
    async def pay(request: Request) -> Response:
        method = await _chosen(request, "method", Method)
        return _pressed(world, request, lambda payment: world.pay(payment, Method(method)))

    @router.post(f"{CHECKOUT}/decline")
    async def decline(request: Request) -> Response:
        return _pressed(world, request, lambda payment: world.decline(payment, DECLINED))

    @router.post(f"{CHECKOUT}/cancel")
    async def cancel(request: Request) -> Response:
        reason = await _chosen(request, "reason", [DECLINED, *REASONS])
        return _pressed(world, request, lambda payment: world.cancel(payment, reason))

    @router.get("/yookassa/checkout/style.css")
    async def style() -> Response:
        return FileResponse(STYLE, media_type="text/css")

    return router


def _payment(world: YooKassaWorld, request: Request) -> Payment | None:
    world.catch_up()
    return world.payments.find(request.query_params.get("orderId", ""))


def _pressed(world: YooKassaWorld, request: Request, press: Press) -> Response:
    """Do it if there is still something to pay, and show the page anew: reloading pays nothing."""
    payment = _payment(world, request)
    if payment is None:
        return HTMLResponse(not_found_page(), status_code=404)
    if payment.is_payable:
        press(payment)
    return RedirectResponse(f"{CHECKOUT}?orderId={payment.payment_id}", status_code=SEE_OTHER)


async def _chosen(request: Request, name: str, choices: Iterable[str]) -> str:
    """Return what the form says, or the first choice if that is none of them."""
    known = [str(choice) for choice in choices]
    said = (await request.form()).get(name)
    return said if isinstance(said, str) and said in known else known[0]
