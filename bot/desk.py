"""What every handler works with, and how it shows a screen to a person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, Message

from bot.bills import Bills, Purchases
from bot.ledger import LedgerClient
from bot.screens import Screen
from bot.scripts import ScriptWriter
from bot.settings import BotSettings
from bot.stores import Drafts, JobCards, Notices, Orders, Photos
from bot.studio import Studio
from bot.telegram import is_harmless_edit, is_stale_callback
from bot.texts import Texts, Voice


@dataclass(frozen=True)
class Person:
    """Who wrote or tapped: a Telegram user in a private chat."""

    account: str
    chat_id: int
    voice: Voice


@dataclass(frozen=True)
class Desk:
    bot: Bot
    ledger: LedgerClient
    drafts: Drafts
    photos: Photos
    orders: Orders
    cards: JobCards
    bills: Bills
    purchases: Purchases
    notices: Notices
    """What is said once about payments."""
    studio: Studio
    scripts: ScriptWriter
    texts: Texts
    settings: BotSettings
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_salt: Callable[[], str]

    async def show(self, chat_id: int, screen: Screen) -> Message:
        return await self.bot.send_message(chat_id, screen.text, reply_markup=screen.keyboard)

    async def say(self, person: Person, text_id: str, **arguments: str | int) -> None:
        await self.bot.send_message(person.chat_id, person.voice(text_id, **arguments))

    async def redraw(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Edit a text message; one that is gone, or already says so, is left alone."""
        try:
            await self.bot.edit_message_text(
                screen.text, chat_id=chat_id, message_id=message_id, reply_markup=screen.keyboard
            )
        except TelegramBadRequest as error:
            if not is_harmless_edit(error):
                raise

    async def redraw_caption(self, chat_id: int, message_id: int, screen: Screen) -> None:
        try:
            await self.bot.edit_message_caption(
                chat_id=chat_id,
                message_id=message_id,
                caption=screen.text,
                reply_markup=screen.keyboard,
            )
        except TelegramBadRequest as error:
            if not is_harmless_edit(error):
                raise

    async def answer(
        self, query: CallbackQuery, text: str | None = None, *, alert: bool = False
    ) -> None:
        """Stop the button's spinner. Telegram forgets a tap after a while; that is no error."""
        try:
            await self.bot.answer_callback_query(query.id, text=text, show_alert=alert)
        except TelegramBadRequest as error:
            if not is_stale_callback(error):
                raise
