"""The bell over real HTTP: whatever rings it, only what the provider says when asked counts."""

import asyncio
import json
from contextlib import asynccontextmanager
from ipaddress import ip_network
from uuid import UUID

import httpx
import pytest

from contracts.serving import serving
from ledger.payments.turns import Turns
from ledger.payments.webhook import BODY_BYTES_MAX, PATH, Bell, build_app
from tests.integration.payments_fixture import real_world
from tests.memory_gateway import MemoryGateway
from tests.payments_world import MINUTE
from tests.quiet_logs import quiet_logs

LOOPBACK = (ip_network("127.0.0.0/8"),)
THEIRS, OTHERS, STRANGER = "185.71.76.5", "77.75.153.9", "6.6.6.6"
COOLDOWN_S = 0.2
RECORDED = "SELECT sender, event, object_id, outcome FROM ledger.payment_notifications ORDER BY id"


class Hall:
    """The ledger's door, and what stands in its book of rings."""

    def __init__(self, world, ledger, client):
        self.world, self.ledger, self.client = world, ledger, client

    async def ring(self, payment_id, event="payment.succeeded", **options):
        name = "payment_id" if event.startswith("refund.") else "id"
        about = {"id": "31a5c2d4-000f-5000-8000-1b2c3d4e5f60", "status": "succeeded"}
        body = {"type": "notification", "event": event, "object": {**about, name: payment_id}}
        return await self.post(json.dumps(body).encode(), **options)

    async def post(self, body, sender=None):
        headers = {"X-Forwarded-For": sender} if sender else {}
        answer = await self.client.post(PATH, content=body, headers=headers)
        return answer.status_code, answer.json()["outcome"]

    async def outcomes(self):
        return [row["outcome"] for row in await self.world.pool.fetch(RECORDED)]

    async def senders(self):
        return [row["sender"] for row in await self.world.pool.fetch(RECORDED)]

    async def balance(self):
        return await self.ledger.balance()


@asynccontextmanager
async def opened(database, proxies=(), make_gateway=None, cooldown_s=0.05):
    with quiet_logs():
        async with real_world(database) as world:
            if make_gateway is not None:
                world.gateway = make_gateway(world.clock)
            async with world.ledger() as ledger, asyncio.TaskGroup() as tasks:
                await ledger.open()
                settle = ledger.shop.settling.settle
                turns = Turns(settle, tasks, cooldown_s=cooldown_s, waiting_max=256)
                app = build_app(Bell(turns.answer, ledger.store, proxies, world.clock))
                async with (
                    serving(app, host="127.0.0.1", port=0, wake=lambda: None) as address,
                    httpx.AsyncClient(base_url=address, timeout=30) as client,
                ):
                    yield Hall(world, ledger, client)


@pytest.fixture
async def hall(database):
    async with opened(database) as hall:
        yield hall


@pytest.fixture
async def proxied(database):
    async with opened(database, LOOPBACK) as hall:
        yield hall


async def ordered(hall, number=7, plan="starter"):
    await hall.ledger.buy(order_id=UUID(int=number), plan=plan)
    return list(hall.world.gateway.payments)[-1]


async def paid(hall):
    payment_id = await ordered(hall)
    hall.world.gateway.pay(payment_id)
    return payment_id


ABOUT = b'{"type": "notification", "event": "%s", "object": {"id": "%s"}}'
BAD = [
    (b"", "no_json"),
    (b"\x00\xff\xfe", "no_json"),
    (b"[" * 60_000, "no_json"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "no_json"),
    (b"9" * 60_000, "no_json"),
    (b"[]", "no_notification"),
    (b"null", "no_notification"),
    (b'{"type": "error"}', "no_notification"),
    (b'{"type": "notification"}', "no_event"),
    (b'{"type": "notification", "event": "payment.succeeded"}', "no_event"),
    (b'{"type": "notification", "event": "payment.succeeded", "object": []}', "no_event"),
    (b'{"type": "notification", "event": 7, "object": {}}', "no_event"),
    (b'{"type": "notification", "event": "payment.\\u0000", "object": {}}', "no_event"),
    (b'{"type": "notification", "event": "deal.\\ud800", "object": {}}', "no_event"),
    (b'{"type": "notification", "event": "payment.succeeded", "object": {}}', "no_payment"),
    (
        b'{"type": "notification", "event": "payment.succeeded", "object": {"id": 1}}',
        "no_payment",
    ),
    (ABOUT % (b"payment.succeeded", b"../../v3/payments/2f0c1b1e"), "no_payment"),
    (ABOUT % (b"refund.succeeded", b"2f0c1b1e-000f-5000-8000-1b2c3d4e5f60"), "no_payment"),
]


async def test_what_cannot_be_read_is_recorded_and_asks_nobody(hall):
    for body, outcome in BAD:
        assert await hall.post(body) == (400, outcome)
    assert await hall.outcomes() == [outcome for _, outcome in BAD]
    assert not hall.world.gateway.calls


async def test_five_megabytes_are_refused_and_the_next_one_is_served(hall):
    payment_id = await paid(hall)
    assert await hall.post(b" " * 5 * 1024 * 1024) == (413, "too_large")
    assert await hall.post(b" " * (BODY_BYTES_MAX + 1)) == (413, "too_large")
    assert await hall.ring(payment_id) == (200, "credited")


async def test_whoever_hangs_up_in_the_middle_harms_nobody(hall):
    payment_id = await paid(hall)
    url = hall.client.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    assert await hall.ring(payment_id) == (200, "credited")


async def test_another_method_or_path_is_not_there(hall):
    assert (await hall.client.get(PATH)).status_code == 405
    assert (await hall.client.delete(PATH)).status_code == 405
    assert (await hall.client.post("/webhooks/other")).status_code == 404


async def test_what_is_about_no_payment_is_recorded_and_done_with(hall):
    body = b'{"type": "notification", "event": "deal.closed", "object": {"id": "d-1"}}'
    assert await hall.post(body) == (200, "ignored")
    assert await hall.outcomes() == ["ignored"]


async def test_a_forged_success_credits_nobody(hall):
    payment_id = await ordered(hall)
    unknown = "2f0c1b1e-000f-5000-8000-ffffffffffff"
    assert await hall.ring(payment_id) == (200, "pending")
    assert await hall.ring(unknown) == (200, "not_there")
    assert await hall.balance() == (1, 0)
    assert await hall.outcomes() == ["pending", "not_there"]


async def test_five_duplicates_and_two_forged_ones_credit_once_and_all_are_recorded(hall):
    payment_id = await ordered(hall)
    outcomes = [await hall.ring(payment_id), await hall.ring(payment_id)]
    hall.world.gateway.pay(payment_id)
    outcomes += [await hall.ring(payment_id) for _ in range(5)]
    said = ["pending", "pending", "credited", "known", "known", "known", "known"]
    assert [outcome for _, outcome in outcomes] == said == await hall.outcomes()
    assert await hall.balance() == (6, 0)


async def test_bells_in_the_wrong_order_say_the_same(hall):
    payment_id = await paid(hall)
    hall.world.gateway.send_back(payment_id, 9_950)
    assert await hall.ring(payment_id, "refund.succeeded") == (200, "credited")
    assert await hall.ring(payment_id, "payment.waiting_for_capture") == (200, "known")
    assert await hall.ring(payment_id, "payment.canceled") == (200, "known")
    assert await hall.ring(payment_id) == (200, "known")
    assert await hall.balance() == (4, 0)


async def test_a_bell_before_the_order_is_visible_has_to_come_again(hall, databases):
    payment_id = await paid(hall)
    with databases.one() as other:
        async with opened(other, make_gateway=lambda _: hall.world.gateway) as early:
            assert await early.ring(payment_id) == (503, "not_visible")
            await early.ledger.buy()
            assert await early.ring(payment_id) == (200, "credited")
            assert await early.balance() == (6, 0)
            assert await early.outcomes() == ["not_visible", "credited"]


async def test_while_the_provider_is_silent_the_bell_has_to_come_again(hall):
    payment_id = await paid(hall)
    hall.world.gateway.is_down = True
    assert await hall.ring(payment_id) == (503, "later")
    hall.world.gateway.is_down = False
    assert await hall.ring(payment_id) == (200, "credited")
    assert await hall.outcomes() == ["later", "credited"]


async def test_nobody_is_believed_who_they_are_without_a_proxy(hall):
    payment_id = await paid(hall)
    assert await hall.ring(payment_id, sender=STRANGER) == (200, "credited")
    assert await hall.senders() == ["127.0.0.1"]


async def test_behind_a_proxy_only_the_provider_is_heard(proxied):
    payment_id = await paid(proxied)
    for sender in (STRANGER, f"{THEIRS}, {STRANGER}", "nonsense", None):
        assert await proxied.ring(payment_id, sender=sender) == (403, "foreign_address")
    assert await proxied.balance() == (1, 0)
    assert await proxied.ring(payment_id, sender=f"{STRANGER}, {THEIRS}") == (200, "credited")
    assert await proxied.senders() == [STRANGER, STRANGER, "unknown", "127.0.0.1", THEIRS]


class SlowGateway(MemoryGateway):
    """It counts how many ask about one payment at a time."""

    at_once = 0
    at_once_max = 0

    async def fetch(self, payment_id):
        self.at_once += 1
        self.at_once_max = max(self.at_once_max, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        return await super().fetch(payment_id)


async def _ring_often(hall, payment_id):
    return [(await hall.ring(payment_id, sender=THEIRS))[0] for _ in range(20)]


async def test_a_thousand_rings_are_a_few_questions_and_nothing_real_is_lost(database):
    async with opened(database, LOOPBACK, SlowGateway, COOLDOWN_S) as hall:
        noise, real = await ordered(hall, 7), await ordered(hall, 8, "pro")
        hall.world.gateway.pay(real)
        loop = asyncio.get_running_loop()
        began = loop.time()
        crowd = [asyncio.ensure_future(_ring_often(hall, noise)) for _ in range(50)]
        await asyncio.sleep(0)
        assert await hall.ring(real, sender=OTHERS) == (200, "credited")
        answers = [status for part in await asyncio.gather(*crowd) for status in part]
        took_s = loop.time() - began
        gateway = hall.world.gateway
        assert set(answers) == {200, 429}
        assert gateway.at_once_max <= 2
        assert gateway.calls["fetch"] - 1 <= took_s / COOLDOWN_S + 2
        assert len(await hall.outcomes()) == answers.count(200) + 1
        gateway.pay(noise)
        hall.world.pass_time(2 * MINUTE)
        await hall.ledger.look_after()
        assert await hall.balance() == (26, 0)
