"""`ledger payments` as an operator runs it, against a provider at the other end of a socket."""

import asyncio
import os
import sys

import asyncpg
import pytest

from tests.integration.payments_fixture import real_world
from tests.memory_gateway import Fault
from tests.payments_world import ME
from tests.quiet_logs import quiet_logs
from tests.yookassa_wire import KEY, SHOP, listed, open_wire, payment, refund, settings_of

EMAIL = "buyer@example.ru"
TABLES = """
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'ledger'::regnamespace ORDER BY 1
"""


@pytest.fixture
async def world(database):
    with quiet_logs():
        async with real_world(database) as world, world.ledger() as ledger:
            await ledger.open(ME)
            await world.follow()
            yield world


@pytest.fixture
async def wire():
    async with open_wire() as wire:
        yield wire


@pytest.fixture
def console(database, wire):
    async def run(*arguments, shop=True):
        environment = {**os.environ, "DATABASE_URL": database.service}
        if shop:
            environment |= {
                "YOOKASSA_SHOP_ID": SHOP,
                "YOOKASSA_SECRET_KEY": KEY,
                "YOOKASSA_API_URL": wire.url,
            }
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-P", "-m", "ledger", "payments", *arguments],
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    return run


async def credited(world):
    async with world.ledger() as ledger:
        await ledger.buy()
        [payment_id] = world.gateway.payments
        world.gateway.pay(payment_id)
        await ledger.settle(payment_id)
    await world.follow()
    return payment_id


def told(world, payment_id, **fields):
    """Return the payment as the wire tells of it."""
    one = world.gateway.payments[payment_id]
    said = {
        "id": payment_id,
        "status": one.state,
        "paid": True,
        "metadata": dict(one.metadata),
        "created_at": f"{one.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
        **fields,
    }
    return payment(**said)


async def test_the_list_says_how_orders_stand(world, console):
    assert await console(shop=False) == (0, "no orders\n", "")
    payment_id = await credited(world)
    code, out, _ = await console(shop=False)
    assert code == 0
    for word in (payment_id, ME, "completed", "starter 5 for 199.00 RUB"):
        assert word in out
    assert (await console("--open", shop=False))[1] == "no orders\n"


async def test_reconcile_says_whether_log_and_provider_agree(world, console, wire):
    payment_id = await credited(world)
    wire.will(listed(told(world, payment_id)))
    code, out, err = await console("reconcile")
    assert (code, err) == (0, "")
    assert out.startswith("no differences since")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": {"value": "199.01", "currency": "RUB"}}, "wrong amount"),
        ({"status": "canceled", "paid": False}, "credited and not paid"),
        ({"refunded_amount": {"value": "1.00", "currency": "RUB"}}, "refunded otherwise"),
    ],
)
async def test_reconcile_names_the_payment_that_differs(world, console, wire, fields, said):
    payment_id = await credited(world)
    wire.will(listed(told(world, payment_id, **fields)))
    code, out, _ = await console("reconcile", "--since", "36h")
    assert code == 1
    assert f"{said}: payment {payment_id}, order" in out


async def test_reconcile_names_what_is_paid_and_not_credited(world, console, wire):
    payment_id = await credited(world)
    other = "2f0c1b1e-000f-5000-8000-eeeeeeeeeeee"
    ours = told(world, payment_id, id=other, created_at="2026-11-20T10:00:00.000Z")
    foreign = {**ours, "id": "2f0c1b1e-000f-5000-8000-dddddddddddd", "metadata": {}}
    wire.will(listed(told(world, payment_id), ours, foreign))
    code, out, _ = await console("reconcile")
    assert code == 1
    assert f"paid and not credited: payment {other}" in out
    assert f"unknown payment: payment {foreign['id']}, no order" in out
    assert "2 differences" in out


async def test_a_refund_goes_on_under_its_id_and_names_each_payment(world, console, wire):
    payment_id = await credited(world)
    second = world.gateway.make(world.gateway.payments[payment_id].metadata, 19_900)
    world.gateway.pay(second)
    async with world.ledger() as ledger:
        await ledger.settle(second)
    order_id = world.gateway.payments[payment_id].metadata["order_id"]
    code, _, err = await console("refund", order_id)
    assert code != 0
    assert payment_id in err
    assert second in err
    refund_id = "5e0a4bd1-6f07-4a53-9d6f-5d4f0f3b0b11"
    wire.will(refund(payment_id=second, amount={"value": "199.00", "currency": "RUB"}))
    for _ in range(2):
        code, out, err = await console("refund", second, "--refund-id", refund_id)
        assert code == 0, err
        assert out.endswith(f"refund {refund_id} of 199.00 RUB: succeeded\n")
    async with world.ledger() as ledger:
        assert await ledger.balance() == (6, 0)
    code, _, err = await console("refund", second)
    assert (code != 0, "all of it went back already" in err) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reconcile"], "YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY are not set"),
        (["refund", "nothing"], "YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY are not set"),
    ],
)
async def test_without_a_shop_one_line_says_what_is_missing(console, arguments, said):
    code, out, err = await console(*arguments, shop=False)
    assert code != 0
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [["refund", "nothing"], ["refund"], ["refund", "x", "--amount", "-1"], ["forget"]]
)
async def test_bad_input_is_one_line(console, arguments):
    code, out, err = await console(*arguments)
    assert (code != 0, out) == (True, "")
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


async def test_whoever_is_forgotten_is_in_no_table_any_more(world, console, database):
    world.settings = settings_of(yookassa_receipts=True)
    async with world.ledger() as ledger:
        await ledger.buy(email=EMAIL)
    payment_id = next(iter(world.gateway.payments))
    world.gateway.pay(payment_id)
    async with world.ledger() as ledger:
        await ledger.settle(payment_id)
    assert await _tables_with_it(database) == ["ledger.payment_customers"]
    assert (await console("forget", ME, shop=False))[:2] == (0, f"{ME}: 1 erased\n")
    assert await _tables_with_it(database) == []


async def test_a_request_that_is_still_needed_loses_its_address_when_it_is_answered(
    world, console, database
):
    world.settings = settings_of(yookassa_receipts=True)
    world.gateway.faults += [Fault.LOST]
    async with world.ledger() as ledger:
        await ledger.buy(email=EMAIL)
    await console("forget", ME, shop=False)
    assert await _tables_with_it(database) == ["ledger.payment_orders"]
    async with world.ledger() as ledger:
        [order_id] = world.gateway.bodies
        await ledger.check(order_id)
    [first, second] = world.gateway.bodies[order_id]
    assert first == second
    assert await _tables_with_it(database) == []


async def _tables_with_it(database):
    tables = [row["name"] for row in await _as(database.owner, TABLES)]
    like = f"t::text LIKE '%{EMAIL}%'"
    return [
        name
        for name in tables
        if await _as(database.owner, f"SELECT 1 FROM {name} t WHERE {like} LIMIT 1")  # noqa: S608 - our tables
    ]


async def _as(url, query):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


HIDDEN = {
    "payment_orders": "body",
    "payment_customers": "email",
    "payment_notifications": "body",
    "payment_refunds": "receipt",
}


@pytest.mark.parametrize("table", HIDDEN)
async def test_the_reader_sees_nobodys_address(database, table):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _as(database.reader, f"SELECT {HIDDEN[table]} FROM ledger.{table}")  # noqa: S608 - a list of ours


async def test_the_reader_sees_how_payments_stand(database):
    seen = "SELECT order_id, next_check_at, trouble FROM ledger.payment_orders"
    assert await _as(database.reader, seen) == []
