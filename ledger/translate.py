"""Between contracts and domain: with the policies, the only code that knows both."""

from typing import assert_never

from contracts import messages
from contracts.ids import job_id_of
from ledger.domain import commands, events
from ledger.domain.refusals import LedgerRefusal
from ledger.log import Origin, Recorded
from ledger.service import Outcome


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
    """NATS permissions guarantee who sends which command, so its kind tells the actor."""
    match message:
        case messages.OpenAccount() | messages.Deduct() | messages.Cancel():
            actor = "person"
        case messages.TopUp():
            actor = "operator"
        case messages.Start():
            actor = "videogen"
        case messages.Deliver():
            actor = "bot"
        case _:
            assert_never(message)
    return Origin(actor=actor, correlation_id=message.correlation_id)


def to_done(account: str, outcome: Outcome) -> messages.Done:
    last = outcome.recorded[-1]
    happened = [one.event for one in outcome.recorded]
    deducted = [event for event in happened if isinstance(event, events.Deducted)]
    bonus = [
        event.credits
        for event in happened
        if isinstance(event, events.ToppedUp) and event.reason == events.WELCOME_BONUS
    ]
    return messages.Done(
        account=account,
        balance=last.balance_after,
        position=last.position,
        repeat=outcome.repeat,
        job_ids=tuple(event.job_id for event in deducted),
        bonus_credits=sum(bonus),
        deadline_at=deducted[-1].deadline_at if deducted else None,
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
    head = messages.LedgerFact(
        account=event.originator_id,
        position=one.position,
        version=event.originator_version,
        recorded_at=one.recorded_at,
        correlation_id=one.correlation_id,
        balance_after=one.balance_after,
    ).model_dump()
    match event:
        case events.AccountOpened():
            return messages.AccountOpened(**head, terms_version=event.terms_version)
        case events.ToppedUp():
            return messages.ToppedUp(
                **head, grant_id=event.grant_id, credits=event.credits, reason=event.reason
            )
        case events.Deducted():
            return messages.Deducted(
                **head,
                job_id=event.job_id,
                credits=event.credits,
                order_digest=event.order_digest,
                deadline_at=event.deadline_at,
            )
        case events.Started():
            return messages.Started(**head, job_id=event.job_id)
        case events.Settled():
            return messages.Settled(**head, job_id=event.job_id, video_digest=event.video_digest)
        case events.Refunded():
            return messages.Refunded(
                **head, job_id=event.job_id, credits=event.credits, reason=event.reason
            )
        case events.Delivered():
            return messages.Delivered(
                **head,
                job_id=event.job_id,
                outcome=messages.DeliveryOutcome(event.outcome),
            )
        case _:
            assert_never(event)
