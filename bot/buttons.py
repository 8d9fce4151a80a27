"""What each button carries, in at most 64 bytes: ids only, everything else is read again."""

from enum import StrEnum
from uuid import UUID

from aiogram.filters.callback_data import CallbackData

from bot.draft import Choice
from contracts.messages import PaymentProvider
from contracts.orders import Format, Template


class MenuItem(StrEnum):
    NEW = "new"
    BUY = "buy"
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


class PlanButton(CallbackData, prefix="buy"):
    """A plan as the person saw it, by a digest of what was shown: ids may be long."""

    provider: PaymentProvider
    seen: str


class PlanAndDraftButton(CallbackData, prefix="buygo"):
    """The same, agreeing that this revision of the draft is confirmed after the payment."""

    provider: PaymentProvider
    seen: str
    tag: str
    revision: int


class EmailButton(CallbackData, prefix="email"):
    """Give another address for receipts, or (`later`) none now."""

    later: bool


class CheckPaymentButton(CallbackData, prefix="paid"):
    order_id: UUID


class HideBillButton(CallbackData, prefix="unbill"):
    order_id: UUID


class ShowBillButton(CallbackData, prefix="bill"):
    order_id: UUID
