"""Tell the operator, in a chat of theirs, what only they can repair."""

import asyncio
import hashlib

import structlog
from aiogram.exceptions import TelegramAPIError

from bot.desk import Desk
from bot.screens import Screen, shortened
from bot.stores import Notices
from bot.telegram import is_unreachable, never_arrived, without_token
from bot.texts import LOCALES, Voice, escape
from contracts.bus import Delivery
from contracts.messages import OperatorAlert

DETAIL_LENGTH_MAX = 300

log = structlog.get_logger()


class Alerts:
    def __init__(self, desk: Desk, notices: Notices) -> None:
        self._desk = desk
        self._notices = notices
        self._lock = asyncio.Lock()
        """Of two messages with the same words the second waits and finds that they were said."""

    async def on_ledger_alert(self, delivery: Delivery) -> None:
        """Handle a message of the consumer `bot-alerts`."""
        await self.tell(delivery.parse(OperatorAlert))

    async def tell(self, alert: OperatorAlert) -> None:
        """Say it once. What may have arrived is repeated once, what did not until it does."""
        tell = log.info if alert.is_over else log.error
        tell(
            "trouble is over" if alert.is_over else "trouble for the operator",
            provider=alert.provider,
            code=alert.code,
            detail=alert.detail,
        )
        chat_id = self._desk.settings.bot_operator_chat
        if chat_id is None:
            return
        async with self._lock:
            if await self._notices.begin(key_of(alert)):
                await self._say(chat_id, alert)

    async def _say(self, chat_id: int, alert: OperatorAlert) -> None:
        try:
            await self._desk.show(chat_id, screen(Voice(self._desk.texts, LOCALES[0]), alert))
        except TelegramAPIError as error:
            if is_unreachable(error):
                log.exception("BOT_OPERATOR_CHAT is closed to us", error=without_token(str(error)))
                return
            if never_arrived(error):
                await self._notices.undo(key_of(alert))
            raise
        await self._notices.end(key_of(alert))


def screen(voice: Voice, alert: OperatorAlert) -> Screen:
    said = voice(_text_id(voice, alert), provider=escape(alert.provider), code=escape(alert.code))
    detail = escape(shortened(alert.detail, DETAIL_LENGTH_MAX))
    return Screen(f"{said}\n{detail}" if detail else said)


def _text_id(voice: Voice, alert: OperatorAlert) -> str:
    """Only of trouble that is known to keep all orders out is it said that it does."""
    if alert.is_over:
        return "alert-over"
    special = f"alert-code-{alert.code}"
    return special if voice.has(special) else "alert-other"


def key_of(alert: OperatorAlert) -> str:
    """Return a key for an id of any letters; its end is told although its beginning was."""
    told = f"{alert.alert_id}/{alert.is_over}"
    return f"alert.{hashlib.sha256(told.encode()).hexdigest()}"
