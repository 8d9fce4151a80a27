"""Payments as the API tells them, from their creation to their end."""

import re

import pytest

from tests.eventually import eventually
from tests.yookassa_fixture import RECEIPT, RETURN_URL, SHOP_ID, RunningYooKassa

ID = re.compile(r"[0-9a-f]{8}-000f-5000-8000-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_a_new_payment_is_pending_and_says_where_it_is_paid(yookassa: RunningYooKassa):
    made = (await yookassa.create()).json()
    assert ID.fullmatch(made["id"])
    assert TIME.fullmatch(made["created_at"])
    assert made == {
        "id": made["id"],
        "status": "pending",
        "paid": False,
        "amount": {"value": "199.00", "currency": "RUB"},
        "description": "Стартер: 5 кредитов",
        "created_at": made["created_at"],
        "metadata": {"order_id": "order-1", "cms_name": "yookassa_sdk_python"},
        "recipient": {"account_id": SHOP_ID, "gateway_id": "100700"},
        "refundable": False,
        "test": True,
        "confirmation": {
            "type": "redirect",
            "return_url": RETURN_URL,
            "confirmation_url": f"{yookassa.address}/yookassa/checkout/payments/v2/contract"
            f"?orderId={made['id']}",
        },
    }
    assert await yookassa.look(made["id"]) == made


@pytest.mark.parametrize(("method", "title"), [("bank_card", "Bank card *4444"), ("sbp", None)])
async def test_a_paid_payment_says_how_and_what_it_brought(yookassa, method, title):
    payment_id = await yookassa.payment(receipt=RECEIPT)
    await yookassa.sim(f"payments/{payment_id}/pay", method=method)
    paid = await yookassa.look(payment_id)
    assert (paid["status"], paid["paid"], paid["refundable"]) == ("succeeded", True, True)
    assert paid["income_amount"]["value"] == "192.04"
    assert paid["refunded_amount"]["value"] == "0.00"
    assert (paid["payment_method"]["type"], paid["payment_method"].get("title")) == (method, title)
    assert paid["captured_at"] == paid["created_at"]
    assert "confirmation" not in paid
    assert paid["receipt_registration"] == "pending"
    await yookassa.pass_time(10)
    assert (await yookassa.look(payment_id))["receipt_registration"] == "succeeded"


async def test_a_payment_expires_after_an_hour_and_not_before(yookassa: RunningYooKassa):
    payment_id = await yookassa.payment()
    await yookassa.pass_time(3599)
    assert (await yookassa.look(payment_id))["status"] == "pending"
    await yookassa.pass_time(1)
    expired = await yookassa.look(payment_id)
    assert (expired["status"], expired["paid"]) == ("canceled", False)
    assert expired["cancellation_details"] == {
        "party": "yoo_money",
        "reason": "expired_on_confirmation",
    }
    await eventually(lambda: yookassa.webhook.told)
    assert yookassa.webhook.told == [("payment.canceled", payment_id, "canceled")]
    reply = await yookassa.client.post(
        f"{yookassa.address}/yookassa/sim/payments/{payment_id}/pay", json={}
    )
    assert reply.status_code == 400


async def test_a_scaled_clock_expires_a_payment_without_being_asked(yookassa: RunningYooKassa):
    payment_id = await yookassa.payment()
    yookassa.world.clock.advance(3600)
    yookassa.world.feed.announce()
    await eventually(lambda: yookassa.webhook.told)
    assert yookassa.webhook.told == [("payment.canceled", payment_id, "canceled")]


async def test_a_payment_in_two_stages_is_captured_or_canceled(yookassa: RunningYooKassa):
    first, second = [await yookassa.paid(capture=None) for _ in range(2)]
    held = await yookassa.look(first)
    assert (held["status"], held["paid"]) == ("waiting_for_capture", True)
    assert TIME.fullmatch(held["expires_at"])
    part = {"amount": {"value": "100.00", "currency": "RUB"}}
    captured = (await yookassa.post(f"payments/{first}/capture", part)).json()
    assert (captured["status"], captured["amount"]["value"]) == ("succeeded", "100.00")
    canceled = (await yookassa.post(f"payments/{second}/cancel", {})).json()
    assert canceled["cancellation_details"]["reason"] == "canceled_by_merchant"
    again = await yookassa.post(f"payments/{second}/cancel", {})
    assert (again.status_code, again.json()["code"]) == (400, "invalid_request")


async def test_nobody_captures_within_seven_days(yookassa: RunningYooKassa):
    payment_id = await yookassa.paid(capture=False)
    await yookassa.pass_time(7 * 24 * 3600)
    reason = (await yookassa.look(payment_id))["cancellation_details"]["reason"]
    assert reason == "expired_on_capture"


async def test_an_unknown_payment_is_not_found(yookassa: RunningYooKassa):
    reply = await yookassa.client.get(f"{yookassa.api}/payments/2f0c1b1e-000f-5000-8000-0")
    assert reply.status_code == 404
    assert (reply.json()["type"], reply.json()["code"]) == ("error", "not_found")
    assert reply.json()["parameter"] == "payment_id"


async def test_the_shop_tells_about_itself(yookassa: RunningYooKassa):
    await yookassa.sim("shop", is_fiscalized=True)
    assert (await yookassa.client.get(f"{yookassa.api}/me")).json() == {
        "account_id": SHOP_ID,
        "test": True,
        "fiscalization_enabled": True,
        "payment_methods": ["bank_card", "yoo_money"],
        "status": "enabled",
    }


async def test_a_receipt_is_listed_once_it_is_paid_for(yookassa: RunningYooKassa):
    payment_id = await yookassa.payment(receipt=RECEIPT)
    asked = f"{yookassa.api}/receipts?payment_id={payment_id}"
    assert (await yookassa.client.get(asked)).json()["items"] == []
    await yookassa.sim(f"payments/{payment_id}/pay")
    [receipt] = (await yookassa.client.get(asked)).json()["items"]
    assert (receipt["type"], receipt["status"]) == ("payment", "pending")
    assert receipt["items"] == RECEIPT["items"]
    one = await yookassa.client.get(f"{yookassa.api}/receipts/{receipt['id']}")
    assert one.json() == receipt


async def test_the_list_is_paged_without_gaps_and_the_newest_come_first(yookassa: RunningYooKassa):
    made = []
    for _ in range(5):
        made.append(await yookassa.payment())
        await yookassa.pass_time(60)
    seen, cursor = [], None
    while cursor is not None or not seen:
        asked = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await yookassa.client.get(f"{yookassa.api}/payments", params=asked)).json()
        seen += [one["id"] for one in page["items"]]
        if cursor is None:
            await yookassa.payment()  # what comes in between shifts nothing
        cursor = page.get("next_cursor")
    assert seen == made[::-1]


async def test_the_list_is_filtered_by_time_and_status(yookassa: RunningYooKassa):
    first = await yookassa.paid()
    await yookassa.pass_time(100)
    second = await yookassa.paid()
    third = await yookassa.payment()
    since = (await yookassa.look(second))["created_at"]

    async def listed(**asked: str) -> list[str]:
        reply = await yookassa.client.get(f"{yookassa.api}/payments", params=asked)
        return [one["id"] for one in reply.json()["items"]]

    assert await listed(**{"created_at.gte": since, "status": "succeeded"}) == [second]
    assert await listed(**{"created_at.lt": since}) == [first]
    assert await listed(**{"created_at.gt": since}) == []
    assert await listed(status="pending") == [third]


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"cursor": "nowhere"},
        {"created_at.gte": "yesterday"},
        {"created_at.gte": "2026-01-01T00:00:00"},
        {"since": "2026-01-01T00:00:00Z"},
    ],
)
async def test_a_filter_that_says_nothing_is_refused_by_name(yookassa, asked):
    await yookassa.payment()
    reply = await yookassa.client.get(f"{yookassa.api}/payments", params=asked)
    assert (reply.status_code, reply.json()["parameter"]) == (400, next(iter(asked)))
