"""Credits for money, on the real log: each rouble becomes its credits exactly once."""

import asyncio
from uuid import UUID

import pytest

from contracts.messages import (
    GetPayment,
    Payment,
    PaymentProvider,
    PaymentState,
    Refusal,
    RefusalCode,
    ReportStars,
    ReportStarsRefund,
)
from ledger.domain.commands import Deduct
from ledger.payments.buying import _request
from ledger.payments.catalogue import Catalogue
from ledger.payments.gateway import RefundState
from ledger.payments.settling import Verdict
from tests.integration.payments_fixture import real_world
from tests.memory_gateway import Fault
from tests.payments_world import ME, MINUTE, PLANS, YOU, refund_of, wish_of
from tests.quiet_logs import quiet_logs
from tests.story import DIGEST, JOB, PERSON
from tests.yookassa_wire import settings_of

ORDER, OTHER = UUID(int=7), UUID(int=8)
HOUR = 60 * MINUTE


@pytest.fixture
async def world(database):
    with quiet_logs():
        async with real_world(database) as world, world.ledger() as ledger:
            await ledger.open(ME, YOU)
            yield world


async def paid_order(world, order_id=ORDER, **fields):
    """Return the id of a payment that is paid, and that the ledger has not heard of."""
    async with world.ledger() as ledger:
        await ledger.buy(order_id=order_id, **fields)
    payment_id = list(world.gateway.payments)[-1]
    assert world.gateway.pay(payment_id)
    return payment_id


async def credited_order(world, **fields):
    payment_id = await paid_order(world, **fields)
    async with world.ledger() as ledger:
        assert await ledger.settle(payment_id) is Verdict.CREDITED
    return payment_id


async def balance(world, account=ME):
    async with world.ledger() as ledger:
        return await ledger.balance(account)


async def said(ledger):
    """Return how the order stands; nobody does anything about it."""
    return await ledger.buying.payment(GetPayment(account=ME, order_id=ORDER))


# Buying


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


# Settling


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


# Money back


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


# Telegram Stars


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
