"""The sandbox's own YooKassa: what a stack tells the ledger opens it, and a restart keeps it."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from contracts.serving import serving
from infra.local.credentials import Credentials
from infra.local.yookassa import emulated_yookassa, emulator_settings
from infra.sandbox.telegram.storage import StateError, Storage
from infra.sandbox.yookassa.app import send_notifications
from infra.sandbox.yookassa.beside import FILE, EmulatedYooKassaSettings, add_yookassa
from infra.sandbox.yookassa.payments import Method
from tests.eventually import eventually
from tests.yookassa_fixture import PLAIN, payment_body

CREDENTIALS = Credentials("a-key-of-the-stack")
KEY = {"Idempotence-Key": "key"}


@pytest.fixture
def told(monkeypatch, tmp_path) -> dict[str, str]:
    shop = emulated_yookassa({}, page_url="http://page", credentials=CREDENTIALS)
    for name, value in emulator_settings(shop, "1").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SANDBOX_DIR", str(tmp_path))
    return shop


async def test_what_a_stack_tells_the_ledger_opens_its_shop(told):
    app = FastAPI()
    world = add_yookassa(app, EmulatedYooKassaSettings())
    async with serving(app, host="127.0.0.1", port=0, wake=world.close) as page_url:
        url = told["YOOKASSA_API_URL"].replace("http://page", page_url)
        auth = (told["YOOKASSA_SHOP_ID"], told["YOOKASSA_SECRET_KEY"])
        async with httpx.AsyncClient(auth=auth, verify=PLAIN) as client:
            made = await client.post(f"{url}/payments", json=payment_body(), headers=KEY)
            assert made.json()["recipient"]["account_id"] == told["YOOKASSA_SHOP_ID"]
            assert (await client.get(f"{url}/me")).json()["account_id"] == auth[0]
            assert (await client.get(f"{url}/me", auth=(auth[0], "no"))).status_code == 401
    assert world.shop.notification_url == "http://127.0.0.1:1/webhooks/yookassa"


async def test_a_restart_forgets_no_payment_no_key_and_no_notification(told):
    first = add_yookassa(FastAPI(), EmulatedYooKassaSettings())
    payment = first.blank_payment(199_00, "http://page", first.clock.now())
    payment.metadata = {"order_id": "order-1"}
    first.add(payment)
    first.pay(payment, Method.SBP)
    first.close()
    second = add_yookassa(FastAPI(), EmulatedYooKassaSettings())
    assert second.payments.find(payment.payment_id) == payment
    assert second.object_of(payment)["status"] == "succeeded"
    [delivery] = second.notifications.listed()
    assert (delivery.object_id, delivery.event) == (payment.payment_id, "payment.succeeded")
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send_notifications(second))
        await eventually(lambda: delivery.answers == ["ConnectError"])
        sending.cancel()
    second.close()


async def test_a_key_is_answered_from_before_the_restart(told):
    made = []
    for _ in range(2):
        app = FastAPI()
        world = add_yookassa(app, EmulatedYooKassaSettings())
        async with (
            serving(app, host="127.0.0.1", port=0, wake=world.close) as page_url,
            httpx.AsyncClient(auth=(world.shop.shop_id, world.shop.secret), verify=PLAIN) as client,
        ):
            url = f"{page_url}/yookassa/v3/payments"
            made.append((await client.post(url, json=payment_body(), headers=KEY)).json()["id"])
    assert made[0] == made[1]


def test_what_cannot_be_read_is_named(told, tmp_path):
    storage = Storage(tmp_path / FILE)
    storage.put("payment", "x", {"payment_id": "x"})
    storage.commit()
    storage.close()
    with pytest.raises(StateError, match="cannot be read"):
        add_yookassa(FastAPI(), EmulatedYooKassaSettings())
