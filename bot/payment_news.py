"""What happens in the chat when the ledger recorded something about a payment."""

import hashlib
from datetime import timedelta

import structlog
from aiogram.exceptions import TelegramAPIError

from bot import billing, pay_notices
from bot.bills import Bill
from bot.continuing import go_on
from bot.desk import Desk, Person
from bot.screens import Screen
from bot.telegram import is_unreachable, never_arrived, without_token
from bot.texts import Voice
from contracts.bus import Delivery, NoAnswerError, UnprocessableMessageError
from contracts.messages import (
    Payment,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentProvider,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentState,
    Plans,
    RefusalCode,
)

ANNOUNCED_AGE_MAX = timedelta(hours=24)
QUIET = ("expired_on_confirmation", "canceled_by_merchant")
"""Nobody tried to pay: that the bill is over, it says itself."""

OrderFact = (
    PaymentOpened
    | PaymentCompleted
    | PaymentCanceled
    | PaymentRefundRequested
    | PaymentRefundFailed
)

log = structlog.get_logger()


class PaymentNews:
    """The handler of the consumer `bot-payments`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_event(self, delivery: Delivery) -> None:
        """Tell it once. The ledger is asked first, so a refill tells what is true by now."""
        fact = _fact_of(delivery)
        payment = await self._payment(fact)
        bill = None if payment is None else await self._bill(payment)
        if payment is None or bill is None:
            return
        await self._renew(bill, payment)
        if self._desk.now() - fact.recorded_at >= ANNOUNCED_AGE_MAX:
            return
        balance = payment.balance if delivery.refill_until else fact.balance_after
        async with self._desk.bills.lock(bill.order_id):
            bill = await self._desk.bills.load(bill.order_id) or bill
            await self._announce(fact, payment, bill, balance)

    async def _announce(self, fact: OrderFact, payment: Payment, bill: Bill, balance: int) -> None:
        voice = Voice(self._desk.texts, bill.locale)
        match fact:
            case PaymentCompleted():
                hint = await self._receipt_hint(payment)
                screen = pay_notices.completed(voice, fact, balance, hint)
                await self._tell(bill, f"completed.{_hashed(fact.payment_id)}", screen)
                await self._go_on(bill, voice)
            case PaymentCanceled() if _is_decline(payment):
                await self._tell(bill, "canceled", pay_notices.declined(voice, payment))
            case PaymentRefundRequested():
                screen = pay_notices.money_back(voice, fact, balance)
                await self._tell(bill, f"back.{_hashed(fact.refund_id)}", screen)
            case PaymentRefundFailed():
                support = self._desk.settings.bot_support
                screen = pay_notices.money_not_back(voice, fact, balance, support)
                await self._tell(bill, f"not-back.{_hashed(fact.refund_id)}", screen)
            case _:
                pass  # The bill itself has the link now, or says that it is over.

    async def _renew(self, bill: Bill, payment: Payment) -> None:
        """A bill that cannot be redrawn must not keep from being told what became of it."""
        try:
            await billing.renew(self._desk, bill, payment)
        except TelegramAPIError as error:
            log.info("bill not redrawn", order_id=str(bill.order_id), error=type(error).__name__)

    async def _go_on(self, bill: Bill, voice: Voice) -> None:
        try:
            await go_on(self._desk, _person(bill, voice), bill)
        except TelegramAPIError as error:
            if not is_unreachable(error):
                raise
            log.info("went on unseen", order_id=str(bill.order_id), error=type(error).__name__)

    async def _payment(self, fact: OrderFact) -> Payment | None:
        """Return the order as it stands, or None if the ledger knows none.

        Raises `NoAnswerError` while its answer does not include the fact yet.
        """
        found = await self._desk.ledger.payment(fact.account, fact.order_id)
        if not isinstance(found, Payment):
            if found.code is RefusalCode.VIEW_BEHIND:
                raise NoAnswerError("the ledger's view is behind")
            log.warning("no such order", order_id=str(fact.order_id), code=found.code)
            return None
        if not _includes(found.state, fact):
            raise NoAnswerError("the ledger's answer is older than its event")
        return found

    async def _bill(self, payment: Payment) -> Bill | None:
        bare = billing.bare_bill(payment)
        if bare is None:
            return None
        return await self._desk.bills.load(payment.order_id) or bare

    async def _receipt_hint(self, payment: Payment) -> str:
        """Return where the receipt goes, if there is one."""
        if payment.provider is not PaymentProvider.YOOKASSA:
            return ""
        found = await self._desk.ledger.plans(payment.account)
        return found.email_hint if isinstance(found, Plans) else ""

    async def _tell(self, bill: Bill, what: str, screen: Screen) -> None:
        """Say it once. What may have arrived is repeated once, what did not until it does."""
        key = f"{bill.order_id.hex}.{what}"
        if not await self._desk.notices.begin(key):
            return
        try:
            await self._desk.show(bill.chat_id, screen)
        except TelegramAPIError as error:
            if not is_unreachable(error):
                if never_arrived(error):
                    await self._desk.notices.undo(key)
                raise
            log.info("not told", order_id=str(bill.order_id), error=without_token(str(error)))
        await self._desk.notices.end(key)


def _fact_of(delivery: Delivery) -> OrderFact:
    match delivery.name:
        case "payment_opened":
            return delivery.parse(PaymentOpened)
        case "payment_completed":
            return delivery.parse(PaymentCompleted)
        case "payment_canceled":
            return delivery.parse(PaymentCanceled)
        case "payment_refund_requested":
            return delivery.parse(PaymentRefundRequested)
        case "payment_refund_failed":
            return delivery.parse(PaymentRefundFailed)
        case name:
            raise UnprocessableMessageError(f"nothing to say about {name}")


def _includes(state: PaymentState, fact: OrderFact) -> bool:
    match fact:
        case PaymentOpened():
            return state is not PaymentState.REQUESTED
        case PaymentCanceled():
            return state in (PaymentState.CANCELED, PaymentState.COMPLETED)
        case _:
            return state is PaymentState.COMPLETED


def _is_decline(payment: Payment) -> bool:
    return payment.state is PaymentState.CANCELED and payment.reason not in QUIET


def _person(bill: Bill, voice: Voice) -> Person:
    return Person(account=bill.account, chat_id=bill.chat_id, voice=voice)


def _hashed(provider_id: str) -> str:
    """Return a part of a key for an id of any letters."""
    return hashlib.sha256(provider_id.encode()).hexdigest()[:32]
