"""Find out who wrote, before any handler runs."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.enums import ChatType
from aiogram.types import Chat, TelegramObject, Update, User

from bot.desk import Desk, Person
from bot.texts import Voice, locale_of
from contracts.ids import telegram_account

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class PersonMiddleware(BaseMiddleware):
    """Gives handlers a `person`; says in groups and channels that the bot works in private."""

    async def __call__(
        self, handler: Handler, event: TelegramObject, data: dict[str, Any]
    ) -> object:
        user: User | None = data.get("event_from_user")
        chat: Chat | None = data.get("event_chat")
        desk: Desk = data["desk"]
        if user is None or (user.is_bot and not _is_about_a_refund(event)):
            return None
        voice = Voice(desk.texts, locale_of(user.language_code))
        if chat is not None and chat.type != ChatType.PRIVATE:
            return await _decline(desk.bot, chat, event, voice)
        data["person"] = Person(
            account=telegram_account(chat.id if chat and user.is_bot else user.id),
            chat_id=chat.id if chat else user.id,
            voice=voice,
        )
        return await handler(event, data)


def _is_about_a_refund(event: TelegramObject) -> bool:
    """Telegram writes it into the person's chat in the bot's own name."""
    message = event.message if isinstance(event, Update) else None
    return message is not None and message.refunded_payment is not None


async def _decline(bot: Bot, chat: Chat, event: TelegramObject, voice: Voice) -> None:
    """Answer in a group only when somebody addressed the bot by a command."""
    addressed = isinstance(event, Update) and event.message and event.message.text
    if addressed and addressed.startswith("/"):
        await bot.send_message(chat.id, voice("wrong-private"))
