"""Settling payments, on the real log: each rouble becomes its credits exactly once."""

import pytest

from contracts.messages import (
    PaymentState,
)
from ledger.payments.settling import Verdict
from tests.integration.payments_fixture import (
    ORDER,
    OTHER,
    balance,
    credited_order,
    paid_order,
    real_world,
)
from tests.payments_world import MINUTE, YOU


async def test_a_payment_is_credited_once_however_often_one_hears_of_it(world):
    payment_id = await paid_order(world)
    verdicts = []
    for _ in range(3):
        async with world.ledger() as ledger:
            verdicts += [await ledger.settle(payment_id), await ledger.settle(payment_id)]
            await ledger.check(ORDER)
            await ledger.look_after()
            await ledger.sweep()
    assert verdicts == [Verdict.CREDITED] + [Verdict.KNOWN] * 5
    assert await balance(world) == (6, 0)
    assert world.told.codes == []


@pytest.mark.parametrize("way", ["schedule", "button", "sweep"])
async def test_a_payment_is_credited_though_no_bell_ever_rings(world, way):
    await paid_order(world)
    world.pass_time(2 * MINUTE)
    async with world.ledger() as ledger:
        match way:
            case "schedule":
                await ledger.look_after()
            case "button":
                await ledger.check(ORDER)
            case "sweep":
                await ledger.sweep()
        assert await ledger.balance() == (6, 0)


@pytest.mark.parametrize(
    ("fields", "verdict", "alert"),
    [
        ({"price": 19_899}, Verdict.MISMATCH, "payment_mismatch"),
        ({"price": 19_901}, Verdict.MISMATCH, "payment_mismatch"),
        ({"currency": "USD"}, Verdict.MISMATCH, "payment_mismatch"),
        ({"shop_id": "200600"}, Verdict.NOT_OURS, "payment_unknown"),
        ({"is_test": True}, Verdict.TEST, "test_payment"),
    ],
)
async def test_what_was_not_paid_as_ordered_credits_nobody(world, fields, verdict, alert):
    payment_id = await paid_order(world)
    world.gateway.change(payment_id, **fields)
    async with world.ledger() as ledger:
        assert await ledger.settle(payment_id) is verdict
        await ledger.sweep()
        await ledger.look_after()
    assert await balance(world) == (1, 0)
    assert set(world.told.codes) == {alert}


@pytest.mark.parametrize("field", ["credits", "account", "seal", "order_id"])
async def test_a_forged_seal_credits_nobody(world, field):
    payment_id = await paid_order(world)
    metadata = dict(world.gateway.payments[payment_id].metadata)
    forged = {"credits": "5000", "account": YOU, "seal": "0" * 64, "order_id": str(OTHER)}
    stranger = world.gateway.make({**metadata, field: forged[field]}, 19_900)
    world.gateway.pay(stranger)
    async with world.ledger() as ledger:
        assert await ledger.settle(stranger) is Verdict.NOT_OURS
        assert await ledger.settle("no-such-payment-at-all") is Verdict.NOT_THERE
    assert world.told.codes == ["payment_unknown"]
    assert (await balance(world), await balance(world, YOU)) == ((1, 0), (1, 0))


async def test_a_payment_that_cannot_be_settled_is_not_asked_about_all_the_time(world):
    payment_id = await paid_order(world)
    world.gateway.change(payment_id, is_test=True)
    world.pass_time(2 * MINUTE)
    async with world.ledger() as ledger:
        for _ in range(5):
            await ledger.look_after()
    assert world.gateway.calls["fetch"] == 1


async def test_a_declined_order_tells_why_and_makes_room_for_another(world):
    async with world.ledger() as ledger:
        await ledger.buy()
        [payment_id] = world.gateway.payments
        world.gateway.decline(payment_id, "Insufficient Funds!")
        declined = await ledger.check(ORDER)
        assert (declined.state, declined.reason) == (PaymentState.CANCELED, "insufficient_funds_")
        assert (await ledger.buy(order_id=OTHER)).order_id == OTHER


async def test_a_late_success_after_a_cancel_is_credited(world):
    async with world.ledger() as ledger:
        await ledger.buy()
        [payment_id] = world.gateway.payments
        world.gateway.decline(payment_id)
        await ledger.settle(payment_id)
        late = world.gateway.make(world.gateway.payments[payment_id].metadata, 19_900)
        world.gateway.pay(late)
        assert await ledger.settle(late) is Verdict.CREDITED
        assert await ledger.settle(payment_id) is Verdict.CANCELED
        assert (await ledger.check(ORDER)).state is PaymentState.COMPLETED
        assert await ledger.balance() == (6, 0)


async def test_two_payments_of_one_order_both_count_and_are_told_of(world):
    payment_id = await credited_order(world)
    second = world.gateway.make(world.gateway.payments[payment_id].metadata, 19_900)
    world.gateway.pay(second)
    async with world.ledger() as ledger:
        await ledger.sweep()
        await ledger.sweep()
        assert await ledger.balance() == (11, 0)
    assert world.told.codes == ["paid_twice"]


async def test_a_credit_that_came_late_is_told_of(world):
    payment_id = await paid_order(world)
    world.pass_time(6 * MINUTE)
    async with world.ledger() as ledger:
        assert await ledger.settle(payment_id) is Verdict.CREDITED
    assert world.told.codes == ["credited_late"]


async def test_an_order_that_a_restore_lost_is_made_again_and_credited_once(world, databases):
    payment_id = await paid_order(world)
    with databases.one() as older:
        async with real_world(older) as restored:
            restored.gateway, restored.clock = world.gateway, world.clock
            async with restored.ledger() as ledger:
                await ledger.open()
                await ledger.sweep()
                assert await ledger.settle(payment_id) is Verdict.NOT_VISIBLE
                assert await ledger.balance() == (1, 0)
                restored.pass_time(11 * MINUTE)
                await ledger.sweep()
                await ledger.sweep()
                assert await ledger.settle(payment_id) is Verdict.KNOWN
                assert await ledger.balance() == (6, 0)
                assert (await ledger.check(ORDER)).state is PaymentState.COMPLETED
        assert restored.told.codes == ["order_restored", "credited_late"]
