"""Between contracts and domain: with the policies, the only code that knows both."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from msgspec.structs import asdict

from contracts import messages
from contracts.ids import job_id_of
from ledger.domain import commands, events
from ledger.domain.refusals import LedgerRefusal
from ledger.log import Origin, Recorded
from ledger.service import Outcome

ACTORS: dict[type[messages.LedgerCommand], str] = {
    messages.OpenAccount: "person",
    messages.TopUp: "operator",
    messages.Deduct: "person",
    messages.Start: "videogen",
    messages.Cancel: "person",
    messages.Deliver: "bot",
}
"""NATS permissions guarantee who sends which command, so its kind tells the actor."""


def to_command(message: messages.LedgerCommand) -> commands.AccountCommand:
    match message:
        case messages.OpenAccount():
            return commands.OpenAccount(
                account_id=message.account,
                not_after=message.not_after,
                terms_version=message.terms_version,
            )
        case messages.TopUp():
            return commands.TopUp(
                account_id=message.account,
                not_after=message.not_after,
                grant_id=message.grant_id,
                credits=message.credits,
                reason=message.reason,
            )
        case messages.Deduct():
            return _to_deduct(message)
        case messages.Start():
            return commands.Start(
                account_id=message.account, not_after=message.not_after, job_id=message.job_id
            )
        case messages.Cancel():
            return commands.Cancel(
                account_id=message.account, not_after=message.not_after, job_id=message.job_id
            )
        case messages.Deliver():
            return commands.Deliver(
                account_id=message.account,
                not_after=message.not_after,
                job_id=message.job_id,
                outcome=message.outcome,
                file_digest=message.file_digest,
            )
        case _:
            assert_never(message)


def _to_deduct(message: messages.Deduct) -> commands.Deduct:
    """The job ids are computed here again: nobody can order under ids of their own choice."""
    return commands.Deduct(
        account_id=message.account,
        not_after=message.not_after,
        price_credits=message.price_credits,
        jobs=tuple(
            (job_id_of(message.account, message.draft_id, message.revision, index), digest)
            for index, digest in enumerate(message.order_digests)
        ),
    )


def origin_of(message: messages.LedgerCommand) -> Origin:
    return Origin(actor=ACTORS[type(message)], correlation_id=message.correlation_id)


def to_done(account: str, outcome: Outcome) -> messages.Done:
    last = outcome.recorded[-1]
    job_ids: tuple[UUID, ...] = ()
    deadline_at: datetime | None = None
    bonus_credits = 0
    for one in outcome.recorded:
        event = one.event
        if isinstance(event, events.Deducted):
            job_ids += (event.job_id,)
            deadline_at = event.deadline_at
        elif isinstance(event, events.ToppedUp) and event.reason == events.WELCOME_BONUS:
            bonus_credits += event.credits
    return messages.Done(
        account=account,
        balance=last.balance_after,
        position=last.position,
        repeat=outcome.repeat,
        job_ids=job_ids,
        bonus_credits=bonus_credits,
        deadline_at=deadline_at,
    )


def to_refusal(refusal: LedgerRefusal) -> messages.Refusal:
    return messages.Refusal(
        code=messages.RefusalCode(refusal.code),
        field=refusal.field,
        balance=refusal.balance,
        needed=refusal.needed,
    )


def to_fact(one: Recorded) -> messages.LedgerFact:
    """Return the event as the other services read it on the LEDGER stream."""
    event = one.event
    said = asdict(event)  # a fact has the names of its event's fields, and leaves some out
    said.update(
        account=event.originator_id,
        position=one.position,
        version=event.originator_version,
        recorded_at=one.recorded_at,
        correlation_id=one.correlation_id,
        balance_after=one.balance_after,
    )
    return _fact_of(event).model_validate(said)


def _fact_of(event: events.AccountEvent) -> type[messages.LedgerFact]:
    match event:
        case events.Deducted():
            return messages.Deducted
        case events.Started():
            return messages.Started
        case events.Settled():
            return messages.Settled
        case events.Refunded():
            return messages.Refunded
        case events.Delivered():
            return messages.Delivered
        case events.ToppedUp():
            return messages.ToppedUp
        case events.AccountOpened():
            return messages.AccountOpened
        case _:
            return _payment_fact_of(event)


def _payment_fact_of(event: events.PaymentEvent) -> type[messages.LedgerFact]:
    match event:
        case events.PaymentRequested():
            return messages.PaymentRequested
        case events.PaymentOpened():
            return messages.PaymentOpened
        case events.PaymentCompleted():
            return messages.PaymentCompleted
        case events.PaymentCanceled():
            return messages.PaymentCanceled
        case events.PaymentRefundRequested():
            return messages.PaymentRefundRequested
        case events.PaymentRefunded():
            return messages.PaymentRefunded
        case events.PaymentRefundFailed():
            return messages.PaymentRefundFailed
        case _:
            assert_never(event)
