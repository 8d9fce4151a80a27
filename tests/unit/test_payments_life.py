"""The ledger may be killed at any moment of a payment: a fresh one goes on, and nothing is twice.

Each story is told again and again, and its ledger dies once before and once after each of its
outside calls: of the log, of what is kept beside it, and of the provider.
"""

from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import pytest

from ledger.payments.gateway import RefundState
from tests.memory_gateway import Fault
from tests.payments_lives import Mortal, dying
from tests.payments_world import ME, MINUTE, Running, World, memory_world, refund_of
from tests.properties.equations import open_orders_of
from tests.quiet_logs import quiet_logs
from tests.videogen_lives import Side

Story = Callable[[Running], Awaitable[Any]]
PRICE = 19_900


@pytest.fixture(autouse=True)
def quietly() -> Iterator[None]:
    with quiet_logs():
        yield


async def buying(ledger: Running) -> None:
    await ledger.buy()


async def buying_with_a_lost_reply(ledger: Running) -> None:
    ledger.world.gateway.faults.append(Fault.LOST)
    await ledger.buy()
    ledger.world.pass_time(2 * MINUTE)
    await ledger.look_after()


async def declined(ledger: Running) -> None:
    await ledger.buy()
    for payment_id in ledger.world.gateway.pending:
        ledger.world.gateway.decline(payment_id)
        await ledger.settle(payment_id)


async def settling(ledger: Running) -> None:
    await ledger.buy()
    for payment_id in ledger.world.gateway.pending:
        ledger.world.gateway.pay(payment_id)
        await ledger.settle(payment_id)


async def sending_back(ledger: Running) -> None:
    await settling(ledger)
    [paid] = ledger.world.gateway.paid
    await ledger.send_back(refund_of(ledger.world, paid.payment_id, PRICE))


async def sending_back_with_a_lost_reply(ledger: Running) -> None:
    await settling(ledger)
    [paid] = ledger.world.gateway.paid
    ledger.world.gateway.faults.append(Fault.LOST)
    await ledger.send_back(refund_of(ledger.world, paid.payment_id, PRICE))
    ledger.world.pass_time(2 * MINUTE)
    await ledger.look_after()


async def sent_back_and_canceled(ledger: Running) -> None:
    gateway = ledger.world.gateway
    gateway.refund_state = RefundState.PENDING
    await sending_back(ledger)
    for refund_id in gateway.refunds:
        gateway.end_refund(refund_id, RefundState.CANCELED, "insufficient_funds")
    ledger.world.pass_time(2 * MINUTE)
    await ledger.look_after()


async def sent_back_at_the_page(ledger: Running) -> None:
    await settling(ledger)
    [paid] = ledger.world.gateway.paid
    ledger.world.gateway.send_back(paid.payment_id, PRICE)
    await ledger.settle(paid.payment_id)


async def swept(ledger: Running) -> None:
    await ledger.buy()
    for payment_id in ledger.world.gateway.pending:
        ledger.world.gateway.pay(payment_id)
    ledger.world.pass_time(2 * MINUTE)
    await ledger.sweep()


STORIES = [
    buying,
    buying_with_a_lost_reply,
    declined,
    settling,
    sending_back,
    sending_back_with_a_lost_reply,
    sent_back_and_canceled,
    sent_back_at_the_page,
    swept,
]


async def begun() -> World:
    world = memory_world()
    async with world.ledger() as ledger:
        await ledger.open(ME)
    return world


async def ended(world: World) -> None:
    """Let a fresh ledger do what its schedules say, after the person did what they wanted."""
    gateway = world.gateway
    gateway.faults.clear()
    for hours in (0, 0, 1, 2, 24, 25):
        world.pass_time(hours * 60 * MINUTE + MINUTE)
        gateway.expire()
        for refund_id in gateway.refunds:
            gateway.end_refund(refund_id, RefundState.CANCELED, "insufficient_funds")
        async with world.ledger() as ledger:
            await ledger.look_after()
            await ledger.sweep()


async def killed(story: Story, call: int, side: Side) -> tuple[World, Mortal]:
    world = await begun()
    mortal = Mortal(call, side)
    async with dying(world, mortal) as ledger:
        await story(ledger)
    return world, mortal


def judge(world: World, moment: str) -> None:
    events = [one.event for one in world.event_log.recorded]
    gateway = world.gateway
    account = world.event_log._account(ME)
    paid = len(gateway.paid)
    back = sum(sum(gateway.refunded(one.payment_id)) for one in gateway.paid) // PRICE
    assert account.balance - account.debt == 1 + 5 * (paid - back), moment
    assert len(gateway.payments) <= 1, moment
    assert open_orders_of(events) == {}, moment
    assert not [one for one in world.pool.orders.values() if one.next_check_at], moment
    assert all(at is None for at in world.pool.refund_checks.values()), moment
    assert all(len(set(bodies)) == 1 for bodies in gateway.bodies.values()), moment


@pytest.mark.parametrize("story", STORIES)
async def test_whenever_the_ledger_is_killed_a_fresh_one_comes_to_the_same_end(story: Story):
    deaths = 0
    for side in Side:
        for call in count(1):
            world, mortal = await killed(story, call, side)
            if not mortal.is_dead:
                break
            deaths += 1
            await ended(world)
            judge(world, f"{side} {mortal.calls[-1]} ({call})")
    assert deaths >= 16, "these tests look away"


@pytest.mark.parametrize(
    ("story", "balance"),
    [
        (buying, 1),
        (declined, 1),
        (settling, 6),
        (swept, 6),
        (sending_back, 1),
        (sending_back_with_a_lost_reply, 1),
        (sent_back_and_canceled, 6),
        (sent_back_at_the_page, 1),
    ],
)
async def test_a_story_of_which_nobody_dies_ends_as_it_should(story: Story, balance: int):
    world = await begun()
    async with world.ledger() as ledger:
        await story(ledger)
        assert await ledger.balance() == (balance, 0)
