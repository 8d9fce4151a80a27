"""An order of credits that is paid in Telegram Stars: its invoice is the bill."""

from aiogram.types import LabeledPrice

from bot.desk import Desk, Person
from contracts.messages import Payment


async def send_invoice(desk: Desk, person: Person, payment: Payment) -> None:
    """Send the invoice; what is paid comes back with the order's id in its payload."""
    title = person.voice("pay-invoice-title", credits=person.voice.credits(payment.credits))
    await desk.bot.send_invoice(
        person.chat_id,
        title=title,
        description=person.voice("pay-invoice-about"),
        payload=payment.order_id.hex,
        currency=payment.currency,
        prices=[LabeledPrice(label=title, amount=payment.price)],
    )
