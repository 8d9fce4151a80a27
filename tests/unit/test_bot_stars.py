"""Stars: no payment is let through in doubt, and none that was made is forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramServerError
from aiogram.methods import AnswerPreCheckoutQuery
from aiogram.types import StarTransaction, StarTransactions

from bot import pre_checkout
from bot.desk import Person
from bot.handlers import stars as handlers
from bot.pre_checkout import PreCheckouts
from bot.settings import BotSettings
from bot.star_sweep import StarCursor, StarSweep
from bot.stars import order_of, payload_of
from bot.texts import Texts, Voice
from bot.updates import sender_of
from contracts.bus import NoAnswerError
from contracts.messages import (
    Currency,
    Payment,
    PaymentProvider,
    PaymentState,
    Refusal,
    RefusalCode,
)
from tests.memory_values import MemoryValues

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDER_ID = UUID(int=7)
ORDER = Payment(
    order_id=ORDER_ID,
    account="tg:42",
    provider=PaymentProvider.STARS,
    plan="pro",
    title="Профи",
    credits=20,
    price=525,
    currency=Currency.XTR,
    state=PaymentState.OPENED,
    balance=0,
)
USER = {"id": 42, "is_bot": False, "first_name": "Анна"}
QUERY = {
    "id": "1",
    "from": USER,
    "currency": "XTR",
    "total_amount": 525,
    "invoice_payload": payload_of(ORDER_ID),
}
METHOD = AnswerPreCheckoutQuery(pre_checkout_query_id="1", ok=True)


class Shop:
    """A desk: we are the bot's Telegram and its ledger."""

    def __init__(self) -> None:
        self.bot = self.ledger = self
        self.texts = Texts()
        self.settings = BotSettings()
        self.time = NOON
        self.now = lambda: self.time
        self.answers: list[tuple[bool, str | None]] = []
        self.troubles: list[Exception] = []
        self.is_hanging = False
        self.order: Payment | Refusal = ORDER
        self.told: list[str] = []
        self.told_back: list[str] = []
        self.said: list[str] = []
        self.refused: dict[str, RefusalCode] = {}
        self.listed: list[StarTransaction] = []
        self.is_silent = False
        self.pre_checkouts = PreCheckouts(self)

    async def ask(self, *queries: dict) -> None:
        async with asyncio.TaskGroup() as tasks:
            for query in queries:
                self.pre_checkouts.begin(query, tasks)

    async def payment(self, _account, _order_id):
        if self.is_hanging:
            await asyncio.Event().wait()
        return self.order

    async def answer_pre_checkout_query(self, _query_id, *, ok, error_message):
        if self.troubles:
            raise self.troubles.pop(0)
        self.answers.append((ok, error_message))

    async def report_stars(self, command):
        return self._note(self.told, command.charge_id)

    async def report_stars_refund(self, command):
        return self._note(self.told_back, command.charge_id)

    def _note(self, told, charge_id):
        if self.is_silent:
            raise NoAnswerError("silence")
        told.append(charge_id)
        return Refusal(code=self.refused[charge_id]) if charge_id in self.refused else ORDER

    async def get_star_transactions(self, *, offset, limit):
        return StarTransactions(transactions=self.listed[offset : offset + limit])

    async def say(self, _person, text_id):
        self.said.append(text_id)

    async def show(self, _chat_id, screen):
        self.said.append(screen.text)

    def lists(self, count: int, **changed) -> None:
        for _ in range(count):
            one = {"id": str(len(self.listed)), "amount": 525, "date": NOON}
            partner = {
                "type": "user",
                "transaction_type": "invoice_payment",
                "user": USER,
                "invoice_payload": payload_of(ORDER_ID),
            }
            whole = {**one, "source": partner, **changed}
            self.listed.append(StarTransaction.model_validate(whole))


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def sweep(shop) -> StarSweep:
    return StarSweep(shop, StarCursor(MemoryValues(), 1))


PERSON = Person(account="tg:42", chat_id=42, voice=Voice(Texts(), "ru"))


def test_only_a_payload_that_the_bot_made_names_an_order():
    assert order_of(payload_of(ORDER_ID)) == ORDER_ID
    for payload in (None, "", "order:", "order:7", f"x{payload_of(ORDER_ID)}", f"order:{ORDER_ID}"):
        assert order_of(payload) is None


async def test_a_ledger_that_hangs_is_not_waited_for(shop, monkeypatch):
    monkeypatch.setattr(pre_checkout, "LEDGER_WAIT_S", 0.01)
    shop.is_hanging = True
    await shop.ask(QUERY)
    assert shop.answers == [(False, Texts().get("ru", "stars-silent"))]


CLOSED = {
    "paid": ({"state": PaymentState.COMPLETED}, "уже оплачен"),
    "canceled": ({"state": PaymentState.CANCELED}, "больше не действует"),
    "expired": ({"expires_at": NOON}, "больше не действует"),
    "at another price": ({"price": 526}, "Цена в этом счёте"),
    "for money": ({"provider": PaymentProvider.YOOKASSA}, "Цена в этом счёте"),
    "somebody else's": ({"account": "tg:7"}, "не подходит"),
}


@pytest.mark.parametrize(("changed", "why"), CLOSED.values(), ids=CLOSED.keys())
async def test_only_an_open_order_of_ones_own_is_let_through_at_its_price(shop, changed, why):
    shop.order = ORDER.model_copy(update=changed)
    await shop.ask(QUERY)
    [(is_ok, said)] = shop.answers
    assert not is_ok
    assert why in said
    shop.order = Refusal(code=RefusalCode.ORDER_UNKNOWN)
    await shop.ask({**QUERY, "id": "2"})
    assert "не подходит" in shop.answers[1][1]


async def test_a_query_that_comes_again_is_answered_once(shop):
    await shop.ask(QUERY, QUERY)
    await shop.ask(QUERY)
    assert shop.answers == [(True, None)]


async def test_an_answer_that_may_be_lost_is_given_again(shop, monkeypatch):
    monkeypatch.setattr(pre_checkout, "RETRY_S", 0)
    shop.troubles = [TelegramServerError(METHOD, "Bad Gateway")]
    await shop.ask(QUERY)
    assert shop.answers == [(True, None)]


async def test_a_query_that_is_too_late_or_malformed_harms_nobody(shop):
    shop.troubles = [TelegramBadRequest(METHOD, "Bad Request: query is too old")]
    await shop.ask(QUERY, {"id": 5}, {**QUERY, "id": "2", "invoice_payload": "x"})
    assert [ok for ok, _ in shop.answers] == [False]


async def test_english_speakers_are_refused_in_english(shop):
    await shop.ask({**QUERY, "from": {**USER, "language_code": "en"}, "total_amount": 1})
    assert shop.answers == [(False, Texts().get("en", "stars-changed"))]


@pytest.mark.parametrize("code", [RefusalCode.CAPPED, RefusalCode.ORDER_UNKNOWN])
async def test_whose_payment_is_refused_hears_that_it_arrived_and_is_being_checked(shop, code):
    shop.refused = {"stx": code}
    paid = SimpleNamespace(
        telegram_payment_charge_id="stx",
        invoice_payload=payload_of(ORDER_ID),
        total_amount=525,
    )
    await handlers.paid(SimpleNamespace(successful_payment=paid), shop, PERSON)
    assert (shop.told, shop.said) == (["stx"], ["stars-checking"])


async def test_a_payment_is_not_done_with_while_the_ledger_is_silent(shop):
    shop.is_silent = True
    paid = SimpleNamespace(
        telegram_payment_charge_id="stx",
        invoice_payload=payload_of(ORDER_ID),
        total_amount=525,
    )
    with pytest.raises(NoAnswerError):
        await handlers.paid(SimpleNamespace(successful_payment=paid), shop, PERSON)
    assert shop.said == []


@pytest.mark.parametrize("contact", ["", "@help_desk"])
async def test_paysupport_names_somebody_to_write_to(shop, contact):
    shop.settings = BotSettings(bot_support=contact)
    await handlers.pay_support(SimpleNamespace(), shop, PERSON)
    assert (contact or "Пишите владельцу бота") in shop.said[0]


async def test_each_look_goes_on_where_the_last_one_ended_over_many_pages(shop, sweep):
    shop.lists(250)
    await sweep.look()
    assert shop.told == [str(number) for number in range(250)]
    shop.lists(1)
    await sweep.look()
    assert shop.told[250:] == ["250"]


async def test_a_look_that_the_ledger_did_not_answer_is_repeated(shop, sweep):
    shop.lists(3)
    shop.is_silent = True
    with pytest.raises(NoAnswerError):
        await sweep.look()
    shop.is_silent = False
    await sweep.look()
    assert shop.told == ["0", "1", "2"]


async def test_what_is_more_than_a_day_may_grant_is_told_again_and_holds_up_nothing(shop, sweep):
    shop.lists(3)
    shop.refused = {"1": RefusalCode.CAPPED}
    await sweep.look()
    assert shop.told == ["0", "1", "2"]
    await sweep.look()
    assert shop.told[3:] == ["1", "2"]
    shop.time += timedelta(days=8)
    await sweep.look()
    await sweep.look()
    assert shop.told[5:] == ["1", "2"]


async def test_what_is_no_payment_of_an_order_is_passed_over(shop, sweep):
    gift = {"type": "user", "transaction_type": "gift_purchase", "user": USER}
    shop.lists(1, source=None, receiver={"type": "fragment"})
    shop.lists(1, source=None, receiver=gift)
    shop.lists(1, source={**gift, "transaction_type": "invoice_payment", "invoice_payload": "x"})
    shop.lists(1, id="")
    await sweep.look()
    assert (shop.told, shop.told_back) == ([], [])


def test_stars_that_go_back_concern_whoever_gets_them_and_not_the_bot_that_says_so():
    bot = {"id": 1, "is_bot": True}
    message = {"from": bot, "chat": {"id": 42, "type": "private"}, "refunded_payment": {}}
    assert sender_of({"message": message}) == 42
    assert sender_of({"message": {**message, "from": USER}}) == 42
