"""The decider: every rule about credits, and nothing else.

A rule added tomorrow cannot make yesterday's stream unreadable, because reading it back
(`ledger.domain.account`) asks no rule.
"""

from typing import assert_never

from ledger.domain.account import Account
from ledger.domain.commands import (
    AccountCommand,
    Cancel,
    Deduct,
    Deliver,
    OpenAccount,
    Refund,
    Settle,
    Start,
    TopUp,
)
from ledger.domain.crediting import decide_deduct, decide_open_account, decide_top_up
from ledger.domain.events import AccountEvent
from ledger.domain.jobs import (
    decide_cancel,
    decide_deliver,
    decide_refund,
    decide_settle,
    decide_start,
)
from ledger.domain.rules import Known, Rules


def decide(
    command: AccountCommand, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    """Return what happens, `[]` if it already did, or raise a `LedgerRefusal`."""
    match command:
        case OpenAccount():
            return decide_open_account(command, account, known, rules)
        case TopUp():
            return decide_top_up(command, account, known)
        case Deduct():
            return decide_deduct(command, account, known, rules)
        case Start():
            return decide_start(command, account, known, rules)
        case Settle():
            return decide_settle(command, account, known)
        case Refund():
            return decide_refund(command, account, known)
        case Cancel():
            return decide_cancel(command, account, known)
        case Deliver():
            return decide_deliver(command, account, known)
        case _:
            assert_never(command)
