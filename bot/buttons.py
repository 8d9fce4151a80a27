"""What each button carries, in at most 64 bytes: ids only, everything else is read again."""

from enum import StrEnum
from uuid import UUID

from aiogram.filters.callback_data import CallbackData

from bot.draft import Choice
from contracts.orders import Format, Template


class MenuItem(StrEnum):
    NEW = "new"
    BALANCE = "balance"
    HISTORY = "history"
    HELP = "help"


class Part(StrEnum):
    TEXT = "text"
    TEMPLATE = "template"
    WISHES = "wishes"
    SCRIPT = "script"


class MenuButton(CallbackData, prefix="menu"):
    item: MenuItem


class HistoryButton(CallbackData, prefix="hist"):
    before_position: int


class TemplateButton(CallbackData, prefix="tpl"):
    draft_id: UUID
    template: Template


class NoWishesButton(CallbackData, prefix="nowish"):
    draft_id: UUID


class ScriptButton(CallbackData, prefix="script"):
    draft_id: UUID
    number: int
    choice: Choice


class FormatButton(CallbackData, prefix="format", sep="|"):
    """A format has a colon in it, which parts the fields of the other buttons."""

    draft_id: UUID
    format: Format


class CountButton(CallbackData, prefix="count"):
    draft_id: UUID
    count: int


class EditButton(CallbackData, prefix="edit"):
    draft_id: UUID
    part: Part


class DropButton(CallbackData, prefix="drop"):
    draft_id: UUID


class ConfirmButton(CallbackData, prefix="go"):
    draft_id: UUID
    revision: int


class CancelJobButton(CallbackData, prefix="cancel"):
    job_id: UUID


class ResendButton(CallbackData, prefix="again"):
    job_id: UUID
