"""The reasons to say no. A refusal changes nothing and is not remembered."""

from typing import ClassVar
from uuid import UUID


class LedgerRefusal(Exception):
    """`code` is what travels; the attributes explain it to the asker."""

    code: ClassVar[str]
    comes_with_time: ClassVar[bool] = False
    """Whether the same command could have been granted a moment ago, by its time alone."""
    field: str | None = None
    balance: int | None = None
    needed: int | None = None
    order_id: UUID | None = None

    def __str__(self) -> str:
        return self.code


class Overloaded(LedgerRefusal):
    """More is asked at once than the ledger can queue. Asking again later helps."""

    code = "overloaded"


class Capped(LedgerRefusal):
    """More than may be granted in a day from where it came."""

    code = "capped"


class AmountInvalid(LedgerRefusal):
    """`field` is no whole positive amount, or far too much."""

    code = "amount_invalid"

    def __init__(self, *, field: str) -> None:
        super().__init__(field)
        self.field = field


class AccountUnknown(LedgerRefusal):
    code = "account_unknown"


class InsufficientCredits(LedgerRefusal):
    code = "insufficient_credits"

    def __init__(self, *, balance: int, needed: int) -> None:
        super().__init__(balance, needed)
        self.balance = balance
        self.needed = needed


class JobUnknown(LedgerRefusal):
    code = "job_unknown"


class KeyReused(LedgerRefusal):
    """The key was used before with other content; `field` names what differs."""

    code = "key_reused"

    def __init__(self, *, field: str) -> None:
        super().__init__(field)
        self.field = field


class TooLate(LedgerRefusal):
    code = "too_late"
    comes_with_time = True


class AlreadyStarted(LedgerRefusal):
    code = "already_started"


class DeductionClosed(LedgerRefusal):
    code = "deduction_closed"


class DeductionOpen(LedgerRefusal):
    code = "deduction_open"


class NotStarted(LedgerRefusal):
    code = "not_started"


class NotYetDue(LedgerRefusal):
    code = "not_yet_due"


class TooLittleTime(LedgerRefusal):
    code = "too_little_time"
    comes_with_time = True


class TooManyOpen(LedgerRefusal):
    code = "too_many_open"


class PriceChanged(LedgerRefusal):
    """The person saw another price; `needed` is today's, in credits per job."""

    code = "price_changed"

    def __init__(self, *, price: int) -> None:
        super().__init__(price)
        self.needed = price


class BalanceLimit(LedgerRefusal):
    code = "balance_limit"


class OrderUnknown(LedgerRefusal):
    code = "order_unknown"


class OrderOpen(LedgerRefusal):
    """The plan was ordered before, and that order can still be paid."""

    code = "order_open"

    def __init__(self, *, order_id: UUID) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class PaymentMismatch(LedgerRefusal):
    """What was paid is not what was ordered; `field` names what differs."""

    code = "payment_mismatch"

    def __init__(self, *, field: str) -> None:
        super().__init__(field)
        self.field = field


class PaymentUnknown(LedgerRefusal):
    code = "payment_unknown"


class AlreadyPaid(LedgerRefusal):
    code = "payment_completed"


class RefundTooLarge(LedgerRefusal):
    """More money than was paid would go back."""

    code = "refund_too_large"


class TooManyRefunds(LedgerRefusal):
    code = "too_many_refunds"


class RefundUnknown(LedgerRefusal):
    code = "refund_unknown"


class RefundClosed(LedgerRefusal):
    code = "refund_closed"
