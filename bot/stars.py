"""Credits for Telegram Stars: the invoice, and what Telegram said was paid or given back.

The bot holds the token, so only it hears of Stars. It keeps nothing of that: the ledger is told
under the charge id, as often as it takes.
"""

import hashlib
from uuid import UUID

from aiogram.types import LabeledPrice, Message

from bot.desk import Desk, Person
from bot.ledger import LedgerClient
from bot.screens import shortened
from contracts.messages import Currency, Payment, Refusal, ReportStars, ReportStarsRefund
from contracts.messages import Message as Answer

PAYLOAD_PREFIX = "order:"
START_PARAMETER = "pay"
"""With it nobody can pay from a forwarded copy: the copy leads to the bot."""
TITLE_LENGTH_MAX = 32
ABOUT_LENGTH_MAX = 255


async def send_invoice(desk: Desk, person: Person, payment: Payment) -> Message:
    """Show the bill of an order in Stars, with Telegram's own button to pay it."""
    credits_ = person.voice.credits(payment.credits)
    title = shortened(credits_, TITLE_LENGTH_MAX)
    about = person.voice("stars-invoice-about", title=payment.title, credits=credits_)
    return await desk.bot.send_invoice(
        person.chat_id,
        title=title,
        description=shortened(about, ABOUT_LENGTH_MAX),
        payload=payload_of(payment.order_id),
        currency=Currency.XTR,
        prices=[LabeledPrice(label=title, amount=payment.price)],
        start_parameter=START_PARAMETER,
    )


def payload_of(order_id: UUID) -> str:
    return f"{PAYLOAD_PREFIX}{order_id.hex}"


def order_of(payload: str | None) -> UUID | None:
    """Return the order that an invoice is for, or None when it was not made by `send_invoice`."""
    prefix, _, rest = (payload or "").partition(PAYLOAD_PREFIX)
    try:
        order_id = UUID(hex=rest)
    except ValueError:
        return None
    return order_id if not prefix and rest == order_id.hex else None


async def report_payment(
    ledger: LedgerClient, account: str, order_id: UUID, charge_id: str, stars: int
) -> Payment | Refusal:
    """Tell the ledger; a repeat changes nothing. Raises `NoAnswerError`: tell it again."""
    return await ledger.report_stars(
        ReportStars(
            account=account,
            correlation_id=_correlation(charge_id),
            order_id=order_id,
            charge_id=charge_id,
            stars=stars,
        )
    )


async def report_refund(
    ledger: LedgerClient, account: str, charge_id: str, stars: int
) -> Answer | Refusal:
    """Tell the ledger; a repeat changes nothing. Raises `NoAnswerError`: tell it again."""
    return await ledger.report_stars_refund(
        ReportStarsRefund(
            account=account,
            correlation_id=_correlation(charge_id),
            charge_id=charge_id,
            stars=stars,
        )
    )


def _correlation(charge_id: str) -> str:
    """Return a token for an id of any letters."""
    return hashlib.sha256(charge_id.encode()).hexdigest()
