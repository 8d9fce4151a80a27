"""What can happen in YooKassa: payments, money back, and what time alone brings about."""

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.bodies import NewPayment, NewRefund
from infra.sandbox.yookassa.faults import Event
from infra.sandbox.yookassa.payments import Method, Party, Payment, PaymentStatus
from infra.sandbox.yookassa.refunds import Refund, RefundStatus
from infra.sandbox.yookassa.refusals import wrong
from infra.sandbox.yookassa.state import YooKassaState

CHECKOUT = "/yookassa/checkout/payments/v2/contract"


class YooKassaWorld(YooKassaState):
    def create(self, asked: NewPayment, origin: str) -> Payment:
        """Raises 400 for what only all of the request together tells."""
        asked.check(is_fiscalized=self.shop.is_fiscalized)
        payment = self.blank_payment(asked.amount.kopecks, origin, self.clock.now())
        payment.return_url = asked.confirmation.return_url
        payment.description = asked.description
        payment.metadata = dict(asked.metadata)
        payment.receipt = asked.receipt.told() if asked.receipt else None
        payment.is_captured_at_once = asked.capture
        payment.method = Method(asked.method) if asked.method else None
        payment.merchant_customer_id = asked.merchant_customer_id
        self.add(payment)
        return payment

    def blank_payment(self, price: int, origin: str, now: float) -> Payment:
        payment_id = self.new_payment_id()
        return Payment(
            payment_id=payment_id,
            account_id=self.shop.shop_id,
            price=price,
            created_at=now,
            expires_at=now + self.timing.payable_s,
            confirmation_url=f"{origin}{CHECKOUT}?orderId={payment_id}",
            is_test=self.shop.is_test,
        )

    def new_payment_id(self) -> str:
        return self.ids.payment(self.clock.now())

    def add(self, payment: Payment) -> None:
        self.payments.add(payment)
        self.keep(payment)

    def pay(self, payment: Payment, method: Method) -> None:
        """Raises 400 when it is no longer to be paid."""
        self._check_status(payment, PaymentStatus.PENDING)
        payment.method = method
        if payment.is_captured_at_once:
            payment.succeed(self.clock.now())
            self.tell(Event.SUCCEEDED, payment)
        else:
            payment.status = PaymentStatus.WAITING_FOR_CAPTURE
            payment.expires_at = self.clock.now() + self.timing.capturable_s
            self.tell(Event.WAITING, payment)

    def decline(self, payment: Payment, reason: str) -> None:
        """Let a try to pay fail: the payment goes on being pending."""
        self._check_status(payment, PaymentStatus.PENDING)
        payment.declines.append(reason)
        self.keep(payment)

    def cancel(self, payment: Payment, reason: str, party: Party | None = None) -> None:
        if not payment.is_open:
            raise wrong(f"The payment is {payment.status}", "payment_id")
        payment.cancel(reason, self.clock.now(), party)
        self.tell(Event.CANCELED, payment)

    def cancel_captured(self, payment: Payment) -> None:
        self._check_status(payment, PaymentStatus.WAITING_FOR_CAPTURE)
        self.cancel(payment, "canceled_by_merchant")

    def capture(self, payment: Payment, kopecks: int | None) -> None:
        self._check_status(payment, PaymentStatus.WAITING_FOR_CAPTURE)
        if kopecks is not None and kopecks > payment.price:
            raise wrong("More than was authorised", "amount.value")
        payment.price = payment.price if kopecks is None else kopecks
        payment.succeed(self.clock.now())
        self.tell(Event.SUCCEEDED, payment)

    def refund(self, payment: Payment, asked: NewRefund) -> Refund:
        """Raises 400 for a payment that is not paid, and for more than is left of it."""
        self._check_status(payment, PaymentStatus.SUCCEEDED)
        left = payment.price - self.refunds.promised(payment.payment_id)
        if payment.currency != asked.amount.currency or asked.amount.kopecks > left:
            raise wrong("The refund is more than is left of the payment", "amount.value")
        now = self.clock.now()
        text = f"{payment.payment_id} {asked.amount.value}"
        fate = self.faults.of_refund(text, self.timing.refund_s)
        refund = Refund(
            refund_id=self.ids.refund(now),
            payment_id=payment.payment_id,
            money=asked.amount.kopecks,
            currency=asked.amount.currency,
            created_at=now,
            ends_at=now + fate.pending_s,
            ends_as=fate.status,
            reason=fate.reason if fate.status is RefundStatus.CANCELED else "",
            description=asked.description,
            metadata=asked.metadata,
            receipt=_receipt(payment, asked),
        )
        self.refunds.add(refund)
        self.keep(refund)
        self.catch_up()
        return refund

    def catch_up(self) -> None:
        """Let happen what time alone has brought about."""
        now = self.clock.now()
        for payment in self.payments.expired(now):
            payment.expire()
            self.tell(Event.CANCELED, payment)
        for refund in self.refunds.due(now):
            self._end(refund)

    def _end(self, refund: Refund) -> None:
        refund.status = refund.ends_as
        payment = self.payments.find(refund.payment_id)
        if refund.status is not RefundStatus.SUCCEEDED or payment is None:
            self.keep(refund)
            return
        payment.refunded += refund.money
        self.keep(payment)
        self.tell(Event.REFUNDED, refund)

    def _check_status(self, payment: Payment, status: PaymentStatus) -> None:
        if payment.status is not status:
            raise wrong(f"The payment is {payment.status}, not {status}", "payment_id")


def _receipt(payment: Payment, asked: NewRefund) -> Json | None:
    """When all of it goes back, YooKassa takes the receipt of the payment itself."""
    if asked.receipt is not None:
        return asked.receipt.told()
    return payment.receipt if asked.amount.kopecks == payment.price else None
