"""The rules, asked of the log: the decider could have produced each event where it stands.

Nothing here calls `decide` or `evolve`. What an operator may choose (prices, limits, deadlines)
is taken as it was chosen; all else must hold. Each rule moves the state as its event says, even
when it complains, so that one bad event is one finding. What needs more than the account's open
jobs and orders is checked in `ledger.audit.orders` and in SQL.
"""

from collections.abc import Callable
from typing import Any

from ledger.audit.states import AccountState, OpenJob
from ledger.chain import Row, stamp_of
from ledger.domain.events import (
    CANCELLED,
    DEADLINE,
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)

CREDITS_MAX = 1_000_000
MONEY_MAX = 10**12
BALANCE_MAX = 1_000_000_000
EARLY_US_MAX = 1_000_000
LATE_US_MAX = 120_000_000
"""An event is decided by the log's clock of a moment before it is recorded: by one that may be
a little ahead, and in bad times long before."""

Rule = Callable[[AccountState, Any, Row], str]


def complaint_about(account: AccountState, event: AccountEvent, row: Row) -> str:
    """Apply the event and return what is unlawful about it: a sentence, or nothing."""
    if account.cut_short is not None:
        return _complain_within_order(account, account.cut_short, event, row)
    complaint = RULES[type(event)](account, event, row)
    if account.version == 0 and not isinstance(event, AccountOpened):
        return "the account was never opened"
    if type(event) is Deducted and event.index > 0:
        return f"it is job {event.index} of {event.count}, and the ones before it are missing"
    return complaint


def _complain_within_order(
    account: AccountState, before: Deducted, event: AccountEvent, row: Row
) -> str:
    """Jobs that were confirmed together are deducted together: nothing comes between them."""
    account.cut_short = None
    complaint = RULES[type(event)](account, event, row)
    if isinstance(event, Deducted) and event.index == before.index + 1:
        together = (before.count, before.credits, before.deadline_at)
        if (event.count, event.credits, event.deadline_at) != together:
            return "it differs from the jobs that were confirmed with it"
        return complaint
    return f"it comes amid {before.count} jobs that were confirmed together"


def _opened(account: AccountState, _event: AccountOpened, _row: Row) -> str:
    return "" if account.version == 0 else "the account was open already"


def _topped_up(account: AccountState, event: ToppedUp, _row: Row) -> str:
    complaint = account.gain(event.credits, event.to_debt)
    if not 0 < event.credits <= CREDITS_MAX:
        return f"it gives {event.credits} credits"
    if account.balance > BALANCE_MAX:
        return f"it makes the balance {account.balance}"
    return complaint


def _deducted(account: AccountState, event: Deducted, row: Row) -> str:
    had = account.balance
    account.balance -= event.credits
    job_id = event.job_id.bytes
    was_open = job_id in account.jobs
    if event.deadline_at.tzinfo is None:
        return "its deadline has no time zone"
    deadline_at = stamp_of(event.deadline_at)
    account.jobs[job_id] = OpenJob(event.credits, deadline_at)
    if event.index < event.count - 1:
        account.cut_short = event
    if was_open:
        return "its job is open already"
    if not 0 < event.credits <= had:
        return f"it takes {event.credits} of {had} credits"
    if not 0 <= event.index < event.count:
        return f"it calls itself job {event.index} of {event.count}"
    if deadline_at <= row.recorded_at - LATE_US_MAX:
        return "its deadline had passed"
    return ""


def _started(account: AccountState, event: Started, row: Row) -> str:
    job = account.jobs.get(event.job_id.bytes)
    if job is None:
        return "its job is not open"
    was_started, job.started = job.started, True
    if was_started:
        return "its job was started already"
    if row.recorded_at > job.deadline_at + LATE_US_MAX:
        return "the deadline of its job had passed"
    return ""


def _settled(account: AccountState, event: Settled, _row: Row) -> str:
    job = account.jobs.pop(event.job_id.bytes, None)
    if job is None:
        return "its job is not open"
    if not job.started:
        return "its job was never started"
    if event.credits != job.credits:
        return f"it settles {event.credits} credits of {job.credits}"
    return ""


def _refunded(account: AccountState, event: Refunded, row: Row) -> str:
    job = account.jobs.pop(event.job_id.bytes, None)
    complaint = account.gain(event.credits, event.to_debt)
    if job is None:
        return "its job is not open"
    if event.credits != job.credits:
        return f"it returns {event.credits} credits of {job.credits}"
    if event.reason == CANCELLED and job.started:
        return "its job was started, so it could not be cancelled"
    if event.reason == DEADLINE and row.recorded_at < job.deadline_at - EARLY_US_MAX:
        return "the deadline of its job had not come"
    return complaint


def _delivered(account: AccountState, event: Delivered, _row: Row) -> str:
    return "its job is open" if event.job_id.bytes in account.jobs else ""


def _payment_requested(account: AccountState, event: PaymentRequested, _row: Row) -> str:
    was_open = event.plan in account.orders.values()
    account.orders[event.order_id.bytes] = event.plan
    if not (0 < event.credits <= CREDITS_MAX and 0 < event.price <= MONEY_MAX):
        return f"it asks {event.price} for {event.credits} credits"
    if account.balance + event.credits - min(account.debt, event.credits) > BALANCE_MAX:
        return f"{event.credits} credits are too many for a balance of {account.balance}"
    return f"an order of plan {event.plan} was open already" if was_open else ""


def _payment_opened(_account: AccountState, _event: PaymentOpened, _row: Row) -> str:
    return ""


def _payment_completed(account: AccountState, event: PaymentCompleted, _row: Row) -> str:
    account.orders.pop(event.order_id.bytes, None)
    return account.gain(event.credits, event.to_debt)


def _payment_canceled(account: AccountState, event: PaymentCanceled, _row: Row) -> str:
    was_open = account.orders.pop(event.order_id.bytes, None) is not None
    return "" if was_open else "its order is not open"


def _refund_requested(account: AccountState, event: PaymentRefundRequested, _row: Row) -> str:
    taken = min(account.balance, event.credits)
    account.balance -= event.credits - event.shortfall
    account.debt += event.shortfall
    if not (0 <= event.shortfall <= event.credits and 0 < event.money <= MONEY_MAX):
        return f"it returns {event.money} for {event.credits} credits"
    if event.credits - event.shortfall != taken:
        return f"it took {event.credits - event.shortfall} credits, {taken} could be taken"
    return ""


def _refund_confirmed(_account: AccountState, _event: PaymentRefunded, _row: Row) -> str:
    return ""


def _refund_failed(account: AccountState, event: PaymentRefundFailed, _row: Row) -> str:
    return account.gain(event.credits, event.to_debt)


RULES: dict[type[AccountEvent], Rule] = {
    AccountOpened: _opened,
    ToppedUp: _topped_up,
    Deducted: _deducted,
    Started: _started,
    Settled: _settled,
    Refunded: _refunded,
    Delivered: _delivered,
    PaymentRequested: _payment_requested,
    PaymentOpened: _payment_opened,
    PaymentCompleted: _payment_completed,
    PaymentCanceled: _payment_canceled,
    PaymentRefundRequested: _refund_requested,
    PaymentRefunded: _refund_confirmed,
    PaymentRefundFailed: _refund_failed,
}
