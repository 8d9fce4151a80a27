"""A key is answered once: the same again for a day, and never for something else."""

import asyncio

import pytest

from tests.eventually import eventually
from tests.yookassa_fixture import RunningYooKassa

DAY_S = 24 * 3600


async def test_the_same_call_has_the_same_answer_even_when_things_moved_on(yookassa):
    first = await yookassa.create("key")
    await yookassa.sim(f"payments/{first.json()['id']}/pay")
    second = await yookassa.create("key")
    assert (second.status_code, second.json()) == (200, first.json())
    assert second.json()["status"] == "pending"
    assert (await yookassa.seen("totals"))["payments_created"] == 1
    assert [call["is_replay"] for call in await yookassa.seen("calls")] == [False, True]


async def test_another_body_under_the_same_key_is_refused(yookassa: RunningYooKassa):
    await yookassa.create("key")
    reply = await yookassa.create("key", description="Профи")
    assert (reply.status_code, reply.json()["parameter"]) == (400, "Idempotence-Key")
    assert reply.json()["description"] == "Idempotence key duplicated"
    assert (await yookassa.seen("totals"))["payments_created"] == 1


async def test_after_a_day_by_its_clock_the_key_is_new(yookassa: RunningYooKassa):
    first = (await yookassa.create("key")).json()["id"]
    await yookassa.pass_time(DAY_S - 1)
    assert (await yookassa.create("key")).json()["id"] == first
    await yookassa.pass_time(1)
    assert (await yookassa.create("key")).json()["id"] != first


@pytest.mark.parametrize("key", ["", "k" * 65])
async def test_a_key_that_is_missing_or_too_long_is_refused(yookassa, key):
    reply = await yookassa.create(key)
    assert (reply.status_code, reply.json()["parameter"]) == (400, "Idempotence-Key")
    assert await yookassa.seen("payments") == []


async def test_a_key_of_64_characters_is_taken(yookassa: RunningYooKassa):
    assert (await yookassa.create("k" * 64)).status_code == 200


async def test_a_key_belongs_to_one_path(yookassa: RunningYooKassa):
    payment_id = await yookassa.paid()
    amount = {"value": "1.00", "currency": "RUB"}
    body = {"payment_id": payment_id, "amount": amount}
    assert (await yookassa.create("key")).status_code == 200
    assert (await yookassa.post("refunds", body, "key")).status_code == 200


async def test_a_refusal_for_good_is_answered_again(yookassa: RunningYooKassa):
    first = await yookassa.create("key", amount=None)
    second = await yookassa.create("key", amount=None)
    assert (first.status_code, first.json()) == (second.status_code, second.json())


async def test_no_500_is_remembered(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="refuse", status=500)
    first, second = await yookassa.create("key"), await yookassa.create("key")
    assert (first.status_code, second.status_code) == (500, 200)


async def test_a_second_call_waits_for_the_end_of_the_first(yookassa: RunningYooKassa):
    fault = await yookassa.sim("faults", kind="hang", endpoint="payments.create")
    calls = [asyncio.ensure_future(yookassa.create("key")) for _ in range(2)]
    await eventually(lambda: yookassa.world.faults.listed()[0]["held"] == 1)
    await eventually(lambda: len(yookassa.world.calls.listed()) == 2)
    assert not any(call.done() for call in calls)
    await yookassa.release(fault)
    first, second = [await call for call in calls]
    assert first.json() == second.json()
    assert (await yookassa.seen("totals"))["payments_created"] == 1
