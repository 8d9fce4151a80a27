"""What Telegram lists as paid and given back is told to the ledger, whoever missed the update."""

import asyncio
from datetime import timedelta

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import StarTransaction, TransactionPartnerUser
from pydantic import BaseModel, ValidationError

from bot.desk import Desk
from bot.stars import order_of, report_payment, report_refund
from bot.telegram import without_token
from contracts.bus import KeyExistsError, KeyMissingError, NoAnswerError, RevisionMovedError, Values
from contracts.ids import telegram_account
from contracts.messages import Refusal, RefusalCode
from contracts.service import pause

PAGE = 100
CAPPED_FOR = timedelta(days=7)
"""So long is a payment told again that is more than the chat may grant in a day."""
INVOICE_PAYMENT = "invoice_payment"

log = structlog.get_logger()


class StarCursor:
    """How many of the bot's transactions are settled with the ledger.

    Lost, it is 0 again: everything is told once more, which changes nothing.
    """

    def __init__(self, values: Values, bot_id: int) -> None:
        self._values = values
        self._key = f"stars.{bot_id}"

    async def load(self) -> int:
        try:
            value, _ = await self._values.get(self._key)
        except KeyMissingError:
            return 0
        return _Seen.model_validate_json(value).count

    async def save(self, count: int) -> None:
        """Another bot process may move it as well; then either is right."""
        body = _Seen(count=count).model_dump_json().encode()
        try:
            value, revision = await self._values.get(self._key)
            if value != body:
                await self._values.update(self._key, body, revision)
        except KeyMissingError:
            await self._create(body)
        except RevisionMovedError:
            return

    async def _create(self, body: bytes) -> None:
        try:
            await self._values.create(self._key, body)
        except KeyExistsError:
            return


class StarSweep:
    def __init__(self, desk: Desk, cursor: StarCursor) -> None:
        self._desk = desk
        self._cursor = cursor

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`; whatever went wrong, the next look begins where this one got to."""
        while not stop.is_set():
            try:
                await self.look()
            except (NoAnswerError, TelegramAPIError, TimeoutError) as error:
                log.warning("Stars are not compared yet", error=without_token(str(error)))
            except Exception:
                log.exception("Stars are not compared yet")
            await pause(self._desk.settings.bot_stars_check_s, stop)

    async def look(self) -> None:
        """Tell the ledger of each transaction since the last look, the oldest first.

        The cursor stays before the first that the ledger may still take another day.
        """
        position = settled = await self._cursor.load()
        while True:
            listed = await self._desk.bot.get_star_transactions(offset=position, limit=PAGE)
            for transaction in listed.transactions:
                is_settled = await self._tell(transaction)
                if is_settled and settled == position:
                    settled += 1
                position += 1
            await self._cursor.save(settled)
            if len(listed.transactions) < PAGE:
                return

    async def _tell(self, transaction: StarTransaction) -> bool:
        """Return False when the ledger has to be told again another day."""
        try:
            reply = await self._report(transaction)
        except ValidationError:
            log.exception("a transaction that nobody can report", charge_id=transaction.id)
            return True
        if isinstance(reply, Refusal):
            log.error("the ledger refuses a transaction", charge_id=transaction.id, code=reply.code)
            age = self._desk.now() - transaction.date
            return reply.code is not RefusalCode.CAPPED or age > CAPPED_FOR
        return True

    async def _report(self, one: StarTransaction) -> object:
        """Report what concerns an order of ours; gifts, withdrawals and the like do not."""
        incoming, outgoing = _buyer(one.source), _buyer(one.receiver)
        if incoming is not None:
            order_id = order_of(incoming.invoice_payload)
            account = telegram_account(incoming.user.id)
            if order_id is not None:
                return await report_payment(
                    self._desk.ledger, account, order_id, one.id, one.amount
                )
        if outgoing is not None:
            account = telegram_account(outgoing.user.id)
            return await report_refund(self._desk.ledger, account, one.id, one.amount)
        return None


class _Seen(BaseModel):
    count: int


def _buyer(partner: object) -> TransactionPartnerUser | None:
    if isinstance(partner, TransactionPartnerUser) and partner.transaction_type == INVOICE_PAYMENT:
        return partner
    return None
