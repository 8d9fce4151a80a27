"""How a job runs and ends: start, settle, refund, cancel, deliver."""

from uuid import UUID

from ledger.domain.account import Account, Deduction
from ledger.domain.commands import Cancel, Deliver, Refund, Settle, Start
from ledger.domain.events import (
    CANCELLED,
    DEADLINE,
    AccountEvent,
    Delivered,
    Refunded,
    Settled,
    Started,
)
from ledger.domain.keys import closed_key, delivered_key
from ledger.domain.refusals import (
    AlreadyStarted,
    DeductionClosed,
    DeductionOpen,
    JobUnknown,
    NotStarted,
    NotYetDue,
    TooLittleTime,
)
from ledger.domain.rules import Known, Rules, refuse_late, refuse_other, to_debt


def decide_start(
    command: Start, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    deduction = _open_deduction(command.job_id, account, known)
    if deduction.started:
        return []
    refuse_late(command, known)
    if known.now + rules.start_margin > deduction.deadline_at:
        raise TooLittleTime
    return [
        Started(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            job_id=command.job_id,
        )
    ]


def decide_settle(command: Settle, account: Account, known: Known) -> list[AccountEvent]:
    closed = known.events.get(closed_key(command.job_id))
    if isinstance(closed, Settled) and closed.originator_id == account.account_id:
        refuse_other(video_digest=(closed.video_digest, command.video_digest))
        return []
    deduction = _open_deduction(command.job_id, account, known)
    if not deduction.started:
        raise NotStarted
    refuse_late(command, known)
    return [
        Settled(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            job_id=command.job_id,
            credits=deduction.credits,
            video_digest=command.video_digest,
        )
    ]


def decide_refund(command: Refund, account: Account, known: Known) -> list[AccountEvent]:
    if _is_refunded(command.job_id, command.reason, account, known):
        return []
    deduction = _open_deduction(command.job_id, account, known)
    if command.reason == DEADLINE and known.now < deduction.deadline_at:
        raise NotYetDue
    refuse_late(command, known)
    return [_refunded(command.job_id, deduction, command.reason, account)]


def decide_cancel(command: Cancel, account: Account, known: Known) -> list[AccountEvent]:
    if _is_refunded(command.job_id, CANCELLED, account, known):
        return []
    deduction = _open_deduction(command.job_id, account, known)
    if deduction.started:
        raise AlreadyStarted
    refuse_late(command, known)
    return [_refunded(command.job_id, deduction, CANCELLED, account)]


def decide_deliver(command: Deliver, account: Account, known: Known) -> list[AccountEvent]:
    recorded = known.events.get(delivered_key(command.job_id))
    if isinstance(recorded, Delivered) and recorded.originator_id == account.account_id:
        refuse_other(outcome=(recorded.outcome, command.outcome))
        return []
    closed = known.events.get(closed_key(command.job_id))
    if closed is None or closed.originator_id != account.account_id:
        _open_deduction(command.job_id, account, known)
        raise DeductionOpen
    if isinstance(closed, Refunded) and closed.reason != DEADLINE:
        raise DeductionClosed
    refuse_late(command, known)
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
        to_debt=to_debt(account, deduction.credits),
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
