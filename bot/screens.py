"""Screens: pure functions from data to text and keyboard."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.types.disabled_button import DisabledButton

from bot.buttons import (
    CancelJobButton,
    ConfirmButton,
    CountButton,
    EditButton,
    FormatButton,
    HistoryButton,
    MenuButton,
    MenuItem,
    NoWishesButton,
    Part,
    ResendButton,
    TemplateButton,
)
from bot.draft import COUNT_MAX, NO_WISHES, TEXT_LENGTH_MAX, Draft, Step
from bot.jobs import JobCard, Stage
from bot.keyboards import button as _button
from bot.keyboards import drop as _drop
from bot.keyboards import keyboard as _keyboard
from bot.texts import Voice, escape
from contracts.messages import Balance, HistoryEntry
from contracts.orders import Format, Template

MOSCOW = timezone(timedelta(hours=3))
SHORT_TEXT_MAX = 200
"""A card is the caption of a photo, and a caption holds 1,024 characters."""


@dataclass(frozen=True)
class Screen:
    text: str
    keyboard: InlineKeyboardMarkup | None = None


def menu(voice: Voice) -> InlineKeyboardMarkup:
    return _keyboard(
        [_button(voice("menu-new"), MenuButton(item=MenuItem.NEW).pack(), style="primary")],
        [_button(voice("menu-buy"), MenuButton(item=MenuItem.BUY).pack())],
        [
            _button(voice("menu-balance"), MenuButton(item=MenuItem.BALANCE).pack()),
            _button(voice("menu-history"), MenuButton(item=MenuItem.HISTORY).pack()),
        ],
        [_button(voice("menu-help"), MenuButton(item=MenuItem.HELP).pack())],
    )


def balance(voice: Voice, found: Balance, support: str) -> Screen:
    amount = voice.credits(found.balance)
    if found.open_credits:
        text = voice("balance-open", balance=amount, open=voice.credits(found.open_credits))
    else:
        text = voice("balance", balance=amount)
    if found.debt:
        text += "\n" + voice("pay-debt", debt=voice.credits(found.debt))
    if found.balance == 0 and support:
        text += "\n" + voice("balance-empty-hint", support=escape(support))
    return Screen(text, menu(voice))


def history(voice: Voice, entries: Sequence[HistoryEntry], page_size: int) -> Screen:
    if not entries:
        return Screen(voice("history-empty"), menu(voice))
    lines = [voice("history-title"), "", *(_history_line(voice, entry) for entry in entries)]
    older = []
    if len(entries) == page_size:
        button = HistoryButton(before_position=entries[-1].position).pack()
        older = [[_button(voice("history-older"), button)]]
    return Screen("\n".join(lines), _keyboard(*older, *menu(voice).inline_keyboard))


def _history_line(voice: Voice, entry: HistoryEntry) -> str:
    number = number_of(entry.job_id.hex) if entry.job_id else ""
    specific = f"history-{entry.kind}-{entry.reason}"
    text_id = specific if entry.reason and voice.has(specific) else f"history-{entry.kind}"
    what = voice(text_id, number=number)
    at = entry.recorded_at.astimezone(MOSCOW).strftime("%d.%m %H:%M")
    if entry.debt_change:
        what = voice("history-debt", what=what, change=_signed(entry.debt_change))
    if entry.credits == 0:
        return voice("history-line-plain", at=at, what=what)
    return voice(
        "history-line",
        at=at,
        what=what,
        change=_signed(entry.credits),
        balance=str(entry.balance_after),
    )


def _signed(change: int) -> str:
    return f"{change:+d}".replace("-", "\N{MINUS SIGN}")


def ask(voice: Voice, draft: Draft) -> Screen:
    """Ask for what the draft lacks. The script and the card have screens of their own."""
    match draft.step:
        case Step.PHOTO:
            return Screen(voice("ask-photo"), _keyboard(_drop(voice, draft)))
        case Step.TEXT:
            return Screen(
                voice("ask-text", max=TEXT_LENGTH_MAX[Step.TEXT]), _keyboard(_drop(voice, draft))
            )
        case Step.TEMPLATE:
            rows = [
                [
                    _button(
                        voice(f"template-{template}"),
                        TemplateButton(draft_id=draft.draft_id, template=template).pack(),
                    )
                ]
                for template in Template
            ]
            return Screen(voice("ask-template"), _keyboard(*rows, _drop(voice, draft)))
        case Step.SCENARIO:
            return Screen(
                voice("ask-scenario", max=TEXT_LENGTH_MAX[Step.SCENARIO]),
                _keyboard(_drop(voice, draft)),
            )
        case _:
            none = _button(voice("wishes-none"), NoWishesButton(draft_id=draft.draft_id).pack())
            return Screen(
                voice("ask-wishes", max=TEXT_LENGTH_MAX[Step.WISHES]),
                _keyboard([none], _drop(voice, draft)),
            )


def card(voice: Voice, draft: Draft, balance_credits: int, price_credits: int) -> Screen:
    """The brief: what will be made, what it costs, and the balance before and after."""
    price = price_credits * draft.count
    about = _about(voice, draft)
    if balance_credits >= price:
        text = voice(
            "card",
            **about,
            price=voice.credits(price),
            before=str(balance_credits),
            after=str(balance_credits - price),
        )
    else:
        text = voice(
            "card-short",
            **about,
            price=voice.credits(price),
            before=str(balance_credits),
            missing=voice.credits(price - balance_credits),
        )
    confirm = _button(
        voice("card-confirm", price=voice.credits(price)),
        ConfirmButton(draft_id=draft.draft_id, revision=draft.revision).pack(),
        style="success",
    )
    counts = [_count_button(voice, draft, count) for count in range(1, COUNT_MAX + 1)]
    formats = [_format_button(voice, draft, format_) for format_ in Format]
    edits = [
        _button(voice(f"card-edit-{part}"), EditButton(draft_id=draft.draft_id, part=part).pack())
        for part in Part
    ]
    rows = [[confirm], counts, formats, edits[:2], edits[2:], _drop(voice, draft)]
    return Screen(text, _keyboard(*rows))


def card_ordered(voice: Voice, draft: Draft) -> Screen:
    """The card once its order was taken; the button stays visible but can do nothing."""
    done = InlineKeyboardButton(text=voice("confirm-repeated"), disabled=DisabledButton())
    return Screen(voice("card-ordered", **_about(voice, draft)), _keyboard([done]))


def job(voice: Voice, job_card: JobCard) -> Screen:
    title = voice("job-title", number=job_card.number, product=escape(job_card.title))
    keyboard = None
    if job_card.stage is Stage.QUEUED:
        state = _place(voice, job_card)
        cancel = CancelJobButton(job_id=job_card.job_id).pack()
        keyboard = _keyboard([_button(voice("job-cancel"), cancel, style="danger")])
    else:
        state = voice(f"job-{job_card.stage}")
    return Screen(f"{title}\n{state}", keyboard)


def _place(voice: Voice, job_card: JobCard) -> str:
    paid = voice.credits(job_card.balance)
    if job_card.place is None:
        return voice("job-queued", balance=paid)
    if job_card.eta_s is None:
        return voice("job-queued-place", place=job_card.place, balance=paid)
    minutes = in_minutes(job_card.eta_s)
    return voice("job-queued-eta", place=job_card.place, minutes=minutes, balance=paid)


def late(voice: Voice, job_card: JobCard, left_s: float) -> Screen:
    """It takes longer, and the credit comes back by itself when `left_s` have passed."""
    return Screen(voice("job-late", number=job_card.number, minutes=in_minutes(left_s)))


def refund(voice: Voice, job_card: JobCard, *, reason: str, minutes: int) -> Screen:
    """Said only after the ledger has recorded the refund; the balance is the one it recorded."""
    text_id = f"refund-{reason}" if voice.has(f"refund-{reason}") else "refund-other"
    what = voice(text_id, number=job_card.number, minutes=minutes)
    back = voice("refund-balance", balance=voice.credits(job_card.balance))
    again = _button(voice("refund-again"), MenuButton(item=MenuItem.NEW).pack())
    return Screen(f"{what}\n{back}", _keyboard([again]))


def uncertain(voice: Voice, job_card: JobCard) -> Screen:
    return Screen(voice("video-uncertain", number=job_card.number), resend(voice, job_card))


def resend(voice: Voice, job_card: JobCard) -> InlineKeyboardMarkup:
    data = ResendButton(job_id=job_card.job_id).pack()
    return _keyboard([_button(voice("job-resend"), data)])


def number_of(job_id_hex: str) -> str:
    """Return the job's number as people see it: the first six digits of its id."""
    return job_id_hex[:6].upper()


def in_minutes(seconds: float) -> int:
    """Return whole minutes, rounded up: whoever waits is not promised too much."""
    return max(1, math.ceil(seconds / 60))


def shortened(text: str, length_max: int) -> str:
    """Return one line of whole words that fits, with an ellipsis when something was left out."""
    line = " ".join(text.split())
    if len(line) <= length_max:
        return line
    whole_words = line[:length_max].rpartition(" ")[0]
    return (whole_words or line[: length_max - 1]) + "…"


def _about(voice: Voice, draft: Draft) -> dict[str, str]:
    wishes = draft.wishes or NO_WISHES
    return {
        "product": escape(shortened(draft.product_text or "", SHORT_TEXT_MAX)),
        "template": voice(f"template-name-{draft.template}"),
        "wishes": escape(shortened(wishes, SHORT_TEXT_MAX)) or voice("card-wishes-none"),
        "format": voice(f"format-name-{draft.format.name.lower()}"),
        "count": voice("videos", n=draft.count),
    }


def _count_button(voice: Voice, draft: Draft, count: int) -> InlineKeyboardButton:
    text_id = "card-count-chosen" if draft.count == count else "card-count"
    data = CountButton(draft_id=draft.draft_id, count=count).pack()
    return _button(voice(text_id, count=count), data)


def _format_button(voice: Voice, draft: Draft, format_: Format) -> InlineKeyboardButton:
    text_id = "card-format-chosen" if draft.format is format_ else "card-format"
    data = FormatButton(draft_id=draft.draft_id, format=format_).pack()
    return _button(voice(text_id, format=format_), data)
