"""What a person is told once about money: pure functions from what the ledger recorded."""

from bot.bill_screens import canceled
from bot.buttons import MenuButton, MenuItem
from bot.keyboards import button, keyboard
from bot.money import said
from bot.screens import Screen, menu
from bot.texts import Voice, escape
from contracts.messages import (
    Currency,
    Payment,
    PaymentCompleted,
    PaymentRefundFailed,
    PaymentRefundRequested,
)


def completed(voice: Voice, fact: PaymentCompleted, balance: int, email_hint: str) -> Screen:
    lines = [voice("pay-completed", credits=voice.credits(fact.credits))]
    if fact.to_debt:
        lines.append(voice("pay-completed-debt", debt=voice.credits(fact.to_debt)))
    lines.append(voice("pay-balance", balance=voice.credits(balance)))
    if email_hint:
        lines.append(voice("pay-completed-receipt", email=escape(email_hint)))
    return Screen("\n".join(lines), menu(voice))


def declined(voice: Voice, payment: Payment) -> Screen:
    again = button(voice("pay-again"), MenuButton(item=MenuItem.BUY).pack())
    return Screen(f"❌ {canceled(voice, payment.reason)}", keyboard([again]))


def money_back(voice: Voice, fact: PaymentRefundRequested, balance: int) -> Screen:
    """Credits that were spent already cannot be taken: they became debt."""
    money = said(voice, fact.money, Currency(fact.currency))
    taken = fact.credits - fact.shortfall
    if fact.credits == 0:
        lines = [voice("pay-back-free", money=money)]
    else:
        lines = [voice("pay-back", money=money, n=taken, credits=voice.credits(taken))]
    if fact.shortfall:
        lines.append(voice("pay-back-debt", debt=voice.credits(fact.shortfall)))
    lines.append(voice("pay-balance", balance=voice.credits(balance)))
    return Screen("\n".join(lines))


def money_not_back(voice: Voice, fact: PaymentRefundFailed, balance: int, support: str) -> Screen:
    lines = [voice("pay-back-failed", credits=voice.credits(fact.credits))]
    if fact.to_debt:
        lines.append(voice("pay-completed-debt", debt=voice.credits(fact.to_debt)))
    lines.append(voice("pay-balance", balance=voice.credits(balance)))
    if support:
        lines.append(voice("pay-support", support=escape(support)))
    return Screen("\n".join(lines))
