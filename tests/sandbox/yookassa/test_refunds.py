"""Money back: never more than was paid, at once, later or not at all."""

from tests.eventually import eventually
from tests.yookassa_fixture import RECEIPT, RunningYooKassa


async def test_a_refund_returns_the_money_once(yookassa: RunningYooKassa):
    payment_id = await yookassa.paid()
    made = (await yookassa.refund(payment_id)).json()
    assert made == {
        "id": made["id"],
        "status": "succeeded",
        "amount": {"value": "199.00", "currency": "RUB"},
        "created_at": made["created_at"],
        "payment_id": payment_id,
    }
    assert "-0016-50be-b000-" in made["id"]
    payment = await yookassa.look(payment_id)
    assert (payment["refundable"], payment["refunded_amount"]["value"]) == (False, "199.00")
    reply = await yookassa.refund(payment_id, "0.01")
    assert (reply.status_code, reply.json()["parameter"]) == (400, "amount.value")
    assert (await yookassa.seen("totals"))["refunded_kopecks"] == 199_00


async def test_parts_are_returned_until_nothing_is_left(yookassa: RunningYooKassa):
    payment_id = await yookassa.paid()
    assert (await yookassa.refund(payment_id, "100.00")).status_code == 200
    assert (await yookassa.refund(payment_id, "99.01")).status_code == 400
    assert (await yookassa.refund(payment_id, "99.00")).status_code == 200
    asked = {"payment_id": payment_id}
    listed = (await yookassa.client.get(f"{yookassa.api}/refunds", params=asked)).json()
    assert {one["amount"]["value"] for one in listed["items"]} == {"100.00", "99.00"}


async def test_only_what_was_paid_is_returned(yookassa: RunningYooKassa):
    reply = await yookassa.refund(await yookassa.payment())
    assert (reply.status_code, reply.json()["parameter"]) == (400, "payment_id")
    assert (await yookassa.refund("2f0c1b1e-000f-5000-8000-1b2c3d4e5f60")).status_code == 404


async def test_a_refund_may_be_pending_for_a_day(yookassa: RunningYooKassa):
    payment_id = await yookassa.paid()
    await yookassa.sim("faults", kind="refund_pending")
    refund = (await yookassa.refund(payment_id)).json()
    assert refund["status"] == "pending"
    assert (await yookassa.refund(payment_id, "0.01")).status_code == 400
    assert (await yookassa.look(payment_id))["refunded_amount"]["value"] == "0.00"
    await yookassa.pass_time(24 * 3600)
    found = (await yookassa.client.get(f"{yookassa.api}/refunds/{refund['id']}")).json()
    assert found == {**refund, "status": "succeeded"}
    expected = ("refund.succeeded", refund["id"], "succeeded")
    await eventually(lambda: expected in yookassa.webhook.told)


async def test_a_canceled_refund_returns_nothing_and_is_not_told(yookassa: RunningYooKassa):
    payment_id = await yookassa.paid()
    await yookassa.sim("faults", kind="refund_canceled", reason="insufficient_funds", delay_s=60)
    refund = (await yookassa.refund(payment_id)).json()
    assert refund["status"] == "pending"
    await yookassa.pass_time(60)
    found = (await yookassa.client.get(f"{yookassa.api}/refunds/{refund['id']}")).json()
    assert found["status"] == "canceled"
    assert found["cancellation_details"]["reason"] == "insufficient_funds"
    assert (await yookassa.look(payment_id))["refundable"] is True
    assert (await yookassa.refund(payment_id)).status_code == 200
    events = [one["event"] for one in await yookassa.seen("notifications")]
    assert events == ["payment.succeeded", "refund.succeeded"]


async def test_a_part_needs_a_receipt_where_receipts_are_made(yookassa: RunningYooKassa):
    await yookassa.sim("shop", is_fiscalized=True)
    payment_id = await yookassa.paid(receipt=RECEIPT)
    reply = await yookassa.refund(payment_id, "99.00")
    assert (reply.status_code, reply.json()["parameter"]) == (400, "receipt")
    assert (await yookassa.refund(payment_id)).status_code == 200


async def test_a_refund_at_the_providers_own_page_is_found_and_told(yookassa: RunningYooKassa):
    payment_id = await yookassa.paid()
    since = (await yookassa.look(payment_id))["created_at"]
    made = await yookassa.sim(f"payments/{payment_id}/refund", amount="50.00")
    rest = await yookassa.sim(f"payments/{payment_id}/refund")
    assert rest["amount"]["value"] == "149.00"
    asked = {"created_at.gte": since}
    listed = (await yookassa.client.get(f"{yookassa.api}/refunds", params=asked)).json()["items"]
    assert sorted(one["id"] for one in listed) == sorted([made["id"], rest["id"]])
    await eventually(lambda: len(yookassa.webhook.got) == 3)
