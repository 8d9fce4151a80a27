"""Money that goes back, on the real log: the credits first, and once."""

from uuid import UUID

import pytest

from ledger.domain.commands import Deduct
from ledger.payments.gateway import RefundState
from tests.integration.payments_fixture import (
    HOUR,
    OTHER,
    balance,
    credited_order,
)
from tests.memory_gateway import Fault
from tests.payments_world import ME, MINUTE, refund_of
from tests.story import DIGEST, JOB, PERSON


async def test_a_refund_takes_the_credits_and_then_sends_the_money(world):
    payment_id = await credited_order(world)
    refund = refund_of(world, payment_id, 19_900)
    async with world.ledger() as ledger:
        assert await ledger.send_back(refund) == "succeeded"
        assert await ledger.send_back(refund) == "succeeded"
        await ledger.sweep()
    assert world.gateway.refunded(payment_id) == [19_900]
    assert await balance(world) == (1, 0)


async def test_a_refund_whose_reply_was_lost_happens_once(world):
    payment_id = await credited_order(world)
    world.gateway.faults += [Fault.LOST]
    async with world.ledger() as ledger:
        assert await ledger.send_back(refund_of(world, payment_id, 9_950)) == "unknown"
        assert await ledger.balance() == (4, 0)
    world.pass_time(5 * MINUTE)
    async with world.ledger() as ledger:
        await ledger.look_after()
        await ledger.sweep()
    assert world.gateway.refunded(payment_id) == [9_950]
    assert await balance(world) == (4, 0)


@pytest.mark.parametrize("was_made", [True, False])
async def test_a_day_later_a_lost_refund_is_looked_up_and_not_sent_again(world, was_made):
    payment_id = await credited_order(world)
    world.gateway.faults += [Fault.LOST if was_made else Fault.SILENT]
    async with world.ledger() as ledger:
        await ledger.send_back(refund_of(world, payment_id, 19_900))
        world.pass_time(24 * HOUR)
        await ledger.look_after()
    assert world.gateway.calls["refund"] == 1
    assert world.gateway.refunded(payment_id) == [19_900] * was_made
    assert await balance(world) == ((1, 0) if was_made else (6, 0))


async def test_a_pending_refund_that_is_canceled_gives_the_credits_back(world):
    payment_id = await credited_order(world)
    world.gateway.refund_state = RefundState.PENDING
    async with world.ledger() as ledger:
        assert await ledger.send_back(refund_of(world, payment_id, 19_900)) == "pending"
        assert await ledger.balance() == (1, 0)
        [refund_id] = world.gateway.refunds
        world.gateway.end_refund(refund_id, RefundState.CANCELED, "insufficient_funds")
        world.pass_time(5 * MINUTE)
        await ledger.look_after()
        await ledger.look_after()
        assert await ledger.balance() == (6, 0)


@pytest.mark.parametrize("way", ["bell", "sweep"])
async def test_money_sent_back_at_the_providers_page_takes_its_credits_once(world, way):
    payment_id = await credited_order(world)
    world.gateway.send_back(payment_id, 9_950)
    world.gateway.send_back(payment_id, 4_000)
    for _ in range(3):
        async with world.ledger() as ledger:
            await (ledger.settle(payment_id) if way == "bell" else ledger.sweep())
    assert await balance(world) == (3, 0)


async def test_many_small_refunds_take_what_one_large_one_takes(world):
    payment_id = await credited_order(world)
    async with world.ledger() as ledger:
        for number in range(5):
            await ledger.send_back(refund_of(world, payment_id, 3_980, number))
            assert await ledger.balance() == (5 - number, 0)
    assert sum(world.gateway.refunded(payment_id)) == 19_900


async def test_what_was_spent_becomes_debt_and_the_next_payment_pays_it_first(world):
    payment_id = await credited_order(world)
    async with world.ledger() as ledger:
        jobs = tuple((UUID(int=JOB.int + n), DIGEST) for n in range(4))
        await ledger.ledger.execute(Deduct(account_id=ME, jobs=jobs, price_credits=1), PERSON)
        await ledger.send_back(refund_of(world, payment_id, 19_900))
        assert await ledger.balance() == (0, 3)
        await ledger.buy(order_id=OTHER)
        [_, second] = world.gateway.payments
        world.gateway.pay(second)
        payment = await ledger.check(OTHER)
        assert (payment.balance, payment.debt, payment.to_debt) == (2, 0, 3)


async def test_a_refund_at_the_page_is_not_taken_for_one_of_ours_whose_reply_was_lost(world):
    payment_id = await credited_order(world)
    world.gateway.send_back(payment_id, 5_000)
    async with world.ledger() as ledger:
        await ledger.settle(payment_id)
        world.gateway.faults += [Fault.SILENT]
        assert await ledger.send_back(refund_of(world, payment_id, 5_000)) == "unknown"
        await ledger.settle(payment_id)
        await ledger.sweep()
        world.pass_time(5 * MINUTE)
        await ledger.look_after()
    assert world.gateway.refunded(payment_id) == [5_000, 5_000]
    assert await balance(world) == (4, 0)


async def test_two_lost_replies_of_the_same_sum_are_told_apart(world):
    payment_id = await credited_order(world)
    refunds = [refund_of(world, payment_id, 5_000, number) for number in (1, 2)]
    async with world.ledger() as ledger:
        for refund in refunds:
            world.gateway.faults += [Fault.LOST]
            await ledger.send_back(refund)
        # The schedule has read the first before a bell told of both.
        world.pass_time(5 * MINUTE)
        first, _ = await ledger.store.refunds_due(world.clock())
        await ledger.settle(payment_id)
        await ledger.shop.refunding.go_on(first)
        await ledger.settle(payment_id)
        world.pass_time(25 * HOUR)
        await ledger.look_after()
        unanswered = await ledger.store.refunds_due(world.clock() + 24 * HOUR)
    assert (unanswered, world.gateway.refunded(payment_id)) == ([], [5_000, 5_000])
    assert await balance(world) == (4, 0)


async def test_a_refund_that_was_pending_at_the_page_for_hours_is_found(world):
    payment_id = await credited_order(world)
    world.pass_time(20 * HOUR)
    refund_id = world.gateway.send_back(payment_id, 19_900, RefundState.PENDING)
    async with world.ledger() as ledger:
        for hour in range(12):
            if hour == 10:
                world.gateway.end_refund(refund_id, RefundState.SUCCEEDED)
            world.pass_time(HOUR)
            await ledger.sweep()
    assert await balance(world) == (1, 0)
