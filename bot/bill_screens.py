"""Screens of a bill: pure functions from an order, as the ledger knows it, to text and keyboard."""

from aiogram.types import InlineKeyboardButton

from bot.bills import Bill
from bot.buttons import (
    CheckPaymentButton,
    HideBillButton,
    MenuButton,
    MenuItem,
    ShowBillButton,
)
from bot.keyboards import button, keyboard
from bot.money import said
from bot.screens import MOSCOW, Screen
from bot.texts import Voice, escape
from contracts.messages import Payment, PaymentState

REFUSED = "refused_"
"""The provider did not take the order at all; the rest is what it did not like."""
NEVER_CREATED = "never_created"


def bill(voice: Voice, payment: Payment, shown: Bill) -> Screen:
    """The message about one order, as the ledger knows it now."""
    about = voice(
        "pay-bill",
        title=escape(shown.title or payment.title),
        credits=voice.credits(payment.credits),
        price=said(voice, payment.price, payment.currency),
    )
    match payment.state:
        case PaymentState.COMPLETED:
            return Screen(f"{about}\n\n{voice('pay-bill-completed')}")
        case PaymentState.CANCELED:
            again = button(voice("pay-again"), MenuButton(item=MenuItem.BUY).pack())
            return Screen(f"{about}\n\n{canceled(voice, payment.reason)}", keyboard([again]))
        case _ if shown.hidden:
            return _hidden(voice, payment, shown)
        case _:
            return _open_bill(voice, payment, shown, about)


def canceled(voice: Voice, reason: str | None) -> str:
    """Say why an order ended unpaid; what the provider may say one day is said in general."""
    if reason == NEVER_CREATED or (reason and reason.startswith(REFUSED)):
        return voice("pay-canceled-refused")
    text_id = f"pay-canceled-{reason}"
    return voice(text_id if reason and voice.has(text_id) else "pay-canceled")


def moved(voice: Voice) -> Screen:
    return Screen(voice("pay-bill-moved"))


def _open_bill(voice: Voice, payment: Payment, shown: Bill, about: str) -> Screen:
    lines = [about]
    if shown.agreement:
        lines.append(voice("pay-bill-goes-on"))
    check = CheckPaymentButton(order_id=payment.order_id).pack()
    hide = [button(voice("pay-hide"), HideBillButton(order_id=payment.order_id).pack())]
    if payment.url is None:
        lines += ["", voice("pay-bill-preparing")]
        return Screen("\n".join(lines), keyboard([button(voice("pay-refresh"), check)], hide))
    if payment.expires_at:
        until = payment.expires_at.astimezone(MOSCOW).strftime("%H:%M")
        lines += ["", voice("pay-bill-until", until=until)]
    price = said(voice, payment.price, payment.currency)
    pay = InlineKeyboardButton(text=voice("pay-pay", price=price), url=payment.url)
    return Screen("\n".join(lines), keyboard([pay], [button(voice("pay-check"), check)], hide))


def _hidden(voice: Voice, payment: Payment, shown: Bill) -> Screen:
    lines = [voice("pay-bill-hidden")]
    if shown.agreement:
        lines.append(voice("pay-bill-hidden-draft"))
    again = ShowBillButton(order_id=payment.order_id).pack()
    return Screen("\n".join(lines), keyboard([button(voice("pay-show"), again)]))
