"""What happened each day, in sums: events, credits, debt and money."""

from datetime import UTC, date

from msgspec import Struct

from ledger.database import Row
from ledger.domain.events import PaymentCompleted, PaymentRefundRequested, PaymentRequested
from ledger.views.projection import Folded, payload_of, state_if
from ledger.views.rows import Rows

NO_MONEY = ("", 0)

Key = tuple[date, str, str]


class DailyTotalRow(Struct):
    day: date
    kind: str
    currency: str
    events: int = 0
    credits: int = 0
    debt_change: int = 0
    money: int = 0


class DailyTotals(Folded[DailyTotalRow]):
    name = "daily_totals"
    reads = "amount, debt_change, " + state_if(
        "payment_requested", "payment_completed", "payment_refund_requested"
    )
    rows = Rows(DailyTotalRow, keys=3)

    def key_of(self, event: Row) -> Key:
        day = event["recorded_at"].astimezone(UTC).date()
        return day, event["kind"], _money_of(event)[0]

    def fold(self, row: DailyTotalRow | None, event: Row) -> DailyTotalRow:
        row = row or DailyTotalRow(*self.key_of(event))
        row.events += 1
        row.credits += event["amount"]
        row.debt_change += event["debt_change"]
        row.money += _money_of(event)[1]
        return row


def _money_of(event: Row) -> tuple[str, int]:
    """Return currency and amount of the money that the event is about."""
    if event["state"] is None:
        return NO_MONEY
    match payload_of(event):
        case PaymentRequested(currency=currency, price=money):
            return currency, money
        case PaymentCompleted(currency=currency, price=money):
            return currency, money
        case PaymentRefundRequested(currency=currency, money=money):
            return currency, money
        case _:
            return NO_MONEY
