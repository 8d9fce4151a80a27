"""Payments in Telegram Stars: the real bot, the emulated Telegram, and a ledger played by us."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from bot.desk import Person
from bot.ledger import LedgerClient
from bot.main import serve_bot
from bot.refunding import NotPaidError, refund_stars
from bot.stars import send_invoice
from bot.texts import Texts, Voice
from contracts import topology
from contracts.bus import Bus, backlog_of, declare
from contracts.bus.requests import Route, serve
from contracts.messages import (
    Currency,
    GetPayment,
    Payment,
    PaymentProvider,
    PaymentState,
    Refusal,
    RefusalCode,
    ReportStars,
    ReportStarsRefund,
)
from contracts.topology import Service
from infra.sandbox.telegram import checkouts
from infra.sandbox.telegram.faults import FaultRule
from infra.sandbox.telegram.phone import Phone
from tests.eventually import eventually
from tests.telegram_fixture import RunningTelegram, running_telegram

ME = "tg:42"
ORDER = Payment(
    order_id=UUID(int=7),
    account=ME,
    provider=PaymentProvider.STARS,
    plan="pro",
    title="Профи",
    credits=20,
    price=525,
    currency=Currency.XTR,
    state=PaymentState.OPENED,
    expires_at=datetime.now(UTC) + timedelta(hours=1),
    balance=0,
)
LANE = topology.BOT_UPDATES[42 % topology.BOT_PARTITIONS]


class Ledger:
    """Answers what the bot asks about Stars, and keeps what it was told."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.orders = {ORDER.order_id: ORDER}
        self.told: list[ReportStars] = []
        self.told_back: list[ReportStarsRefund] = []
        self.refusal: RefusalCode | None = None
        self._stop = asyncio.Event()

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        self._stop.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.serve())
            try:
                yield
            finally:
                self.fall_silent()

    async def serve(self) -> None:
        routes = [
            Route(topology.PAYMENT, GetPayment, self._payment),
            Route(topology.REPORT_STARS, ReportStars, self._paid),
            Route(topology.REPORT_STARS_REFUND, ReportStarsRefund, self._refunded),
        ]
        await serve(self._bus, routes, self._stop, version="0.0.1")

    def fall_silent(self) -> None:
        self._stop.set()

    async def _payment(self, query: GetPayment) -> Payment | Refusal:
        found = self.orders.get(query.order_id)
        if found is None or found.account != query.account:
            return Refusal(code=RefusalCode.ORDER_UNKNOWN)
        return found

    async def _paid(self, command: ReportStars) -> Payment | Refusal:
        self.told.append(command)
        return Refusal(code=self.refusal) if self.refusal else ORDER

    async def _refunded(self, command: ReportStarsRefund) -> Payment:
        self.told_back.append(command)
        return ORDER


class Scene:
    def __init__(self, telegram: RunningTelegram, ledger: Ledger, bot: Bus) -> None:
        self.telegram, self.ledger, self.bot = telegram, ledger, bot

    @property
    def phone(self) -> Phone:
        return self.telegram.phone()

    async def bill(self, payment: Payment = ORDER) -> int:
        async with self.telegram.bot() as bot:
            person = Person(account=ME, chat_id=42, voice=Voice(Texts(), "ru"))
            message = await send_invoice(SimpleNamespace(bot=bot), person, payment)
            return message.message_id

    async def all_is_heard(self) -> bool:
        return self.telegram.world.queue.count == 0 and await backlog_of(self.bot, LANE) == 0


@pytest.fixture
def open_scene(tmp_path, connect, nats_server, monkeypatch) -> Callable:
    @asynccontextmanager
    async def open_one(**settings: str) -> AsyncIterator[Scene]:
        buses = {one: await connect(one) for one in (Service.LEDGER, Service.VIDEOGEN, Service.BOT)}
        for bus in buses.values():
            await declare(bus)
        async with running_telegram(tmp_path / "telegram") as telegram:
            for name, value in {
                "TELEGRAM_BOT_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.address,
                "NATS_URL": nats_server.url,
                "NATS_SEED_FILE": str(nats_server.seeds[Service.BOT]),
                **settings,
            }.items():
                monkeypatch.setenv(name, value)
            telegram.phone()
            telegram.world.find_chat(42).state.is_started = True
            ledger, stop = Ledger(buses[Service.LEDGER]), asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(ledger.serve())
                tasks.create_task(serve_bot(stop))
                try:
                    yield Scene(telegram, ledger, buses[Service.BOT])
                finally:
                    ledger.fall_silent()
                    stop.set()
            assert telegram.problems() == []

    return open_one


@pytest.fixture
async def scene(open_scene) -> AsyncIterator[Scene]:
    async with open_scene() as one:
        yield one


async def test_each_payment_is_told_once_under_its_own_charge_id(scene):
    """Though the same invoice is paid twice, and the first update comes twice."""
    await scene.bill()
    twice = FaultRule(kind="duplicate_update", contains="successful_payment", times=1)
    scene.telegram.world.faults.add(twice)
    charges = [(await scene.phone.pay()).charge_id for _ in range(2)]
    await eventually(lambda: len(scene.ledger.told) == 2)
    await eventually(scene.all_is_heard)
    assert [one.charge_id for one in scene.ledger.told] == charges
    assert len(set(charges)) == 2
    told = {(one.account, one.order_id, one.stars) for one in scene.ledger.told}
    assert told == {(ME, ORDER.order_id, 525)}


async def test_a_payment_is_let_through_while_the_persons_lane_is_stuck(scene):
    await scene.bill()
    hold = scene.telegram.world.faults.add(FaultRule(kind="hold", method="sendMessage"))
    for _ in range(3):
        scene.phone.send_text("/nonsense")
    await eventually(lambda: hold.held)
    paid = await scene.phone.pay()
    assert (paid.state, hold.held) == ("paid", 1)
    assert paid.answered_after_s < 3
    assert scene.ledger.told == []
    scene.telegram.world.faults.clear()
    await eventually(lambda: scene.ledger.told)


async def test_a_silent_ledger_lets_no_payment_through_but_hears_later_of_what_was_paid(scene):
    await scene.bill()
    paid = await scene.phone.pay(loses_update=True)
    scene.ledger.fall_silent()
    late = scene.phone.view().messages[-1]
    scene.telegram.world.queue.add("message", late.wire)
    refused = await scene.phone.pay()
    assert (refused.state, refused.error) == (
        "refused",
        "Сейчас не получается проверить счёт. Попробуйте через минуту. Звёзды не списаны.",
    )
    await eventually(lambda: scene.telegram.world.queue.count == 0)
    assert scene.ledger.told == []
    async with scene.ledger.speaking():
        await eventually(lambda: scene.ledger.told, within_s=20)
    assert [one.charge_id for one in scene.ledger.told] == [paid.charge_id]


async def test_what_no_update_told_is_found_in_the_list_of_transactions(open_scene):
    async with open_scene(BOT_STARS_CHECK_S="0.1") as scene:
        await scene.bill()
        lost = await scene.phone.pay(loses_update=True)
        await eventually(lambda: scene.ledger.told)
        checkouts.refund(scene.telegram.world, 42, lost.charge_id, loses_update=True)
        await eventually(lambda: scene.ledger.told_back)
        looks = len(scene.telegram.world.log.calls(method="getStarTransactions"))
        await eventually(
            lambda: len(scene.telegram.world.log.calls(method="getStarTransactions")) > looks + 2
        )
    assert [one.charge_id for one in scene.ledger.told] == [lost.charge_id]
    assert [one.charge_id for one in scene.ledger.told_back] == [lost.charge_id]


async def test_an_operator_gives_stars_back_and_may_say_so_twice(scene):
    """The ledger hears of it from the console, and from Telegram's message in the bot's name."""
    await scene.bill()
    paid = await scene.phone.pay()
    await eventually(lambda: scene.ledger.told)
    assert await run_console("refund-stars", paid.charge_id, "--user", "42") == (
        0,
        "525 Stars of tg:42 went back; the ledger knows\n",
    )
    await eventually(lambda: len(scene.ledger.told_back) == 2)
    async with scene.telegram.bot() as bot:
        ledger = LedgerClient(scene.bot)
        again = await refund_stars(bot, ledger, 42, paid.charge_id)
        with pytest.raises(NotPaidError):
            await refund_stars(bot, ledger, 7, paid.charge_id)
    assert again == "525 Stars of tg:42 had gone back; the ledger knows"
    told = {(one.account, one.charge_id, one.stars) for one in scene.ledger.told_back}
    assert told == {(ME, paid.charge_id, 525)}


async def run_console(*arguments: str) -> tuple[int | None, str]:
    command = (sys.executable, "-m", "bot", *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    written, _ = await process.communicate()
    return process.returncode, written.decode()
