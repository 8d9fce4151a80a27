"""A ledger that sells: it answers the bot about payments as the real one does, from memory."""

from datetime import UTC, datetime
from uuid import UUID

from contracts.bus import NoAnswerError
from contracts.messages import (
    Balance,
    Buy,
    Currency,
    Deduct,
    Done,
    LedgerFact,
    Payment,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentProvider,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentState,
    Plan,
    Plans,
    Refusal,
    RefusalCode,
    Terms,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STARTER = Plan(id="starter", title="Стартер", title_en="Starter", credits=5, price=19900, stars=150)
PRO = Plan(id="pro", title="Профи", title_en="Pro", credits=20, price=69900, stars=525)
PREMIUM = Plan(
    id="premium", title="Премиум", title_en="Premium", credits=50, price=149900, stars=1125
)


class SellingLedger:
    def __init__(self) -> None:
        self.sold = [STARTER, PRO, PREMIUM]
        self.providers = (PaymentProvider.YOOKASSA,)
        self.wants_receipts = False
        self.emails: dict[str, str] = {}
        self.credits, self.debt, self.position = 0, 0, 10
        self.orders: dict[UUID, Payment] = {}
        self.asked: list[Buy] = []
        self.lost_replies = 0
        self.links_come_later = False
        self.deducted: list[Deduct] = []
        self.recorded_at = NOON

    async def plans(self, account: str) -> Plans:
        email = self.emails.get(account, "")
        return Plans(
            plans=tuple(self.sold),
            providers=self.providers,
            email_needed=self.wants_receipts and not email,
            email_hint=f"{email[0]}***@{email.partition('@')[2]}" if email else "",
            balance=self.credits,
            debt=self.debt,
        )

    async def terms(self) -> Terms:
        return Terms(price_credits=1, welcome_credits=0, deadline_s=900)

    async def balance(self, account: str, _: int = 0) -> Balance:
        return Balance(
            account=account, balance=self.credits, open_credits=0, debt=self.debt, position=1
        )

    async def buy(self, command: Buy) -> Payment | Refusal:
        self.asked.append(command)
        outcome = self._bought(command)
        if self.lost_replies:
            self.lost_replies -= 1
            raise NoAnswerError("lost")
        return outcome

    def _bought(self, command: Buy) -> Payment | Refusal:
        plan = next((plan for plan in self.sold if plan.id == command.plan), None)
        if plan is None:
            return Refusal(code=RefusalCode.PLAN_UNKNOWN)
        if command.email:
            self.emails[command.account] = command.email
        if command.order_id in self.orders:
            return self.orders[command.order_id]
        for order in self.orders.values():
            open_states = (PaymentState.REQUESTED, PaymentState.OPENED)
            if order.plan == command.plan and order.state in open_states:
                return order
        order = Payment(
            order_id=command.order_id,
            account=command.account,
            provider=command.provider,
            plan=plan.id,
            title=plan.title,
            credits=command.credits,
            price=command.price,
            currency=command.currency,
            state=PaymentState.REQUESTED,
            balance=self.credits,
        )
        self.orders[order.order_id] = order
        if not self.links_come_later:
            self.open(order.order_id)
        return self.orders[order.order_id]

    async def payment(self, account: str, order_id: UUID) -> Payment | Refusal:
        order = self.orders.get(order_id)
        if order is None or order.account != account:
            return Refusal(code=RefusalCode.PAYMENT_UNKNOWN)
        return order.model_copy(update={"balance": self.credits, "debt": self.debt})

    check_payment = payment

    async def deduct(self, command: Deduct) -> Done | Refusal:
        needed = command.price_credits * len(command.order_digests)
        if self.credits < needed:
            return Refusal(
                code=RefusalCode.INSUFFICIENT_CREDITS, needed=needed, balance=self.credits
            )
        self.credits -= needed
        self.deducted.append(command)
        return Done(account=command.account, balance=self.credits, position=self.position)

    def open(self, order_id: UUID) -> PaymentOpened:
        provider = self.orders[order_id].provider
        self._note(order_id, state=PaymentState.OPENED, url=f"https://pay.example/{order_id.hex}")
        return self._fact(PaymentOpened, order_id, provider=provider, payment_id="p-1")

    def pay(self, order_id: UUID) -> PaymentCompleted:
        order = self.orders[order_id]
        to_debt = min(self.debt, order.credits)
        self.debt -= to_debt
        self.credits += order.credits - to_debt
        self._note(order_id, state=PaymentState.COMPLETED, url=None, to_debt=to_debt)
        return self._fact(
            PaymentCompleted,
            order_id,
            provider=order.provider,
            payment_id="p-1",
            credits=order.credits,
            price=order.price,
            currency=order.currency,
            to_debt=to_debt,
        )

    def cancel(self, order_id: UUID, reason: str) -> PaymentCanceled:
        self._note(order_id, state=PaymentState.CANCELED, url=None, reason=reason)
        return self._fact(PaymentCanceled, order_id, reason=reason)

    def send_back(self, order_id: UUID, money: int, credits_: int) -> PaymentRefundRequested:
        shortfall = max(0, credits_ - self.credits)
        self.credits -= credits_ - shortfall
        self.debt += shortfall
        return self._fact(
            PaymentRefundRequested,
            order_id,
            provider="yookassa",
            payment_id="p-1",
            refund_id="r/1",
            money=money,
            currency=Currency.RUB,
            credits=credits_,
            shortfall=shortfall,
        )

    def fail_to_send_back(self, order_id: UUID, credits_: int) -> PaymentRefundFailed:
        to_debt = min(self.debt, credits_)
        self.debt -= to_debt
        self.credits += credits_ - to_debt
        return self._fact(
            PaymentRefundFailed,
            order_id,
            refund_id="r/1",
            credits=credits_,
            to_debt=to_debt,
            reason="canceled",
        )

    def _note(self, order_id: UUID, **changes: object) -> None:
        self.orders[order_id] = self.orders[order_id].model_copy(update=changes)

    def _fact(self, kind: type[LedgerFact], order_id: UUID, **fields: object) -> LedgerFact:
        self.position += 1
        return kind(
            account=self.orders[order_id].account,
            position=self.position,
            version=self.position,
            recorded_at=self.recorded_at,
            correlation_id="c",
            balance_after=self.credits,
            order_id=order_id,
            **fields,
        )
