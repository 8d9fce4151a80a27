"""What is kept of payments beside the log: the real one and its double keep the same."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from ledger.domain.commands import OpenAccount, RequestPayment
from ledger.domain.rules import Rules
from ledger.log.postgres import PostgresEventLog
from ledger.payments.store import NotedRefund, PaymentStore
from ledger.service import open_ledger
from ledger.views.following import catch_up
from ledger.views.payments import Payments
from tests.memory_log import NOON, MemoryEventLog
from tests.memory_payments import MemoryPaymentStore
from tests.story import ME, ORDER, PERSON

MINUTE = timedelta(minutes=1)
REFUND = NotedRefund(
    refund_id=UUID(int=1),
    account=ME,
    order_id=ORDER,
    provider="yookassa",
    payment_id="p-1",
    money=100,
    noted_at=NOON,
)


@pytest.fixture(params=["real", "double"])
async def kept(request, database):
    """Return a store, its log, and what lets the projections catch up."""

    async def nothing():
        pass

    if request.param == "double":
        log = MemoryEventLog()
        yield MemoryPaymentStore(log), log, nothing
        return
    async with asyncpg.create_pool(database.service, min_size=1, max_size=3) as pool:

        async def follow():
            await catch_up(pool, Payments())

        yield PaymentStore(pool), PostgresEventLog(pool), follow


@pytest.fixture
async def store(kept):
    store, _, _ = kept
    await store.note_order(ORDER, ME, "yookassa", NOON, NOON)
    return store


async def test_an_order_is_noted_once(store):
    await store.note_order(ORDER, "tg:2", "stars", NOON + MINUTE, None)
    noted = await store.order(ORDER)
    assert (noted.account, noted.provider, noted.next_check_at) == (ME, "yookassa", NOON)
    assert await store.order(UUID(int=404)) is None


async def test_a_body_is_frozen_until_it_is_answered(store):
    assert await store.freeze(ORDER, {"a": "ж"}, NOON) == ({"a": "ж"}, NOON)
    assert await store.freeze(ORDER, {"b": 2}, NOON + MINUTE) == ({"a": "ж"}, NOON)
    with pytest.raises(LookupError):
        await store.freeze(UUID(int=404), {}, NOON)
    await store.opened(ORDER, "p-1", "https://pay.example", NOON + MINUTE)
    noted = await store.order(ORDER)
    assert (noted.body, noted.sent_at, noted.payment_id) == (None, NOON, "p-1")
    assert (noted.url, noted.expires_at) == ("https://pay.example", NOON + MINUTE)
    assert await store.order_of("yookassa", "p-1") == noted
    assert await store.order_of("stars", "p-1") is None


async def test_an_order_keeps_its_first_payment_and_its_newest_link(store):
    await store.opened(ORDER, "p-1", "https://one.example", NOON)
    await store.opened(ORDER, "p-2", "https://two.example", None)
    await store.opened(ORDER, "p-3", None, None)
    noted = await store.order(ORDER)
    assert (noted.payment_id, noted.url) == ("p-1", "https://two.example")
    assert noted.expires_at == NOON


async def test_what_is_due_comes_in_its_order_and_ends(store):
    await store.note_order(UUID(int=1), ME, "yookassa", NOON, NOON - MINUTE)
    await store.note_order(UUID(int=2), ME, "yookassa", NOON, NOON + MINUTE)
    assert await store.due(NOON) == [(UUID(int=1), ME), (ORDER, ME)]
    await store.checked(ORDER, NOON + MINUTE, trouble="silent")
    await store.freeze(UUID(int=1), {}, NOON)
    await store.checked(UUID(int=1), None, reason="expired")
    assert await store.due(NOON) == []
    ended = await store.order(UUID(int=1))
    assert (ended.reason, ended.body, ended.checks) == ("expired", None, 1)
    await store.checked(UUID(int=1), None)
    assert (await store.order(UUID(int=1))).reason == "expired"


async def test_open_orders_that_nobody_noted_are_found(kept):
    store, log, follow = kept
    async with open_ledger(log, Rules()) as ledger:
        await ledger.execute(OpenAccount(account_id=ME, terms_version="1"), PERSON)
        wish = RequestPayment(
            account_id=ME,
            order_id=ORDER,
            provider="yookassa",
            plan="starter",
            credits=5,
            price=19_900,
            currency="RUB",
        )
        await ledger.execute(wish, PERSON)
    await follow()
    [(order_id, account, provider, at)] = await store.unnoted()
    assert (order_id, account, provider) == (ORDER, ME, "yookassa")
    await store.note_order(order_id, account, provider, at, at)
    assert await store.unnoted() == []


async def test_addresses_and_sweeps_are_remembered(store):
    assert await store.email(ME) is None
    await store.remember_email(ME, "a@example.ru", NOON)
    await store.remember_email(ME, "b@example.ru", NOON)
    assert await store.email(ME) == "b@example.ru"
    assert await store.swept_until("yookassa") is None
    await store.note_swept("yookassa", NOON)
    await store.note_swept("yookassa", NOON + MINUTE)
    assert await store.swept_until("yookassa") == NOON + MINUTE


async def test_a_refund_is_noted_once_and_followed_to_its_end(store):
    await store.note_refund(REFUND, "console")
    await store.note_refund(REFUND, "console")
    assert await store.refunds_due(NOON) == [REFUND]
    assert await store.freeze_refund(REFUND.refund_id, {"r": 1}, NOON) == ({"r": 1}, NOON)
    again = await store.freeze_refund(REFUND.refund_id, None, NOON + MINUTE)
    assert again == ({"r": 1}, NOON)
    [waiting] = await store.unanswered_refunds("yookassa", "p-1")
    assert (waiting.refund_id, waiting.sent_at) == (REFUND.refund_id, NOON)
    await store.refund_checked(REFUND.refund_id, "r-1", NOON + MINUTE)
    assert await store.unanswered_refunds("yookassa", "p-1") == []
    await store.refund_checked(REFUND.refund_id, None, None)
    named = await store.refund_named("yookassa", "r-1")
    assert (named.provider_refund_id, named.checks) == ("r-1", 2)
    assert await store.refunds_due(NOON + 9 * MINUTE) == []
    assert await store.refund(REFUND.refund_id) == named


async def test_a_refund_that_was_made_elsewhere_is_over_when_it_is_noted(store):
    made = NotedRefund(
        refund_id=UUID(int=2),
        account=ME,
        order_id=ORDER,
        provider="yookassa",
        payment_id="p-1",
        money=100,
        noted_at=NOON,
        provider_refund_id="r-2",
    )
    await store.note_refund(made, "yookassa")
    assert await store.refund_named("yookassa", "r-2") == made
    assert await store.refunds_due(NOON) == []
    assert await store.unanswered_refunds("yookassa", "p-1") == []
