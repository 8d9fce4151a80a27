"""Give the Stars of one payment back: first in Telegram, then in the ledger. Safe to repeat."""

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import StarTransaction, TransactionPartnerUser

from bot.ledger import LedgerClient
from bot.stars import report_refund
from contracts.bus import NoAnswerError
from contracts.ids import telegram_account
from contracts.messages import Refusal

PAGE = 100
ALREADY_REFUNDED = "charge_already_refunded"


class NotPaidError(Exception):
    """Telegram lists no such payment of this person."""


async def refund_stars(bot: Bot, ledger: LedgerClient, user_id: int, charge_id: str) -> str:
    """Return a sentence for the operator.

    Raises `NotPaidError`, what Telegram refuses, and `NoAnswerError` when the Stars went back and
    the ledger did not say that it knows; the next comparison of the bot tells it then.
    """
    payment = await _payment(bot, user_id, charge_id)
    went_before = await _went_back_before(bot, user_id, charge_id)
    account = telegram_account(user_id)
    stars = f"{payment.amount} Stars of {account} {'had gone' if went_before else 'went'} back"
    try:
        reply = await report_refund(ledger, account, charge_id, payment.amount)
    except NoAnswerError as error:
        raise NoAnswerError(f"{stars}, but the ledger does not answer ({error})") from error
    if isinstance(reply, Refusal):
        return f"{stars}; the ledger took no credits: {reply.code}"
    return f"{stars}; the ledger knows"


async def _payment(bot: Bot, user_id: int, charge_id: str) -> StarTransaction:
    offset = 0
    while True:
        page = (await bot.get_star_transactions(offset=offset, limit=PAGE)).transactions
        for one in page:
            is_theirs = isinstance(one.source, TransactionPartnerUser) and (
                one.source.user.id == user_id
            )
            if one.id == charge_id and is_theirs:
                return one
        if len(page) < PAGE:
            raise NotPaidError(f"Telegram lists no payment {charge_id} of user {user_id}")
        offset += PAGE


async def _went_back_before(bot: Bot, user_id: int, charge_id: str) -> bool:
    try:
        await bot.refund_star_payment(user_id, charge_id)
    except TelegramBadRequest as error:
        if ALREADY_REFUNDED not in error.message.lower():
            raise
        return True
    return False
