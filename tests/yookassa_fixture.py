"""The YooKassa emulator for any test, with a shop's client, and somebody who is notified."""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from fastapi import FastAPI, Request, Response

from contracts.serving import serving
from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.yookassa.app import create_app, new_world
from infra.sandbox.yookassa.settings import Shop, Timing, YooKassaSettings
from infra.sandbox.yookassa.world import YooKassaWorld

SHOP_ID = "100500"
SECRET = "test_secret-of-tests"
RETURN_URL = "http://127.0.0.1:1/back"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is encrypted, so no certificates need to be loaded."""
RECEIPT = {
    "customer": {"email": "buyer@example.ru"},
    "items": [
        {
            "description": "5 кредитов на генерацию видео",
            "quantity": "1.0",
            "amount": {"value": "199.00", "currency": "RUB"},
            "vat_code": 1,
            "payment_mode": "full_payment",
            "payment_subject": "service",
        }
    ],
}


@dataclass
class Wall:
    """Real time that stands still unless it is moved."""

    seconds: float = 1_760_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Webhook:
    """Who is notified: keeps what came, and answers in turn, in the end with 200."""

    address: str = ""
    run: int = 0
    """What an earlier test left on its way is not for this one."""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], dict]] = field(default_factory=list)
    """Headers and body of each notification."""

    @property
    def url(self) -> str:
        return f"{self.address}/webhooks/yookassa?run={self.run}"

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Event, id and status of each."""
        return [
            (body["event"], body["object"]["id"], body["object"]["status"]) for _, body in self.got
        ]

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/webhooks/yookassa")
        async def receive(request: Request) -> Response:
            if request.query_params.get("run") != str(self.run):
                return Response(status_code=200)
            self.got.append((dict(request.headers), await request.json()))
            return Response(status_code=self.answers.pop(0) if self.answers else 200)

        return app


@dataclass
class RunningYooKassa:
    address: str
    world: YooKassaWorld
    client: httpx.AsyncClient
    """With the shop's id and secret; its base address is the API."""
    webhook: Webhook

    @property
    def api(self) -> str:
        return f"{self.address}/yookassa/v3"

    def make_new(self) -> None:
        """Forget everything; the notifications go to the webhook."""
        self.world.forget_all()
        self.webhook.run += 1
        self.world.shop.notification_url = self.webhook.url
        self.webhook.answers.clear()
        self.webhook.got.clear()

    async def post(
        self, path: str, body: object = None, key: str | None = None, **options: object
    ) -> httpx.Response:
        """Call the API with an idempotence key, a new one unless it is given."""
        headers = {"Idempotence-Key": str(uuid4()) if key is None else key}
        return await self.client.post(f"{self.api}/{path}", json=body, headers=headers, **options)

    async def create(self, key: str | None = None, **changes: object) -> httpx.Response:
        return await self.post("payments", payment_body(**changes), key)

    async def payment(self, **changes: object) -> str:
        """Create a payment and return its id."""
        reply = await self.create(**changes)
        assert reply.status_code == 200, reply.text
        return reply.json()["id"]

    async def paid(self, **changes: object) -> str:
        payment_id = await self.payment(**changes)
        await self.sim(f"payments/{payment_id}/pay")
        return payment_id

    async def look(self, payment_id: str) -> dict:
        return (await self.client.get(f"{self.api}/payments/{payment_id}")).json()

    async def refund(
        self, payment_id: str, value: str = "199.00", **more: object
    ) -> httpx.Response:
        amount = {"value": value, "currency": "RUB"}
        return await self.post("refunds", {"payment_id": payment_id, "amount": amount, **more})

    async def sim(self, path: str, **body: object) -> dict:
        reply = await self.client.post(f"{self.address}/yookassa/sim/{path}", json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def seen(self, path: str) -> list | dict:
        return (await self.client.get(f"{self.address}/yookassa/sim/{path}")).json()

    async def release(self, fault: dict) -> None:
        path = f"{self.address}/yookassa/sim/faults/{fault['fault_id']}/release"
        (await self.client.post(path)).raise_for_status()

    async def pass_time(self, seconds: float) -> None:
        await self.sim("clock", advance_s=seconds)


def payment_body(**changes: object) -> dict:
    """Return what the official SDK sends for a plan; a change to None leaves a field out."""
    body = {
        "amount": {"value": "199.00", "currency": "RUB"},
        "description": "Стартер: 5 кредитов",
        "confirmation": {"type": "redirect", "return_url": RETURN_URL},
        "capture": True,
        "metadata": {"order_id": "order-1", "cms_name": "yookassa_sdk_python"},
        "statements": [],
        "transfers": [],
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


@asynccontextmanager
async def running_yookassa(
    *,
    wall: Callable[[], float],
    scale: float = 1.0,
    shop: Shop | None = None,
    timing: Timing | None = None,
) -> AsyncGenerator[RunningYooKassa]:
    """Serve the emulator and the webhook that it notifies."""
    shop = shop or Shop(shop_id=SHOP_ID, secret=SECRET)
    settings = YooKassaSettings(shop=shop, timing=timing or Timing())
    world = new_world(settings, clock=ScaledClock(wall, scale))
    webhook = Webhook()
    async with (
        serving(webhook.app(), host="127.0.0.1", port=0, wake=lambda: None) as webhook.address,
        serving(create_app(world), host="127.0.0.1", port=0, wake=world.close) as address,
        httpx.AsyncClient(auth=(shop.shop_id, shop.secret), timeout=10, verify=PLAIN) as client,
    ):
        yookassa = RunningYooKassa(address, world, client, webhook)
        yookassa.make_new()
        yield yookassa
