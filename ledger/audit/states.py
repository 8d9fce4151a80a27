"""An account as the audit folds it: what its next event is judged by.

It holds open jobs and open orders only, so the memory of an audit does not grow with history.
"""

import msgspec
from msgspec import Struct

from ledger.chain import Row
from ledger.codec import UnknownTopicError
from ledger.domain.events import Deducted

UNDECODABLE = (UnknownTopicError, msgspec.MsgspecError, UnicodeDecodeError)
"""What opening a payload raises when it is damaged, or of a version not known here."""


class OpenJob(Struct, gc=False):
    credits: int
    deadline_at: int
    """As PostgreSQL counts, like `Row.recorded_at`."""
    started: bool = False


class AccountState(Struct):
    version: int = 0
    balance: int = 0
    debt: int = 0
    jobs: dict[bytes, OpenJob] = {}
    orders: dict[bytes, str] = {}
    """The plan of each open order."""
    cut_short: Deducted | None = None
    """The last deduction, while others that were confirmed with it have not come yet."""

    def gain(self, credits_: int, to_debt: int) -> str:
        """Add credits, of which the debt is paid first; tell what is wrong with `to_debt`."""
        paid = min(self.debt, credits_)
        self.balance += credits_ - paid
        self.debt -= paid
        if to_debt != paid:
            return f"{to_debt} of its credits paid debt, {paid} had to"
        return ""

    def trust(self, row: Row) -> None:
        """Go on from what the row says, right or wrong."""
        self.version = row.version
        self.balance = row.balance_after
        self.debt = row.debt_after
