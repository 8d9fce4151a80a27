"""How an order of credits goes: paid, abandoned, paid late, paid twice, sent back."""

from functools import partial

from ledger.domain.commands import (
    CancelPayment,
    CompletePayment,
    ConfirmPaymentRefund,
    FailPaymentRefund,
    OpenPayment,
    RequestPayment,
    RequestPaymentRefund,
)
from ledger.generating.agenda import Agenda, Deed
from ledger.generating.chance import Chance
from ledger.generating.history import History, Thread

# Plan, credits, kopecks, Stars.
PLANS = (("starter", 5, 19_900, 150), ("pro", 20, 69_900, 500), ("premium", 50, 149_900, 1_100))
MINUTE_S = 60.0
HOUR_S = 3_600.0
DAY_S = 86_400.0


class Payments:
    def __init__(self, history: History, agenda: Agenda, chance: Chance) -> None:
        self._history = history
        self._agenda = agenda
        self._chance = chance

    def order(self, account_id: str) -> bool:
        chance = self._chance
        plan, credits_, kopecks, stars = PLANS[chance.early_one(len(PLANS))]
        in_stars = chance.happens(0.3)
        order = RequestPayment(
            account_id=account_id,
            order_id=chance.uuid(),
            provider="stars" if in_stars else "yookassa",
            plan=plan,
            credits=credits_,
            price=stars if in_stars else kopecks,
            currency="XTR" if in_stars else "RUB",
        )
        thread = Thread(str(order.order_id))
        if not self._history.tell(order, thread, "bot"):
            return False
        payment_id = str(chance.uuid())
        self._later(1, 5, partial(self._open, order, thread, payment_id))
        if chance.happens(0.8):
            self._later(20, 15 * MINUTE_S, partial(self._complete, order, thread, payment_id))
        else:
            self._later(HOUR_S, 2 * HOUR_S, partial(self._cancel, order, thread, payment_id))
        return True

    def _open(self, order: RequestPayment, thread: Thread, payment_id: str) -> None:
        command = OpenPayment(
            account_id=order.account_id,
            order_id=order.order_id,
            provider=order.provider,
            payment_id=payment_id,
        )
        self._history.tell(command, thread, "payments")

    def _complete(self, order: RequestPayment, thread: Thread, payment_id: str) -> None:
        chance = self._chance
        command = CompletePayment(
            account_id=order.account_id,
            order_id=order.order_id,
            provider=order.provider,
            payment_id=payment_id,
            price=order.price,
            currency=order.currency,
        )
        if not self._history.tell(command, thread, "payments"):
            return
        if chance.happens(0.01):
            self._later(5, HOUR_S, partial(self._complete, order, thread, str(chance.uuid())))
        if chance.happens(0.06):
            self._later(HOUR_S, 10 * DAY_S, partial(self._send_back, order, thread, payment_id))

    def _cancel(self, order: RequestPayment, thread: Thread, payment_id: str) -> None:
        command = CancelPayment(
            account_id=order.account_id, order_id=order.order_id, reason="expired_on_confirmation"
        )
        if self._history.tell(command, thread, "payments") and self._chance.happens(0.05):
            self._later(MINUTE_S, HOUR_S, partial(self._complete, order, thread, payment_id))

    def _send_back(self, order: RequestPayment, thread: Thread, payment_id: str) -> None:
        """Send back all or a part; too much is refused."""
        chance = self._chance
        whole = chance.happens(0.5)
        refund_id = str(chance.uuid())
        command = RequestPaymentRefund(
            account_id=order.account_id,
            order_id=order.order_id,
            provider=order.provider,
            payment_id=payment_id,
            refund_id=refund_id,
            money=order.price if whole else chance.whole(1, order.price),
        )
        if not self._history.tell(command, thread, "operator"):
            return
        if chance.happens(0.85):
            self._later(1, 10 * MINUTE_S, partial(self._confirm, order, thread, refund_id))
        else:
            self._later(1, 10 * MINUTE_S, partial(self._fail, order, thread, refund_id))
        if chance.happens(0.4):
            self._later(MINUTE_S, DAY_S, partial(self._send_back, order, thread, payment_id))

    def _confirm(self, order: RequestPayment, thread: Thread, refund_id: str) -> None:
        command = ConfirmPaymentRefund(
            account_id=order.account_id,
            order_id=order.order_id,
            refund_id=refund_id,
            provider=order.provider,
            provider_refund_id=str(self._chance.uuid()),
        )
        self._history.tell(command, thread, "payments")

    def _fail(self, order: RequestPayment, thread: Thread, refund_id: str) -> None:
        command = FailPaymentRefund(
            account_id=order.account_id,
            order_id=order.order_id,
            refund_id=refund_id,
            reason="insufficient_funds",
        )
        self._history.tell(command, thread, "payments")

    def _later(self, low_s: float, high_s: float, deed: Deed) -> None:
        self._agenda.put(self._history.now + self._chance.span(low_s, high_s), deed)
