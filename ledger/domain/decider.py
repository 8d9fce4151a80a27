"""The decider: every rule about credits, and nothing else.

A rule added here tomorrow cannot make yesterday's stream unreadable, because reading it back
(`ledger.domain.account`) asks no rule.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from msgspec import Struct, field

from ledger.domain.account import Account, Deduction
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
from ledger.domain.events import (
    CANCELLED,
    DEADLINE,
    WELCOME_BONUS,
    WELCOME_GRANT,
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.domain.keys import (
    account_key,
    closed_key,
    deducted_key,
    delivered_key,
    grant_key,
)
from ledger.domain.refusals import (
    AccountUnknown,
    AlreadyStarted,
    BalanceLimit,
    DeductionClosed,
    DeductionOpen,
    InsufficientCredits,
    JobUnknown,
    KeyReused,
    NotStarted,
    NotYetDue,
    PriceChanged,
    TooLate,
    TooLittleTime,
    TooManyOpen,
)

BALANCE_MAX = 1_000_000_000


class Rules(Struct, frozen=True, kw_only=True):
    """What the operator may choose. Amounts in credits."""

    welcome_credits: int = 1
    price_credits: int = 1
    open_jobs_max: int = 10
    deadline: timedelta = timedelta(minutes=15)
    start_margin: timedelta = timedelta(minutes=1)
    """A job whose deadline is nearer than this may not start."""


class Known(Struct, frozen=True, kw_only=True):
    """The log's clock, and what the log already holds under the command's keys."""

    now: datetime
    events: Mapping[str, AccountEvent] = field(default_factory=dict[str, AccountEvent])


def decide(
    command: AccountCommand, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    """Return what happens, `[]` if it already did, or raise a `LedgerRefusal`."""
    match command:
        case OpenAccount():
            return _decide_open_account(command, account, known, rules)
        case TopUp():
            return _decide_top_up(command, account, known)
        case Deduct():
            return _decide_deduct(command, account, known, rules)
        case Start():
            return _decide_start(command, account, known, rules)
        case Settle():
            return _decide_settle(command, account, known)
        case Refund():
            return _decide_refund(command, account, known)
        case Cancel():
            return _decide_cancel(command, account, known)
        case Deliver():
            return _decide_deliver(command, account, known)
        case _:
            assert_never(command)


def _decide_open_account(
    command: OpenAccount, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    if account_key(account.account_id) in known.events:
        return []
    _refuse_late(command, known)
    opened = AccountOpened(
        originator_id=account.account_id,
        originator_version=account.version + 1,
        terms_version=command.terms_version,
    )
    if rules.welcome_credits == 0:
        return [opened]
    bonus = ToppedUp(
        originator_id=account.account_id,
        originator_version=account.version + 2,
        grant_id=WELCOME_GRANT,
        credits=rules.welcome_credits,
        reason=WELCOME_BONUS,
    )
    return [opened, bonus]


def _decide_top_up(command: TopUp, account: Account, known: Known) -> list[AccountEvent]:
    recorded = known.events.get(grant_key(account.account_id, command.grant_id))
    if isinstance(recorded, ToppedUp):
        _refuse_other(credits=(recorded.credits, command.credits))
        _refuse_other(reason=(recorded.reason, command.reason))
        return []
    _refuse_late(command, known)
    _refuse_unknown(account)
    if account.balance + command.credits > BALANCE_MAX:
        raise BalanceLimit
    return [
        ToppedUp(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            grant_id=command.grant_id,
            credits=command.credits,
            reason=command.reason,
        )
    ]


def _decide_deduct(
    command: Deduct, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    if _is_repeated_deduct(command, known):
        return []
    _refuse_late(command, known)
    _refuse_unknown(account)
    if command.price_credits != rules.price_credits:
        raise PriceChanged(price=rules.price_credits)
    if len(account.open) + len(command.jobs) > rules.open_jobs_max:
        raise TooManyOpen
    needed = rules.price_credits * len(command.jobs)
    if account.balance < needed:
        raise InsufficientCredits(balance=account.balance, needed=needed)
    return [
        Deducted(
            originator_id=account.account_id,
            originator_version=account.version + 1 + index,
            job_id=job_id,
            credits=rules.price_credits,
            order_digest=order_digest,
            index=index,
            count=len(command.jobs),
            deadline_at=known.now + rules.deadline,
        )
        for index, (job_id, order_digest) in enumerate(command.jobs)
    ]


def _is_repeated_deduct(command: Deduct, known: Known) -> bool:
    """Jobs are ordered together, so finding one of them means that all were recorded."""
    repeated = False
    for job_id, order_digest in command.jobs:
        recorded = known.events.get(deducted_key(job_id))
        if isinstance(recorded, Deducted):
            _refuse_other(account=(recorded.originator_id, command.account_id))
            _refuse_other(count=(recorded.count, len(command.jobs)))
            _refuse_other(order_digest=(recorded.order_digest, order_digest))
            _refuse_other(price_credits=(recorded.credits, command.price_credits))
            repeated = True
    return repeated


def _decide_start(
    command: Start, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    deduction = _open_deduction(command.job_id, account, known)
    if deduction.started:
        return []
    _refuse_late(command, known)
    if known.now + rules.start_margin > deduction.deadline_at:
        raise TooLittleTime
    return [
        Started(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            job_id=command.job_id,
        )
    ]


def _decide_settle(command: Settle, account: Account, known: Known) -> list[AccountEvent]:
    closed = known.events.get(closed_key(command.job_id))
    if isinstance(closed, Settled) and closed.originator_id == account.account_id:
        _refuse_other(video_digest=(closed.video_digest, command.video_digest))
        return []
    deduction = _open_deduction(command.job_id, account, known)
    if not deduction.started:
        raise NotStarted
    return [
        Settled(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            job_id=command.job_id,
            credits=deduction.credits,
            video_digest=command.video_digest,
        )
    ]


def _decide_refund(command: Refund, account: Account, known: Known) -> list[AccountEvent]:
    if _is_refunded(command.job_id, command.reason, account, known):
        return []
    deduction = _open_deduction(command.job_id, account, known)
    if command.reason == DEADLINE and known.now < deduction.deadline_at:
        raise NotYetDue
    return [_refunded(command.job_id, deduction, command.reason, account)]


def _decide_cancel(command: Cancel, account: Account, known: Known) -> list[AccountEvent]:
    if _is_refunded(command.job_id, CANCELLED, account, known):
        return []
    deduction = _open_deduction(command.job_id, account, known)
    if deduction.started:
        raise AlreadyStarted
    _refuse_late(command, known)
    return [_refunded(command.job_id, deduction, CANCELLED, account)]


def _decide_deliver(command: Deliver, account: Account, known: Known) -> list[AccountEvent]:
    recorded = known.events.get(delivered_key(command.job_id))
    if isinstance(recorded, Delivered) and recorded.originator_id == account.account_id:
        _refuse_other(outcome=(recorded.outcome, command.outcome))
        return []
    closed = known.events.get(closed_key(command.job_id))
    if closed is None or closed.originator_id != account.account_id:
        _open_deduction(command.job_id, account, known)
        raise DeductionOpen
    if isinstance(closed, Refunded) and closed.reason != DEADLINE:
        raise DeductionClosed
    return [
        Delivered(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            job_id=command.job_id,
            outcome=command.outcome,
            file_digest=command.file_digest,
        )
    ]


def _refunded(job_id: UUID, deduction: Deduction, reason: str, account: Account) -> Refunded:
    return Refunded(
        originator_id=account.account_id,
        originator_version=account.version + 1,
        job_id=job_id,
        credits=deduction.credits,
        reason=reason,
    )


def _is_refunded(job_id: UUID, reason: str, account: Account, known: Known) -> bool:
    closed = known.events.get(closed_key(job_id))
    return (
        isinstance(closed, Refunded)
        and closed.originator_id == account.account_id
        and closed.reason == reason
    )


def _open_deduction(job_id: UUID, account: Account, known: Known) -> Deduction:
    """Return the account's open deduction, or refuse: closed, or never heard of."""
    deduction = account.open.get(job_id)
    if deduction is not None:
        return deduction
    closed = known.events.get(closed_key(job_id))
    if closed is not None and closed.originator_id == account.account_id:
        raise DeductionClosed
    raise JobUnknown


def _refuse_late(command: AccountCommand, known: Known) -> None:
    if command.not_after is not None and known.now > command.not_after:
        raise TooLate


def _refuse_unknown(account: Account) -> None:
    if account.version == 0:
        raise AccountUnknown


def _refuse_other(**compared: tuple[object, object]) -> None:
    for name, (recorded, asked) in compared.items():
        if recorded != asked:
            raise KeyReused(field=name)
