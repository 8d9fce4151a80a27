"""Screens about buying credits: pure functions from data to text and keyboard."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton

from bot.bills import tag_of
from bot.buttons import (
    EmailButton,
    MenuButton,
    MenuItem,
    PlanAndDraftButton,
    PlanButton,
)
from bot.draft import Draft
from bot.keyboards import button, keyboard
from bot.money import CURRENCIES, each, price_of, said
from bot.screens import Screen, menu
from bot.texts import LOCALES, Voice, escape
from contracts.messages import PaymentProvider, Plan, Plans

SEEN_LENGTH = 12


@dataclass(frozen=True)
class Gap:
    """Why a draft cannot be ordered, in credits."""

    needed: int
    balance: int


def seen_of(plan: Plan, provider: PaymentProvider) -> str:
    """Return a digest of what a button says: of another price or amount it is another one."""
    shown = f"{plan.id}/{plan.credits}/{price_of(plan, provider)}/{CURRENCIES[provider]}"
    return hashlib.sha256(shown.encode()).hexdigest()[:SEEN_LENGTH]


def title_of(voice: Voice, plan: Plan) -> str:
    return plan.title if voice.locale == LOCALES[0] else plan.title_en


def plans(voice: Voice, found: Plans, price_credits: int, email_hint: str) -> Screen:
    """What can be bought, with what one video then costs, and the debt that is paid first."""
    lines = [voice("pay-plans", balance=voice.credits(found.balance))]
    if found.debt:
        lines.append(voice("pay-debt", debt=voice.credits(found.debt)))
    lines += ["", *(_line(voice, plan, found.providers, price_credits) for plan in found.plans)]
    rows = [_buttons(voice, plan, found.providers) for plan in found.plans]
    if email_hint and PaymentProvider.YOOKASSA in found.providers:
        lines += ["", voice("pay-receipt-to", email=escape(email_hint))]
        rows.append([button(voice("pay-email-change"), EmailButton(later=False).pack())])
    return Screen("\n".join(lines), keyboard(*rows))


def nothing_to_buy(voice: Voice, support: str) -> Screen:
    text = voice("pay-nothing")
    if support:
        text += "\n" + voice("pay-support", support=escape(support))
    return Screen(text, menu(voice))


def sufficient(found: Plans, gap: Gap) -> tuple[Plan, ...]:
    """Return the plans after which the draft can be ordered, the debt being paid first."""
    return tuple(
        plan for plan in found.plans if gap.balance + plan.credits - found.debt >= gap.needed
    )


def short(voice: Voice, found: Plans, gap: Gap, draft: Draft) -> Screen:
    """Credits are short for the draft; each button agrees that it then goes on by itself."""
    lines = [_gap(voice, gap), "", voice("pay-go-on")]
    if found.debt:
        lines.append(voice("pay-debt", debt=voice.credits(found.debt)))
    rows = [
        [_go_on_button(voice, plan, provider, draft)]
        for plan in sufficient(found, gap)
        for provider in found.providers
    ]
    other = button(voice("pay-only"), MenuButton(item=MenuItem.BUY).pack())
    return Screen("\n".join(lines), keyboard(*rows, [other]))


def short_of_all(voice: Voice, gap: Gap) -> Screen:
    """Credits are short, and nothing that would suffice can be bought."""
    return Screen(f"{_gap(voice, gap)}\n\n{voice('pay-draft-kept')}")


def ask_email(voice: Voice) -> Screen:
    later = button(voice("pay-email-later"), EmailButton(later=True).pack())
    return Screen(voice("pay-email"), keyboard([later]))


def _gap(voice: Voice, gap: Gap) -> str:
    return voice(
        "confirm-no-credits",
        needed=voice.credits(gap.needed),
        balance=voice.credits(gap.balance),
        missing=voice.credits(gap.needed - gap.balance),
    )


def _line(
    voice: Voice, plan: Plan, providers: Sequence[PaymentProvider], price_credits: int
) -> str:
    prices = [said(voice, price_of(plan, provider), CURRENCIES[provider]) for provider in providers]
    first = providers[0]
    price = price_of(plan, first)
    return voice(
        "pay-plan",
        title=escape(title_of(voice, plan)),
        credits=voice.credits(plan.credits),
        price=voice("pay-or").join(prices),
        each=each(voice, price, plan.credits, price_credits, CURRENCIES[first]),
    )


def _buttons(
    voice: Voice, plan: Plan, providers: Sequence[PaymentProvider]
) -> list[InlineKeyboardButton]:
    return [
        button(
            _offer(voice, "pay-plan-button", plan, provider),
            PlanButton(provider=provider, seen=seen_of(plan, provider)).pack(),
        )
        for provider in providers
    ]


def _go_on_button(
    voice: Voice, plan: Plan, provider: PaymentProvider, draft: Draft
) -> InlineKeyboardButton:
    data = PlanAndDraftButton(
        provider=provider,
        seen=seen_of(plan, provider),
        tag=tag_of(draft),
        revision=draft.revision,
    )
    return button(_offer(voice, "pay-go-on-button", plan, provider), data.pack())


def _offer(voice: Voice, text_id: str, plan: Plan, provider: PaymentProvider) -> str:
    price = said(voice, price_of(plan, provider), CURRENCIES[provider])
    return voice(text_id, title=title_of(voice, plan), price=price)
