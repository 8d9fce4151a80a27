"""What a shop may not send: each refusal names its parameter, and nothing is created."""

import copy

import pytest

from tests.yookassa_fixture import RECEIPT, RunningYooKassa

WRONG_LOGIN = "Error in shopId or secret key. Check their validity."


def receipt(**item: object) -> dict:
    changed = copy.deepcopy(RECEIPT)
    changed["items"][0].update(item)
    return changed


def rubles(value: object, currency: str = "RUB") -> dict:
    return {"value": value, "currency": currency}


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"amount": rubles("0.00")}, "amount.value"),
        ({"amount": rubles("-1.00")}, "amount.value"),
        ({"amount": rubles("199")}, "amount.value"),
        ({"amount": rubles("199.0")}, "amount.value"),
        ({"amount": rubles(199)}, "amount.value"),
        ({"amount": rubles("0.99")}, "amount.value"),
        ({"amount": rubles("700000.01")}, "amount.value"),
        ({"amount": rubles("199.00", "USD")}, "amount.currency"),
        ({"amount": None}, "amount"),
        ({"description": "я" * 129}, "description"),
        ({"capture": "true"}, "capture"),
        ({"capture": 1}, "capture"),
        ({"confirmation": None}, "confirmation"),
        ({"confirmation": {"type": "embedded"}}, "confirmation.type"),
        ({"confirmation": {"type": "redirect", "return_url": "here"}}, "confirmation.return_url"),
        ({"metadata": {str(n): "x" for n in range(17)}}, "metadata"),
        ({"metadata": {"order": 1}}, "metadata.order"),
        ({"metadata": {"order": "x" * 513}}, "metadata.order"),
        ({"merchant_customer_id": "x" * 201}, "merchant_customer_id"),
        ({"order_id": "1"}, "order_id"),
        ({"transfers": [{"account_id": "1"}]}, "transfers"),
        ({"payment_method_data": {"type": "cash"}}, "payment_method_data.type"),
        ({"receipt": receipt(vat_code=0)}, "receipt.items.vat_code"),
        ({"receipt": receipt(amount=rubles("198.99"))}, "receipt.items.amount"),
        ({"receipt": receipt(quantity="2.0")}, "receipt.items.amount"),
        ({"receipt": receipt(quantity="many")}, "receipt.items.quantity"),
        ({"receipt": {**RECEIPT, "customer": {}}}, "receipt.customer"),
        ({"receipt": {**RECEIPT, "items": []}}, "receipt.items"),
    ],
)
async def test_a_wrong_body_is_refused_by_the_name_of_its_field(yookassa, change, parameter):
    reply = await yookassa.create(**change)
    said = reply.json()
    assert (reply.status_code, said["type"], said["code"]) == (400, "error", "invalid_request")
    assert said["parameter"] == parameter
    assert await yookassa.seen("payments") == []


async def test_what_the_sdk_sends_is_taken(yookassa: RunningYooKassa):
    assert (await yookassa.create(receipt=RECEIPT)).status_code == 200
    assert (await yookassa.create(amount=rubles("350000.00"))).status_code == 200


async def test_with_fiscalization_a_payment_needs_a_receipt(yookassa: RunningYooKassa):
    await yookassa.sim("shop", is_fiscalized=True)
    reply = await yookassa.create()
    assert reply.status_code == 400
    assert reply.json()["description"] == "Receipt is missing or illegal"
    assert reply.json()["parameter"] == "receipt"
    assert (await yookassa.create(receipt=RECEIPT)).status_code == 200


@pytest.mark.parametrize(
    ("auth", "description"),
    [
        (None, "Login has illegal format"),
        (("100500", "wrong"), "Error in shopId or secret key. Check their validity."),
        (
            ("100501", "test_secret-of-tests"),
            "Error in shopId or secret key. Check their validity.",
        ),
    ],
)
async def test_who_is_not_the_shop_is_turned_away(yookassa, auth, description):
    request = yookassa.client.build_request("GET", f"{yookassa.api}/me")
    reply = await yookassa.client.send(request, auth=auth)
    assert (reply.status_code, reply.json()["code"]) == (401, "invalid_credentials")
    assert reply.json()["description"] == description


async def test_what_is_no_json_is_refused(yookassa: RunningYooKassa):
    url, key = f"{yookassa.api}/payments", {"Idempotence-Key": "a", "Content-Type": "text/plain"}
    assert (await yookassa.client.post(url, content=b"{}", headers=key)).status_code == 415
    key = {"Idempotence-Key": "b", "Content-Type": "application/json"}
    for content in (b"{", b"[]", b'"x"'):
        key["Idempotence-Key"] += "b"
        assert (await yookassa.client.post(url, content=content, headers=key)).status_code == 400
    key["Idempotence-Key"] = "c"
    reply = await yookassa.client.post(url, content=b" " * 1_100_000, headers=key)
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("DELETE", "payments", 405), ("PUT", "refunds/1", 405), ("GET", "webhooks", 404)],
)
async def test_other_ways_lead_nowhere(yookassa, method, path, status):
    reply = await yookassa.client.request(method, f"{yookassa.api}/{path}")
    assert (reply.status_code, reply.json()["type"]) == (status, "error")
