"""The balance and debt of each account, and how many credits are in its open deductions."""

from datetime import datetime

from msgspec import Struct

from ledger.database import Row
from ledger.views.credits import balance_change_of, open_change_of
from ledger.views.projection import Folded, must_exist
from ledger.views.rows import Rows


class BalanceRow(Struct):
    account: str
    balance: int
    open_credits: int
    updated_at: datetime
    debt: int


class Balances(Folded[BalanceRow]):
    """Sums for itself instead of copying `balance_after`: it is the second opinion."""

    name = "balances"
    reads = "amount, debt_change"
    rows = Rows(BalanceRow)

    def key_of(self, event: Row) -> str:
        return event["account"]

    def fold(self, row: BalanceRow | None, event: Row) -> BalanceRow:
        if event["kind"] == "account_opened":
            return BalanceRow(event["account"], 0, 0, event["recorded_at"], 0)
        row = must_exist(row, event)
        row.balance += balance_change_of(event)
        row.open_credits += open_change_of(event)
        row.debt += event["debt_change"]
        row.updated_at = event["recorded_at"]
        return row
