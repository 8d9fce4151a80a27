"""Buying credits, on the real log: one order, one frozen request, one link."""

import pytest

from contracts.messages import (
    Payment,
    PaymentProvider,
    PaymentState,
    Refusal,
    RefusalCode,
)
from ledger.payments.buying import _request
from ledger.payments.catalogue import Catalogue
from tests.integration.payments_fixture import HOUR, ORDER, OTHER, balance, said
from tests.memory_gateway import Fault
from tests.payments_world import ME, MINUTE, PLANS, YOU, wish_of
from tests.story import PERSON
from tests.yookassa_wire import settings_of


async def test_an_order_has_a_link_and_the_price_that_the_person_saw(world):
    async with world.ledger() as ledger:
        payment = await ledger.buy()
    [made] = world.gateway.payments.values()
    assert (payment.state, payment.url) == (PaymentState.OPENED, made.confirmation_url)
    assert (payment.credits, payment.price, made.price) == (5, 19_900, 19_900)
    assert payment.expires_at == world.clock() + HOUR
    assert made.metadata["order_id"] == str(ORDER)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"plan": "nonsense"}, RefusalCode.PLAN_UNKNOWN),
        ({"plan": "pro"}, RefusalCode.PLAN_RETIRED),
        ({"price": 19_899}, RefusalCode.PRICE_CHANGED),
        ({"credits": 6}, RefusalCode.PRICE_CHANGED),
        ({"currency": "XTR"}, RefusalCode.PRICE_CHANGED),
        ({"provider": PaymentProvider.STARS}, RefusalCode.PROVIDER_OFF),
        ({}, RefusalCode.EMAIL_NEEDED),
        ({"account": "tg:404", "email": "a@example.ru"}, RefusalCode.ACCOUNT_UNKNOWN),
    ],
)
async def test_what_is_not_sold_like_that_is_refused_before_anybody_is_asked(world, wish, code):
    retired = [one.model_copy(update={"retired": one.id == "pro"}) for one in PLANS.plans]
    world.catalogue = Catalogue(plans=tuple(retired))
    world.settings = settings_of(yookassa_receipts=True)
    async with world.ledger() as ledger:
        refusal = await ledger.buy(**wish)
        assert (type(refusal), refusal.code) == (Refusal, code)
        assert await ledger.check(ORDER) == Refusal(code=RefusalCode.ORDER_UNKNOWN)
    assert not world.gateway.calls


async def test_the_same_plan_twice_is_the_same_order_and_the_same_link(world):
    async with world.ledger() as ledger:
        first = await ledger.buy()
        again = await ledger.buy(order_id=OTHER)
        repeated = await ledger.buy()
        dearer = await ledger.buy(order_id=OTHER, plan="pro")
    assert again == first == repeated
    assert dearer.order_id == OTHER
    assert len(world.gateway.payments) == 2


async def test_a_repeat_is_answered_though_its_plan_is_no_longer_sold(world):
    async with world.ledger() as ledger:
        first = await ledger.buy()
    retired = [one.model_copy(update={"retired": True, "price": 1}) for one in PLANS.plans]
    world.catalogue = Catalogue(plans=tuple(retired))
    async with world.ledger() as ledger:
        assert await ledger.buy() == first


async def test_the_order_of_another_person_is_unknown_and_cannot_be_taken(world):
    async with world.ledger() as ledger:
        await ledger.buy()
        assert await ledger.check(ORDER, YOU) == Refusal(code=RefusalCode.ORDER_UNKNOWN)
        taken = await ledger.buy(account=YOU)
        assert (taken.code, taken.field) == (RefusalCode.KEY_REUSED, "account")
    assert len(world.gateway.payments) == 1


async def test_an_address_is_remembered_for_the_next_time(world):
    world.settings = settings_of(yookassa_receipts=True)
    async with world.ledger() as ledger:
        assert isinstance(await ledger.buy(email="buyer@example.ru"), Payment)
        assert isinstance(await ledger.buy(order_id=OTHER, plan="pro"), Payment)
    bodies = [body for [body] in world.gateway.bodies.values()]
    assert ["buyer@example.ru" in body for body in bodies] == [True, True]


async def test_after_a_lost_reply_the_very_same_is_asked_again(world):
    world.settings = settings_of(yookassa_receipts=True)
    world.gateway.faults += [Fault.LOST]
    async with world.ledger() as ledger:
        payment = await ledger.buy(email="buyer@example.ru")
        assert (payment.state, payment.url) == (PaymentState.REQUESTED, None)
    world.settings = settings_of(yookassa_receipts=True, yookassa_return_url="https://t.me/other")
    world.pass_time(2 * MINUTE)
    async with world.ledger() as ledger:
        await ledger.store.remember_email(ME, "other@example.ru", world.clock())
        await ledger.look_after()
        payment = await ledger.check(ORDER)
    [first, second] = world.gateway.bodies[ORDER]
    assert first == second
    assert payment.state is PaymentState.OPENED
    assert len(world.gateway.payments) == 1


async def test_after_the_key_has_died_a_lost_payment_is_found_in_the_list(world):
    world.gateway.faults += [Fault.LOST]
    async with world.ledger() as ledger:
        await ledger.buy()
    [payment_id] = world.gateway.payments
    world.gateway.pay(payment_id)
    for number in range(3):
        world.gateway.make({"order_id": str(number)}, 100)
    world.pass_time(24 * HOUR)
    async with world.ledger() as ledger:
        await ledger.look_after()
        assert (await ledger.check(ORDER)).state is PaymentState.COMPLETED
    assert world.gateway.calls["create"] == 1
    assert await balance(world) == (6, 0)


async def test_a_payment_that_was_never_made_is_canceled_after_a_day(world):
    world.gateway.is_down = True
    async with world.ledger() as ledger:
        await ledger.buy()
        world.pass_time(26 * HOUR)
        await ledger.look_after()
        assert (await said(ledger)).state is PaymentState.REQUESTED
        # The provider was silent at the very last hour of the schedule, too.
        world.gateway.is_down = False
        world.pass_time(25 * HOUR)
        await ledger.look_after()
        payment = await said(ledger)
    assert (payment.state, payment.reason) == (PaymentState.CANCELED, "never_created")
    assert world.gateway.payments == {}


async def test_what_the_provider_refuses_is_canceled_and_an_operators_trouble_waits(world):
    world.gateway.faults += [Fault.REFUSED]
    async with world.ledger() as ledger:
        assert (await ledger.buy()).state is PaymentState.REQUESTED
        assert world.told.codes == ["provider_refuses"]
        world.pass_time(2 * MINUTE)
        await ledger.look_after()
        assert (await ledger.check(ORDER)).state is PaymentState.OPENED


async def test_an_order_whose_ledger_died_at_once_is_looked_after(world):
    async with world.ledger() as ledger:
        await ledger.ledger.execute(_request(wish_of()), PERSON)
        await ledger.look_after()
        assert (await ledger.check(ORDER)).state is PaymentState.OPENED
