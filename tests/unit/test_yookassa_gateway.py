"""YooKassa through its SDK: what is sent, what is understood, and how each trouble is told."""

import asyncio
import json
import logging
import threading
import time
import traceback
from datetime import UTC, datetime
from uuid import UUID

import pytest
from yookassa.configuration import Configuration

from ledger.payments.gateway import (
    GatewayError,
    GatewayRefusedError,
    GatewaySilentError,
    NotThereError,
    PaidState,
    PaymentRequest,
    RefundState,
)
from ledger.payments.yookassa_gateway import open_yookassa
from tests.eventually import eventually
from tests.yookassa_wire import (
    AUTHORIZATION,
    DROPPED,
    HUNG,
    KEY,
    PAYMENT_ID,
    REFUND_ID,
    SHOP,
    Answer,
    listed,
    open_gateway,
    open_wire,
    payment,
    refund,
    refusal,
    settings_of,
)

ORDER_ID = UUID("5e0a4bd1-6f07-4a53-9d6f-5d4f0f3b0b11")
SINCE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BODY = {
    "amount": {"value": "199.00", "currency": "RUB"},
    "capture": True,
    "metadata": {"order_id": str(ORDER_ID), "plan": "starter"},
    "description": "Стартер: 5 кредитов",
}
REQUEST = PaymentRequest(ORDER_ID, BODY)
HASTY = {"yookassa_connect_s": 0.2, "yookassa_read_s": 0.2}


@pytest.fixture
async def wire():
    async with open_wire() as wire:
        yield wire


@pytest.fixture
async def gateway(wire):
    async with open_gateway(wire) as gateway:
        yield gateway


async def test_a_payment_is_created_with_the_order_as_its_key(wire, gateway):
    wire.will(payment())
    created = await gateway.create(REQUEST)
    [asked] = wire.asked
    assert (asked.method, asked.path) == ("POST", "/v3/payments")
    assert asked.headers["idempotence-key"] == str(ORDER_ID)
    assert asked.headers["authorization"] == AUTHORIZATION
    assert json.loads(asked.body) == BODY
    assert created.payment_id == PAYMENT_ID
    assert (created.state, created.price, created.currency) == (PaidState.PENDING, 19_900, "RUB")
    assert created.confirmation_url == "https://pay.example/?orderId=1"
    assert (created.shop_id, created.is_test) == (gateway.shop_id, True)
    assert created.metadata == {"order_id": "1"}


async def test_a_repeat_is_the_same_to_the_byte_even_after_the_body_was_stored(wire, gateway):
    wire.will(DROPPED, payment())
    with pytest.raises(GatewaySilentError):
        await gateway.create(REQUEST)
    # jsonb keeps an object's names by their length, and then in order.
    stored = {name: BODY[name] for name in sorted(BODY, key=lambda name: (len(name), name))}
    stored["metadata"] = dict(reversed(BODY["metadata"].items()))
    await gateway.create(PaymentRequest(ORDER_ID, stored))
    first, second = wire.asked
    assert first.body == second.body
    assert first.headers["idempotence-key"] == second.headers["idempotence-key"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DROPPED, "ConnectionError"),
        (Answer(b"<html><h1>Bad gateway</h1></html>", 502), "JSONDecodeError"),
        (Answer(b"<html>Welcome</html>"), "JSONDecodeError"),
        (Answer({"type": "processing", "retry_after": 1800}, 202), "ResponseProcessingError"),
        (Answer(refusal("too_many_requests"), 429), "too_many_requests"),
        (Answer(refusal("internal_server_error"), 500), "internal_server_error"),
        (Answer(refusal("unavailable"), 503), "unavailable"),
        (Answer([1, 2], 400), "TypeError"),
        (Answer(b"[" * 100_000), "unreadable"),
        (Answer([]), "no JSON object"),
        (Answer(b"", 302, "Location: /v3/me\r\n"), "JSONDecodeError"),
        (Answer(refusal("invalid_request", "Idempotence-Key"), 400), "another body"),
    ],
)
async def test_no_usable_answer_leaves_the_outcome_unknown(wire, gateway, answer, said):
    wire.will(answer)
    with pytest.raises(GatewaySilentError, match=said):
        await gateway.create(REQUEST)
    assert len(wire.asked) == 1  # repeating it is the caller's choice


async def test_nobody_listening_is_silence():
    async with open_yookassa(settings_of(yookassa_api_url="http://127.0.0.1:9/v3")) as gateway:
        with pytest.raises(GatewaySilentError, match="ConnectionError"):
            await gateway.fetch(PAYMENT_ID)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(refusal("invalid_request", "receipt"), 400),
         (GatewayRefusedError, "invalid_request", "receipt")),
        (Answer(refusal("invalid_credentials"), 401),
         (GatewayRefusedError, "invalid_credentials", "")),
        (Answer({}, 403), (GatewayRefusedError, "forbidden", "")),
        (Answer(refusal("not_found", "payment_id"), 404),
         (NotThereError, "not_found", "payment_id")),
    ],
)  # fmt: skip
async def test_a_refusal_keeps_the_providers_words(wire, gateway, answer, told):
    wire.will(answer)
    with pytest.raises(GatewayRefusedError) as refused:
        await gateway.fetch(PAYMENT_ID)
    assert (type(refused.value), refused.value.code, refused.value.parameter) == told


async def test_a_slow_server_is_left_after_the_sockets_limit(wire):
    wire.will(HUNG)
    async with open_gateway(wire, **HASTY) as gateway:
        began = time.monotonic()
        with pytest.raises(GatewaySilentError, match="ReadTimeout"):
            await gateway.fetch(PAYMENT_ID)
    assert 0.15 < time.monotonic() - began < 2


async def test_with_every_thread_busy_the_loop_goes_on_and_what_waited_too_long_is_not_sent(wire):
    wire.will(HUNG)
    limits = {"yookassa_connect_s": 0.1, "yookassa_read_s": 0.3, "yookassa_threads": 1}
    async with open_gateway(wire, **limits) as gateway:
        asking = [gateway.fetch(PAYMENT_ID) for _ in range(6)]
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.01)

        async with asyncio.TaskGroup() as tasks:
            counting = tasks.create_task(count())
            ends = await asyncio.gather(*asking, return_exceptions=True)
            counting.cancel()
    assert {type(end) for end in ends} == {GatewaySilentError}
    assert turns > 10
    assert 1 <= len(wire.asked) < 6


async def test_leaving_does_not_wait_for_a_thread_that_hangs(wire):
    wire.will(HUNG)
    threads = threading.active_count()
    async with asyncio.TaskGroup() as tasks:
        async with open_gateway(wire, yookassa_read_s=30) as gateway:
            asking = tasks.create_task(gateway.fetch(PAYMENT_ID))
            await eventually(lambda: wire.asked)
            asking.cancel()
            began = time.monotonic()
        assert time.monotonic() - began < 1
    wire.freed.set()
    await eventually(lambda: threading.active_count() <= threads)


async def test_a_payment_says_what_became_of_it(wire, gateway):
    canceled = {"party": "yoo_money", "reason": "expired_on_confirmation"}
    wire.will(
        payment(
            status="succeeded",
            captured_at="2026-11-20T10:03:20.000Z",
            refunded_amount={"value": "39.80", "currency": "RUB"},
            test=False,
            confirmation=None,
            something_new={"a": 1},
        ),
        payment(status="canceled", cancellation_details=canceled),
    )
    paid = await gateway.fetch(PAYMENT_ID)
    assert wire.asked[0].path == f"/v3/payments/{PAYMENT_ID}"
    assert (paid.state, paid.refunded, paid.is_test) == (PaidState.SUCCEEDED, 3_980, False)
    assert paid.captured_at == datetime(2026, 11, 20, 10, 3, 20, tzinfo=UTC)
    assert paid.confirmation_url is None
    ended = await gateway.fetch(PAYMENT_ID)
    assert (ended.state, ended.reason) == (PaidState.CANCELED, "expired_on_confirmation")


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": {"value": "199.004", "currency": "RUB"}},
        {"amount": {"value": 199.0, "currency": "RUB"}},
        {"amount": {"value": "-199.00", "currency": "RUB"}},
        {"amount": {"value": "1e4", "currency": "RUB"}},
        {"amount": {"value": "١٩٩", "currency": "RUB"}},
        {"amount": {"value": "199.00"}},
        {"status": "paid_perhaps"},
        {"recipient": None},
        {"test": None},
        {"created_at": "2026-11-20T10:00:00"},
        {"id": "2f0c1b1e-another"},
    ],
)
async def test_what_cannot_be_read_is_no_answer(wire, gateway, fields):
    wire.will(payment(**fields))
    with pytest.raises(GatewaySilentError):
        await gateway.fetch(PAYMENT_ID)


async def test_every_kopeck_is_read_exactly(wire, gateway):
    for value, kopecks in (("0.29", 29), ("1.1", 110), ("4611686018.07", 461168601807)):
        wire.answers.clear()
        wire.will(payment(amount={"value": value, "currency": "RUB"}))
        assert (await gateway.fetch(PAYMENT_ID)).price == kopecks


async def test_another_sellers_metadata_spoils_nothing(wire, gateway):
    wire.will(payment(metadata={"cart": ["a"], "n": 1, "who": "else"}), payment(metadata=None))
    assert (await gateway.fetch(PAYMENT_ID)).metadata == {"who": "else"}
    assert (await gateway.fetch(PAYMENT_ID)).metadata == {}


@pytest.mark.parametrize("wrong", ["", "../refunds", f"{PAYMENT_ID}?a=1", "a/b", "%2e", "я" * 9])
async def test_an_id_that_is_an_address_is_not_asked_about(wire, gateway, wrong):
    for ask in (gateway.fetch, gateway.fetch_refund):
        with pytest.raises(NotThereError):
            await ask(wrong)
    assert wire.asked == []


async def test_the_list_is_read_page_by_page(wire, gateway):
    wire.will(listed(payment(), payment(id="other"), next_cursor="37a5c87d"), listed())
    page = await gateway.payments_since(SINCE)
    assert [found.payment_id for found in page.payments] == [PAYMENT_ID, "other"]
    last = await gateway.payments_since(SINCE, page.next_cursor)
    assert (last.payments, last.next_cursor) == ((), None)
    first, second = wire.asked
    assert first.query == {"created_at.gte": "2026-11-20T09:30:00.000Z", "limit": "100"}
    assert second.query == {**first.query, "cursor": "37a5c87d"}


async def test_money_goes_back_with_a_key_and_to_the_kopeck(wire, gateway):
    wire.will(refund(status="pending"))
    asked_back = await gateway.refund(ORDER_ID, PAYMENT_ID, 3_980)
    [asked] = wire.asked
    assert (asked.method, asked.path) == ("POST", "/v3/refunds")
    assert asked.headers["idempotence-key"] == str(ORDER_ID)
    assert json.loads(asked.body) == {
        "payment_id": PAYMENT_ID,
        "amount": {"value": "39.80", "currency": "RUB"},
    }
    assert (asked_back.refund_id, asked_back.state) == (REFUND_ID, RefundState.PENDING)
    assert (asked_back.money, asked_back.payment_id) == (3_980, PAYMENT_ID)


async def test_refunds_are_found_by_id_by_payment_and_by_time(wire, gateway):
    wire.will(
        refund(status="canceled", cancellation_details={"reason": "insufficient_funds"}),
        listed(refund(), next_cursor="2"),
        listed(refund(id="other")),
        listed(refund(), next_cursor="3"),
    )
    assert (await gateway.fetch_refund(REFUND_ID)).reason == "insufficient_funds"
    both = await gateway.refunds_of(PAYMENT_ID)
    assert [found.refund_id for found in both] == [REFUND_ID, "other"]
    page = await gateway.refunds_since(SINCE)
    assert ([found.money for found in page.refunds], page.next_cursor) == ([3_980], "3")
    assert [asked.query.get("payment_id") for asked in wire.asked] == [
        None, PAYMENT_ID, PAYMENT_ID, None,
    ]  # fmt: skip


async def test_refunds_without_an_end_are_not_read_for_ever(wire, gateway):
    wire.will(listed(refund(), next_cursor="again"))
    with pytest.raises(GatewaySilentError, match="no end"):
        await gateway.refunds_of(PAYMENT_ID)


async def test_the_key_is_in_no_error_and_no_log(wire, caplog):
    caplog.set_level(logging.DEBUG)
    wire.will(Answer(refusal("invalid_credentials"), 401), Answer(b"<html>", 502), DROPPED, HUNG)
    async with open_gateway(wire, **HASTY) as gateway:
        for _ in range(4):
            with pytest.raises(GatewayError) as refused:
                await gateway.create(REQUEST)
            told = "".join(traceback.format_exception(refused.value)) + caplog.text
            assert "/payments" in told
            for secret in (KEY, AUTHORIZATION.removeprefix("Basic ")):
                assert secret not in told
        assert KEY not in repr(vars(gateway))


async def test_the_sdk_keeps_nothing_of_a_shop_for_the_rest_of_the_process(wire):
    wire.will(payment())
    async with open_gateway(wire) as ours, open_gateway(wire, yookassa_shop_id="7") as other:
        assert (Configuration.account_id, Configuration.secret_key) == (None, None)
        await ours.create(REQUEST)
        await other.create(REQUEST)
        assert (ours.shop_id, other.shop_id) == (SHOP, "7")
    assert wire.asked[0].headers["authorization"] != wire.asked[1].headers["authorization"]


async def test_a_password_file_of_the_machine_does_not_replace_the_key(
    wire, gateway, tmp_path, monkeypatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.will(payment())
    await gateway.fetch(PAYMENT_ID)
    assert wire.asked[0].headers["authorization"] == AUTHORIZATION
