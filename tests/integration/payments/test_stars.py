"""Telegram Stars, on the real log: credited under their charge, up to the cap of a day."""

import asyncio

import pytest

from contracts.messages import (
    Payment,
    PaymentProvider,
    PaymentState,
    Refusal,
    RefusalCode,
    ReportStars,
    ReportStarsRefund,
)
from tests.integration.payments_fixture import (
    HOUR,
    ORDER,
    OTHER,
    balance,
    said,
)
from tests.payments_world import ME, YOU
from tests.yookassa_wire import settings_of


@pytest.fixture
async def stars(world):
    world.settings = settings_of(ledger_stars=True, ledger_stars_day_max=400)
    async with world.ledger() as ledger:
        payment = await ledger.buy(provider=PaymentProvider.STARS)
        assert payment.state is PaymentState.REQUESTED
        yield ledger


async def test_an_invoice_gives_way_to_money_and_is_credited_when_paid_after_all(stars, world):
    bill = await stars.buy(order_id=OTHER)
    assert (bill.order_id, bill.state) == (OTHER, PaymentState.OPENED)
    assert (await said(stars)).reason == "replaced"
    assert isinstance(await stars.stars.paid(report()), Payment)
    assert (await balance(world))[0] == 5 + 1


def report(charge_id="c-1", stars=150, order_id=ORDER, account=ME):
    return ReportStars(
        account=account,
        correlation_id="c",
        order_id=order_id,
        charge_id=charge_id,
        stars=stars,
    )


def report_back(charge_id="c-1", stars=150, account=ME):
    return ReportStarsRefund(account=account, correlation_id="c", charge_id=charge_id, stars=stars)


async def test_a_charge_in_stars_is_credited_once(world, stars):
    for _ in range(3):
        payment = await stars.stars.paid(report())
        assert (payment.state, payment.balance) == (PaymentState.COMPLETED, 6)
    assert world.told.codes == []
    assert not world.gateway.calls


async def test_stars_above_the_cap_of_a_day_are_not_credited_and_told_of(world, stars):
    for number in (1, 2):
        await stars.stars.paid(report(f"c-{number}"))
    assert await stars.stars.paid(report("c-3")) == Refusal(code=RefusalCode.CAPPED)
    assert await stars.balance() == (11, 0)
    assert world.told.codes == ["paid_twice", "stars_not_credited"]
    world.pass_time(25 * HOUR)
    await stars.stars.paid(report("c-3"))
    assert await stars.balance() == (16, 0)


async def test_nothing_reported_at_the_same_time_comes_past_the_cap(world, stars):
    await asyncio.gather(*[stars.stars.paid(report(f"c-{n}")) for n in range(8)])
    assert await stars.balance() == (11, 0)


async def test_a_charge_that_is_reported_otherwise_frees_nothing_of_the_cap(world, stars):
    await stars.stars.paid(report("c-1", stars=1))
    for number in (1, 2):
        await stars.stars.paid(report(f"c-{number}"))
        for wrong in ({"order_id": OTHER}, {"stars": 1}, {"account": YOU}):
            refusal = await stars.stars.paid(report(f"c-{number}", **wrong))
            assert refusal == Refusal(code=RefusalCode.KEY_REUSED)
    assert await stars.stars.paid(report("c-3")) == Refusal(code=RefusalCode.CAPPED)
    assert await stars.balance() == (11, 0)


async def test_a_repeat_is_answered_though_the_cap_was_lowered(world, stars):
    await stars.stars.paid(report())
    world.settings = settings_of(ledger_stars=True, ledger_stars_day_max=1)
    assert (await stars.stars.paid(report())).state is PaymentState.COMPLETED
    assert world.told.codes == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"account": YOU}, RefusalCode.ORDER_UNKNOWN),
        ({"order_id": OTHER}, RefusalCode.ORDER_UNKNOWN),
        ({"stars": 149}, RefusalCode.PAYMENT_MISMATCH),
    ],
)
async def test_stars_that_fit_no_order_are_told_of_and_can_be_reported_rightly(
    world, stars, wrong, code
):
    assert await stars.stars.paid(report(**wrong)) == Refusal(code=code)
    assert world.told.codes == ["stars_not_credited"]
    assert (await stars.stars.paid(report())).state is PaymentState.COMPLETED
    assert await stars.balance() == (6, 0)


async def test_stars_that_went_back_take_their_credits_once(world, stars):
    early = await stars.stars.sent_back(report_back())
    assert early == Refusal(code=RefusalCode.PAYMENT_UNKNOWN)
    await stars.stars.paid(report())
    foreign = await stars.stars.sent_back(report_back(account=YOU))
    assert foreign == Refusal(code=RefusalCode.PAYMENT_UNKNOWN)
    first, second = [await stars.stars.sent_back(report_back()) for _ in range(2)]
    assert (first.balance, first.repeat, second.repeat) == (1, False, True)
    assert await stars.balance() == (1, 0)
