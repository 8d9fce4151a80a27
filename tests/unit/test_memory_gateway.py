"""The double of the provider is as strict and as forgetful as the provider."""

from datetime import timedelta
from uuid import UUID

import pytest

from ledger.payments.gateway import (
    GatewayRefusedError,
    GatewaySilentError,
    NotThereError,
    PaidState,
    PaymentRequest,
    RefundState,
)
from tests.memory_gateway import PAGE_SIZE, PAYABLE, Fault, MemoryGateway
from tests.memory_log import NOON

KEY = UUID(int=1)


def body(value="199.00", **metadata):
    return {"amount": {"value": value, "currency": "RUB"}, "metadata": metadata}


class Clock:
    def __init__(self):
        self.time = NOON

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gateway(clock):
    return MemoryGateway(clock)


async def create(gateway, key=KEY, **words):
    return await gateway.create(PaymentRequest(key, body(**words)))


async def test_the_same_key_and_body_is_the_same_payment_for_a_day(gateway, clock):
    first = await create(gateway)
    clock.time += timedelta(hours=23)
    assert await create(gateway) == first
    clock.time += timedelta(hours=2)
    assert (await create(gateway)).payment_id != first.payment_id


async def test_the_same_key_with_another_body_is_refused(gateway):
    await create(gateway)
    with pytest.raises(GatewayRefusedError, match="Idempotence"):
        await create(gateway, value="199.01")
    assert len(gateway.payments) == 1


async def test_a_lost_reply_leaves_a_payment_and_silence_leaves_none(gateway):
    gateway.faults += [Fault.SILENT, Fault.REFUSED, Fault.LOST]
    with pytest.raises(GatewaySilentError):
        await create(gateway)
    with pytest.raises(GatewayRefusedError):
        await create(gateway)
    assert not gateway.payments
    with pytest.raises(GatewaySilentError):
        await create(gateway)
    [payment_id] = gateway.payments
    assert (await create(gateway)).payment_id == payment_id


async def test_a_payment_has_one_end(gateway, clock):
    payment = await create(gateway)
    assert gateway.pay(payment.payment_id)
    assert not gateway.decline(payment.payment_id)
    clock.time += PAYABLE
    gateway.expire()
    found = await gateway.fetch(payment.payment_id)
    assert (found.state, found.price) == (PaidState.SUCCEEDED, 19_900)
    assert gateway.paid == [found]


async def test_what_nobody_pays_expires_after_an_hour(gateway, clock):
    payment = await create(gateway)
    gateway.expire()
    assert gateway.pending == [payment.payment_id]
    clock.time += PAYABLE
    gateway.expire()
    found = await gateway.fetch(payment.payment_id)
    assert (found.state, found.reason) == (PaidState.CANCELED, "expired_on_confirmation")


async def test_no_more_goes_back_than_was_paid(gateway):
    payment_id = (await create(gateway)).payment_id
    with pytest.raises(GatewayRefusedError):
        await gateway.refund(UUID(int=2), payment_id, 1)
    gateway.pay(payment_id)
    for _ in range(2):
        await gateway.refund(UUID(int=2), payment_id, 10_000)
    with pytest.raises(GatewayRefusedError):
        await gateway.refund(UUID(int=3), payment_id, 10_000)
    assert gateway.refunded(payment_id) == [10_000]
    assert (await gateway.fetch(payment_id)).refunded == 10_000


async def test_a_pending_refund_moves_no_money_until_it_ends(gateway):
    payment_id = (await create(gateway)).payment_id
    gateway.pay(payment_id)
    gateway.refund_state = RefundState.PENDING
    refund = await gateway.refund(UUID(int=2), payment_id, 10_000)
    assert gateway.refunded(payment_id) == []
    gateway.end_refund(refund.refund_id, RefundState.SUCCEEDED)
    gateway.end_refund(refund.refund_id, RefundState.CANCELED)
    assert (await gateway.fetch_refund(refund.refund_id)).state is RefundState.SUCCEEDED
    assert gateway.refunded(payment_id) == [10_000]


async def test_lists_have_pages_and_begin_with_the_newest(gateway, clock):
    made = [(await create(gateway, UUID(int=n))).payment_id for n in range(5)]
    found, cursor = [], None
    while True:
        page = await gateway.payments_since(NOON, cursor)
        assert len(page.payments) <= PAGE_SIZE
        found += [one.payment_id for one in page.payments]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == made[::-1]
    assert not (await gateway.payments_since(NOON + timedelta(seconds=1))).payments


async def test_an_unknown_payment_is_not_there(gateway):
    with pytest.raises(NotThereError):
        await gateway.fetch("nothing")
