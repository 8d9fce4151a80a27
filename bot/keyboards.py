"""What keyboards are made of."""

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.buttons import DropButton
from bot.draft import Draft
from bot.texts import Voice


def keyboard(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=list(rows))


def button(text: str, data: str, style: str | None = None) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data, style=style)


def drop(voice: Voice, draft: Draft) -> list[InlineKeyboardButton]:
    """Return the row that every question about a draft ends with."""
    return [button(voice("cancel"), DropButton(draft_id=draft.draft_id).pack(), style="danger")]
