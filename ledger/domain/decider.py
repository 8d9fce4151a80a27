"""The decider: every rule about credits, and nothing else.

A rule added tomorrow cannot make yesterday's stream unreadable, because reading it back
(`ledger.domain.account`) asks no rule.
"""

from typing import assert_never

from ledger.domain.account import Account
from ledger.domain.commands import (
    AccountCommand,
    Cancel,
    CancelPayment,
    CompletePayment,
    ConfirmPaymentRefund,
    Deduct,
    Deliver,
    FailPaymentRefund,
    JobCommand,
    OpenAccount,
    OpenPayment,
    PaymentCommand,
    Refund,
    RequestPayment,
    RequestPaymentRefund,
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
from ledger.domain.payment_refunds import (
    decide_confirm_payment_refund,
    decide_fail_payment_refund,
    decide_request_payment_refund,
)
from ledger.domain.payments import (
    decide_cancel_payment,
    decide_complete_payment,
    decide_open_payment,
    decide_request_payment,
)
from ledger.domain.rules import Known, Rules


def decide(
    command: AccountCommand, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    """Return what happens, `[]` if it already did, or raise a `LedgerRefusal`."""
    match command:
        case Deduct() | Start() | Settle() | Refund() | Cancel() | Deliver():
            return _decide_job(command, account, known, rules)
        case TopUp():
            return decide_top_up(command, account, known)
        case OpenAccount():
            return decide_open_account(command, account, known, rules)
        case _:
            return _decide_payment(command, account, known, rules)


def _decide_job(
    command: JobCommand, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    match command:
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


def _decide_payment(
    command: PaymentCommand, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    match command:
        case RequestPayment():
            return decide_request_payment(command, account, known, rules)
        case OpenPayment():
            return decide_open_payment(command, account, known)
        case CompletePayment():
            return decide_complete_payment(command, account, known)
        case CancelPayment():
            return decide_cancel_payment(command, account, known)
        case RequestPaymentRefund():
            return decide_request_payment_refund(command, account, known)
        case ConfirmPaymentRefund():
            return decide_confirm_payment_refund(command, account, known)
        case FailPaymentRefund():
            return decide_fail_payment_refund(command, account, known)
        case _:
            assert_never(command)
