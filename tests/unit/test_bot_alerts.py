"""What only the operator can repair is told to them: once, and truly once unless it was lost."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import aiohttp
import pytest
from aiogram.exceptions import TelegramForbiddenError, TelegramNetworkError, TelegramServerError
from aiogram.methods import SendMessage

from bot.alerts import Alerts, screen
from bot.settings import BotSettings
from bot.stores import Notices
from bot.texts import LOCALES, Texts, Voice
from contracts.messages import OperatorAlert
from tests.memory_values import MemoryValues

CHAT = -100123
SEND = SendMessage(chat_id=CHAT, text="")
EMPTY = OperatorAlert(
    alert_id="kie/balance_empty/2026-11-23T12:00:00Z",
    occurred_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    provider="kie",
    code="balance_empty",
)
OVER = EMPTY.model_copy(update={"is_over": True})
EMPTY_SAID = (
    "⚠️ kie: баланс у провайдера пуст (balance_empty). Заказы не принимаются, пока его не пополнят."
)
RU = Voice(Texts(), "ru")


def refused_connection() -> TelegramNetworkError:
    error = TelegramNetworkError(SEND, "no connection")
    error.__cause__ = aiohttp.ClientConnectorError(SimpleNamespace(), OSError())
    return error


class Room:
    """The operator's chat. Telegram answers with the troubles first."""

    def __init__(self, chat_id: int | None = CHAT) -> None:
        self.said: list[tuple[int, str]] = []
        self.troubles: list[Exception] = []
        self.texts = Texts()
        self.settings = BotSettings(bot_operator_chat=chat_id)
        self.alerts = Alerts(self, Notices(MemoryValues()))

    async def show(self, chat_id, shown):
        await asyncio.sleep(0)
        if self.troubles:
            raise self.troubles.pop(0)
        self.said.append((chat_id, shown.text))

    async def hears(self, *alerts: OperatorAlert) -> None:
        """Each comes until the bot acknowledges it, as the consumer does."""
        for alert in alerts:
            for _ in range(5):
                try:
                    await self.alerts.tell(alert)
                except (TelegramNetworkError, TelegramServerError):
                    continue
                break


@pytest.fixture
def room() -> Room:
    return Room()


async def test_the_operator_is_told_once_when_it_begins_and_once_when_it_is_over(room):
    await room.hears(EMPTY, EMPTY, OVER, OVER, EMPTY)
    assert room.said == [
        (
            CHAT,
            EMPTY_SAID,
        ),
        (CHAT, "✅ kie: снова работает (balance_empty)."),
    ]


async def test_of_two_that_come_at_once_one_is_said(room):
    await asyncio.gather(room.hears(EMPTY), room.hears(EMPTY))
    assert len(room.said) == 1


async def test_another_alert_is_told_too(room):
    await room.hears(EMPTY, EMPTY.model_copy(update={"alert_id": "another"}))
    assert len(room.said) == 2


async def test_without_a_chat_nothing_is_said(room):
    silent = Room(None)
    await silent.hears(EMPTY)
    assert silent.said == []


async def test_what_certainly_did_not_arrive_is_said_again_until_it_does(room):
    room.troubles = [refused_connection() for _ in range(3)]
    await room.hears(EMPTY, EMPTY)
    assert len(room.said) == 1


async def test_what_may_have_arrived_is_repeated_once(room):
    room.troubles = [TelegramServerError(SEND, "gateway") for _ in range(2)]
    await room.hears(EMPTY, EMPTY)
    assert (room.said, room.troubles) == ([], [])


async def test_a_chat_that_is_closed_to_the_bot_stops_nothing(room):
    room.troubles = [TelegramForbiddenError(SEND, "bot was kicked")]
    await room.alerts.tell(EMPTY)
    assert room.said == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("code", ["balance_empty", "key_refused", "key_capped", "model_gone"])
def test_known_trouble_has_its_own_sentence_and_ends_the_orders(locale, code):
    said = screen(Voice(Texts(), locale), EMPTY.model_copy(update={"code": code})).text
    assert f"({code})" in said
    assert {"ru": "Заказы не принимаются", "en": "No orders are taken"}[locale] in said


def test_unknown_trouble_is_told_without_a_word_about_orders():
    said = screen(RU, EMPTY.model_copy(update={"code": "unsorted"})).text
    assert said == "⚠️ kie: сбой, в котором нужно разобраться (unsorted)."


def test_the_detail_is_no_markup_and_not_endless():
    said = screen(RU, EMPTY.model_copy(update={"detail": "<b>502</b> " * 200})).text
    first, detail = said.splitlines()
    assert first.startswith("⚠️ kie")
    assert detail.startswith("&lt;b&gt;502&lt;/b&gt; ")
    assert len(detail) < 700
