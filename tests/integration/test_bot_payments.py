"""Buying through the real bot, Telegram's emulator and NATS; the ledger that sells is a double."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.main import serve_bot
from bot.stores import Drafts, Photos
from contracts import topology
from contracts.bus import Bus, Objects, Route, Values, backlog_of, declare, serve, tail_of
from contracts.messages import (
    Buy,
    CheckPayment,
    Deduct,
    GetBalance,
    GetPayment,
    GetPlans,
    GetTerms,
    LedgerFact,
    OperatorAlert,
)
from contracts.studio import STUDIO_KEY, StudioStatus
from contracts.topology import REFILL_HEADER, Service
from infra.sandbox.telegram.phone import Phone
from infra.sandbox.telegram.tapping import Tap
from tests.eventually import eventually
from tests.pay_chat import DRAFT, Heard
from tests.sandbox.pictures import picture
from tests.selling_ledger import SellingLedger
from tests.telegram_fixture import RunningTelegram, running_telegram

ME = "tg:42"


@dataclass
class Shop:
    telegram: RunningTelegram
    buses: dict[Service, Bus]
    ledger: SellingLedger = field(default_factory=SellingLedger)
    published: int = 0

    @property
    def phone(self) -> Phone:
        return self.telegram.phone(42)

    def said(self, person_id: int = 42) -> list[str]:
        view = self.telegram.phone(person_id).view()
        return [one.text for one in view.messages if one.outgoing]

    async def hears(self, words: str) -> str:
        return await eventually(lambda: next((one for one in self.said() if words in one), None))

    async def buys(self, label: str = "Профи · 699 ₽", times: int = 1) -> None:
        self.phone.send_text("/buy")
        await self.hears("за видео")
        self.phone.tap(Tap(label=label), times=times)

    async def publish(self, fact: LedgerFact, *, refill_until: int = 0) -> None:
        """Say it as the outbox does; under another message id NATS does not know it again."""
        self.published += 1
        headers = {REFILL_HEADER: str(refill_until)} if refill_until else {}
        await self.buses[Service.LEDGER].publish(
            topology.ledger_event(Heard(fact).name, fact.account),
            fact,
            message_id=f"fact-{self.published}",
            headers=headers,
        )

    async def all_is_heard(self) -> bool:
        return await backlog_of(self.buses[Service.BOT], topology.BOT_PAYMENTS) == 0

    def routes(self) -> list[Route]:
        sells = self.ledger
        return [
            Route(topology.PLANS, GetPlans, lambda body: sells.plans(body.account)),
            Route(topology.TERMS, GetTerms, lambda _: sells.terms()),
            Route(topology.BALANCE, GetBalance, lambda body: sells.balance(body.account)),
            Route(topology.BUY, Buy, sells.buy),
            Route(topology.DEDUCT, Deduct, sells.deduct),
            Route(
                topology.PAYMENT,
                GetPayment,
                lambda body: sells.payment(body.account, body.order_id),
            ),
            Route(
                topology.CHECK_PAYMENT,
                CheckPayment,
                lambda body: sells.check_payment(body.account, body.order_id),
            ),
        ]


@pytest.fixture
async def shop(tmp_path, connect, nats_server, monkeypatch) -> AsyncIterator[Shop]:
    buses = {
        service: await connect(service)
        for service in (Service.LEDGER, Service.VIDEOGEN, Service.BOT)
    }
    for bus in buses.values():
        await declare(bus)
    async with running_telegram(tmp_path / "telegram") as telegram:
        for person_id in (42, 7):
            telegram.phone(person_id)
            telegram.world.find_chat(person_id).state.is_started = True
        shop = Shop(telegram, buses)
        shop.ledger.recorded_at = datetime.now(UTC)
        for name, value in {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.address,
            "NATS_URL": nats_server.url,
            "NATS_SEED_FILE": str(nats_server.seeds[Service.BOT]),
            "BOT_OPERATOR_CHAT": "7",
        }.items():
            monkeypatch.setenv(name, value)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(buses[Service.LEDGER], shop.routes(), stop, version="0.0.0"))
            tasks.create_task(serve_bot(stop))
            try:
                yield shop
            finally:
                stop.set()
        assert telegram.problems() == []


async def test_credits_are_bought_in_the_chat_and_told_once(shop):
    shop.ledger.wants_receipts = True
    await shop.buys()
    await shop.hears("прислать чек")
    shop.phone.send_text("anna@mail.ru")
    await shop.hears("20 кредитов за 699 ₽")
    [asked] = shop.ledger.asked
    link = shop.phone.tap(Tap(label="Оплатить 699 ₽"))
    assert (link.action, link.value) == ("url", f"https://pay.example/{asked.order_id.hex}")
    shop.phone.tap(Tap(label="Я оплатил — проверить"))
    await eventually(lambda: shop.phone.view().callbacks[-1].is_answered)
    paid = shop.ledger.pay(asked.order_id)
    await shop.publish(paid)
    await shop.publish(paid)
    await shop.publish(paid, refill_until=paid.position)
    told = await shop.hears("Оплата прошла")
    assert told.endswith("Ваш баланс: 20 кредитов.\nЧек придёт на a***@mail.ru.")
    await shop.hears("Оплачено ✅")
    await eventually(shop.all_is_heard)
    assert sum("Оплата прошла" in text for text in shop.said()) == 1


async def test_hasty_taps_are_one_order(shop):
    await shop.buys(times=3)
    await eventually(lambda: len(shop.ledger.asked) == 3)
    await eventually(lambda: sum("показан ниже" in text for text in shop.said()) == 2)
    assert len(shop.ledger.orders) == 1


async def test_a_photo_ends_the_question_for_the_address(shop):
    shop.ledger.wants_receipts = True
    await shop.buys()
    await shop.hears("прислать чек")
    await shop.phone.send_photo(picture(800, 800))
    await shop.hears("что это за товар")
    shop.phone.send_text("Кружка")
    await shop.hears("Выберите шаблон")
    assert shop.ledger.asked == []


async def test_the_draft_goes_on_after_the_payment(shop):
    bot = shop.buses[Service.BOT]
    data = picture(400, 400)
    photos = Photos(Objects.of(bot, topology.DRAFT_PHOTOS), Objects.of(bot, topology.ORDER_PHOTOS))
    await photos.keep(ME, data)
    digest = DRAFT.photo.model_copy(update={"digest": _sha256(data)})
    draft = DRAFT.model_copy(update={"photo": digest})
    await Drafts(Values.of(bot, topology.DRAFTS)).change(ME, lambda _: draft)
    status = StudioStatus(beat_at=datetime.now(UTC)).model_dump_json().encode()
    await Values.of(shop.buses[Service.VIDEOGEN], topology.STATUS).create(STUDIO_KEY, status)
    shop.phone.tap(Tap(data=f"go:{draft.draft_id.hex}:{draft.revision}", message_id=1, anyway=True))
    await shop.hears("ролик запустится сам")
    shop.phone.tap(Tap(label="Оплатить и сразу создать: Профи, 699 ₽"))
    await shop.hears("После оплаты ролик запустится сам.")
    [asked] = shop.ledger.asked
    paid = shop.ledger.pay(asked.order_id)
    await shop.publish(paid)
    await shop.publish(paid)
    await eventually(lambda: shop.ledger.deducted)
    await eventually(shop.all_is_heard)
    [order] = shop.ledger.deducted
    assert (order.draft_id, order.revision) == (draft.draft_id, draft.revision)


async def test_what_is_a_day_old_is_not_announced(shop):
    await shop.buys()
    await shop.hears("20 кредитов за 699 ₽")
    shop.ledger.recorded_at = datetime.now(UTC) - timedelta(hours=25)
    await shop.publish(shop.ledger.pay(shop.ledger.asked[0].order_id), refill_until=5)
    await shop.hears("Оплачено ✅")
    await eventually(shop.all_is_heard)
    assert not any("Оплата прошла" in text for text in shop.said())


async def test_the_ledger_s_alert_reaches_the_operator_once(shop):
    alert = OperatorAlert(
        alert_id="paid_twice-1",
        occurred_at=datetime.now(UTC),
        provider="yookassa",
        code="paid_twice",
        detail="order 1",
    )
    for number in range(2):
        subject = topology.ledger_alert(alert.code)
        await shop.buses[Service.LEDGER].publish(subject, alert, message_id=f"alert-{number}")
    await eventually(lambda: shop.said(7))
    bot = shop.buses[Service.BOT]
    await eventually(lambda: _is_heard(bot))
    [told] = shop.said(7)
    assert told.startswith("⚠️ yookassa: один заказ оплачен дважды (paid_twice).")
    assert told.endswith("\norder 1")


async def test_poison_facts_are_set_aside_and_the_bot_goes_on(shop):
    ledger = shop.buses[Service.LEDGER]
    names = [subject.split(".")[2] for subject in topology.BOT_PAYMENTS.filters]
    for number, name in enumerate(names):
        for body in (b"[]", b'{"account": "tg:42"}'):
            subject = topology.ledger_event(name, ME)
            await ledger.publish(subject, body, message_id=f"poison-{number}-{len(body)}")
    await eventually(lambda: _set_aside(ledger, 2 * len(names)))
    shop.phone.send_text("/buy")
    await shop.hears("за видео")


async def _set_aside(ledger: Bus, count: int) -> bool:
    return (await tail_of(ledger, topology.SET_ASIDE)).sequence >= 2 * count


async def _is_heard(bot: Bus) -> bool:
    return await backlog_of(bot, topology.BOT_ALERTS) == 0


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
