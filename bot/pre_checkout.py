"""Telegram asks whether an invoice may be paid, and takes no answer after ten seconds.

So the answer goes aside from everything else: no stream, no lane, nobody's turn. Whatever is not
certain is answered no, and then no Star moves.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import PreCheckoutQuery
from pydantic import ValidationError

from bot.desk import Desk
from bot.stars import order_of
from bot.telegram import is_stale_callback, may_have_arrived, without_token
from bot.texts import locale_of
from contracts.bus import NoAnswerError
from contracts.ids import telegram_account
from contracts.messages import Currency, Payment, PaymentProvider, PaymentState

LEDGER_WAIT_S = 3.0
ANSWER_WITHIN_S = 8.0
"""Of the ten; what takes longer is of no use any more."""
RETRY_S = 0.3
KEPT_MAX = 1_000
OPEN = (PaymentState.REQUESTED, PaymentState.OPENED)

log = structlog.get_logger()


class PreCheckouts:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: deque[str] = deque(maxlen=KEPT_MAX)

    def begin(self, raw: Mapping[str, Any], tasks: asyncio.TaskGroup) -> None:
        """Answer in a task of its own. A query that came before is under way or answered."""
        try:
            query = PreCheckoutQuery.model_validate(raw)
        except ValidationError as error:
            log.warning("not a query about a payment", error=str(error))
            return
        if query.id not in self._known:
            self._known.append(query.id)
            tasks.create_task(self._answer_safely(query))

    async def _answer_safely(self, query: PreCheckoutQuery) -> None:
        """Whatever goes wrong ends this payment and nothing else."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._answer(query, await self._objection(query))
        except TelegramBadRequest as error:
            if not is_stale_callback(error):
                log.warning("a payment was not let through", error=without_token(str(error)))
        except (TelegramAPIError, TimeoutError) as error:
            log.warning("a payment was not let through", error=without_token(repr(error)))
        except Exception:
            log.exception("a payment was not let through")

    async def _objection(self, query: PreCheckoutQuery) -> str | None:
        """Return the text that says why not, or None."""
        order_id = order_of(query.invoice_payload)
        if order_id is None:
            return "stars-unknown"
        try:
            async with asyncio.timeout(LEDGER_WAIT_S):
                account = telegram_account(query.from_user.id)
                found = await self._desk.ledger.payment(account, order_id)
        except (NoAnswerError, TimeoutError) as error:
            log.warning("the ledger does not say whether it may be paid", error=repr(error))
            return "stars-silent"
        if not isinstance(found, Payment) or found.account != account:
            return "stars-unknown"
        return self._objection_to(found, query)

    def _objection_to(self, found: Payment, query: PreCheckoutQuery) -> str | None:
        if found.state is PaymentState.COMPLETED:
            return "stars-paid"
        is_over = found.expires_at is not None and found.expires_at <= self._desk.now()
        if found.state not in OPEN or is_over:
            return "stars-over"
        asked = (PaymentProvider.STARS, Currency.XTR, query.total_amount)
        if (found.provider, found.currency, found.price) != asked or query.currency != asked[1]:
            return "stars-changed"
        return None

    async def _answer(self, query: PreCheckoutQuery, objection: str | None) -> None:
        """Say it until it is known to have arrived; Telegram heeds the first answer only."""
        why = None
        if objection is not None:
            why = self._desk.texts.get(locale_of(query.from_user.language_code), objection)
        while True:
            try:
                await self._desk.bot.answer_pre_checkout_query(
                    query.id, ok=why is None, error_message=why
                )
            except TelegramAPIError as error:
                if not may_have_arrived(error):
                    raise
                await asyncio.sleep(RETRY_S)
            else:
                return
