"""Trouble on purpose: what the shop sees of it, and what has happened all the same."""

import httpx
import pytest

from tests.eventually import eventually
from tests.yookassa_fixture import RunningYooKassa, payment_body


async def created(yookassa: RunningYooKassa) -> int:
    return (await yookassa.seen("totals"))["payments_created"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "invalid_credentials"), (429, "too_many_requests"), (500, "internal_server_error")],
)
async def test_a_refusal_does_nothing(yookassa, status, code):
    await yookassa.sim("faults", kind="refuse", status=status)
    reply = await yookassa.create()
    assert reply.status_code == status
    assert (reply.json()["type"], reply.json()["code"]) == ("error", code)
    assert await created(yookassa) == 0


async def test_a_500_after_the_creation_leads_to_it_by_the_same_key(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="refuse_after", endpoint="payments.create", times=2)
    replies = [await yookassa.create("key") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [500, 500, 200]
    [payment] = await yookassa.seen("payments")
    assert replies[2].json()["id"] == payment["id"]


async def test_a_lost_reply_has_created_a_payment(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="lost_reply")
    with pytest.raises(httpx.TransportError):
        await yookassa.create("key")
    assert await created(yookassa) == 1
    assert (await yookassa.create("key")).status_code == 200
    assert await created(yookassa) == 1


async def test_a_reset_has_created_nothing(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="reset")
    with pytest.raises(httpx.TransportError):
        await yookassa.create()
    assert await created(yookassa) == 0


@pytest.mark.parametrize(("kind", "count"), [("hang", 0), ("hang_after", 1)])
async def test_a_call_hangs_until_its_caller_gives_up(yookassa, kind, count):
    await yookassa.sim("faults", kind=kind, endpoint="payments.create")
    with pytest.raises(httpx.ReadTimeout):
        await yookassa.post("payments", payment_body(), timeout=0.1)
    await eventually(lambda: yookassa.world.faults.listed()[0]["held"] == 0)
    assert await created(yookassa) == count


@pytest.mark.parametrize(("kind", "count"), [("processing", 0), ("processing_after", 1)])
async def test_202_is_answered_until_the_key_comes_again(yookassa, kind, count):
    await yookassa.sim("faults", kind=kind, retry_after_ms=700)
    reply = await yookassa.create("key")
    assert (reply.status_code, reply.json()["type"]) == (202, "processing")
    assert reply.json()["retry_after"] == 700
    assert await created(yookassa) == count
    assert (await yookassa.create("key")).status_code == 200
    assert await created(yookassa) == 1


async def test_answers_may_be_no_json_or_another_one(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="html_502", endpoint="payments.create")
    reply = await yookassa.create()
    assert (reply.status_code, reply.text[:6]) == (502, "<html>")
    assert await created(yookassa) == 0
    await yookassa.sim("faults", kind="truncated")
    reply = await yookassa.create()
    assert reply.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        reply.json()
    await yookassa.sim("faults", kind="wrong_shape", endpoint="payments.get")
    [payment] = await yookassa.seen("payments")
    assert await yookassa.look(payment["id"]) == {"ok": True}


async def test_a_rule_may_strike_always_and_only_what_it_is_for(yookassa: RunningYooKassa):
    rule = {"kind": "refuse", "endpoint": "payments.create", "contains": "Профи"}
    fault = await yookassa.sim("faults", always=True, **rule)
    for _ in range(3):
        assert (await yookassa.create(description="Профи")).status_code == 500
        assert (await yookassa.create()).status_code == 200
    await yookassa.release(fault)
    assert (await yookassa.create(description="Профи")).status_code == 200


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "refuse", "event": "payment.succeeded"},
        {"kind": "duplicate", "endpoint": "payments.get"},
        {"kind": "early", "endpoint": "payments.get"},
        {"kind": "nonsense"},
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(yookassa, rule):
    reply = await yookassa.client.post(f"{yookassa.address}/yookassa/sim/faults", json=rule)
    assert reply.status_code == 422


async def test_a_payment_changes_behind_everybodys_back(yookassa: RunningYooKassa):
    payment_id = await yookassa.payment()
    change = {"amount": "198.99", "currency": "USD", "is_test": False, "account_id": "7"}
    await yookassa.sim(f"payments/{payment_id}", status="succeeded", **change)
    seen = await yookassa.look(payment_id)
    assert seen["amount"] == {"value": "198.99", "currency": "USD"}
    assert (seen["status"], seen["test"]) == ("succeeded", False)
    assert seen["recipient"]["account_id"] == "7"
    assert await yookassa.seen("notifications") == []


async def test_a_canceled_payment_succeeds_late_and_that_is_told(yookassa: RunningYooKassa):
    payment_id = await yookassa.payment()
    await yookassa.sim(f"payments/{payment_id}/cancel")
    await yookassa.sim(f"payments/{payment_id}", status="succeeded", notify=True)
    await eventually(lambda: len(yookassa.webhook.got) == 2)
    assert "cancellation_details" not in await yookassa.look(payment_id)


async def test_a_payment_that_nobody_asked_for_is_in_the_list(yookassa: RunningYooKassa):
    await yookassa.paid()
    made = await yookassa.sim(
        "payments", amount="199.00", metadata={"order_id": "order-1"}, status="succeeded"
    )
    listed = (await yookassa.client.get(f"{yookassa.api}/payments")).json()["items"]
    assert made["id"] in [one["id"] for one in listed]
    order = (await yookassa.seen("totals"))["orders"]["order-1"]
    assert (len(order["paid_ids"]), order["paid_kopecks"]) == (2, 398_00)
