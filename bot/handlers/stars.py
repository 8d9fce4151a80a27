"""Stars that were paid or given back, and /paysupport, which Telegram asks of every seller."""

import structlog
from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot import screens
from bot.desk import Desk, Person
from bot.screens import Screen
from bot.stars import order_of, report_payment, report_refund
from bot.texts import escape
from contracts.messages import Refusal

log = structlog.get_logger()


def build_router() -> Router:
    router = Router(name="stars")
    router.message.register(paid, F.successful_payment)
    router.message.register(refunded, F.refunded_payment)
    router.message.register(pay_support, Command("paysupport"))
    return router


async def paid(message: Message, desk: Desk, person: Person) -> None:
    """Tell the ledger; what it credits is told when its event comes.

    Raises `NoAnswerError` while the ledger is silent: the update stays and comes again.
    """
    payment = message.successful_payment
    if payment is None:
        return
    charge_id, order_id = payment.telegram_payment_charge_id, order_of(payment.invoice_payload)
    if order_id is None:
        log.error("paid, but not for an order", account=person.account, charge_id=charge_id)
        await desk.say(person, "stars-checking")
        return
    reply = await report_payment(
        desk.ledger, person.account, order_id, charge_id, payment.total_amount
    )
    if isinstance(reply, Refusal):
        log.error(
            "paid, but not credited", account=person.account, charge_id=charge_id, **_why(reply)
        )
        await desk.say(person, "stars-checking")


async def refunded(message: Message, desk: Desk, person: Person) -> None:
    """Tell the ledger, which takes the credits back. Raises `NoAnswerError` as `paid` does."""
    payment = message.refunded_payment
    if payment is None:
        return
    charge_id = payment.telegram_payment_charge_id
    reply = await report_refund(desk.ledger, person.account, charge_id, payment.total_amount)
    if isinstance(reply, Refusal):
        log.error(
            "given back, but not taken", account=person.account, charge_id=charge_id, **_why(reply)
        )


async def pay_support(_: Message, desk: Desk, person: Person) -> None:
    voice, contact = person.voice, desk.settings.bot_support
    who = voice("paysupport-contact", support=escape(contact)) if contact else None
    text = voice("paysupport", who=who or voice("paysupport-owner"))
    await desk.show(person.chat_id, Screen(text, screens.menu(voice)))


def _why(refusal: Refusal) -> dict[str, str]:
    return {"code": refusal.code, "field": refusal.field or ""}
