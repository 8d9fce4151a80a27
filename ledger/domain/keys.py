"""The keys under which an event happens at most once, for ever."""

from typing import assert_never
from uuid import UUID

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


def account_key(account_id: str) -> str:
    return f"account:{account_id}"


def grant_key(account_id: str, grant_id: str) -> str:
    return f"grant:{account_id}:{grant_id}"


def deducted_key(job_id: UUID) -> str:
    return f"deducted:{job_id}"


def started_key(job_id: UUID) -> str:
    return f"started:{job_id}"


def closed_key(job_id: UUID) -> str:
    """`Settled` and `Refunded` share it: a job has one end."""
    return f"closed:{job_id}"


def delivered_key(job_id: UUID) -> str:
    return f"delivered:{job_id}"


def key_of(event: AccountEvent) -> str:
    match event:
        case AccountOpened():
            return account_key(event.originator_id)
        case ToppedUp():
            return grant_key(event.originator_id, event.grant_id)
        case Deducted():
            return deducted_key(event.job_id)
        case Started():
            return started_key(event.job_id)
        case Settled() | Refunded():
            return closed_key(event.job_id)
        case Delivered():
            return delivered_key(event.job_id)
        case _:
            assert_never(event)


def keys_of(command: AccountCommand) -> tuple[str, ...]:
    """Return the keys that `decide` must know. The first ones tell the result of a repeat."""
    match command:
        case OpenAccount():
            return (
                account_key(command.account_id),
                grant_key(command.account_id, WELCOME_GRANT),
            )
        case TopUp():
            return (grant_key(command.account_id, command.grant_id),)
        case Deduct():
            return tuple(deducted_key(job_id) for job_id, _ in command.jobs)
        case Start():
            return (started_key(command.job_id), closed_key(command.job_id))
        case Settle() | Refund() | Cancel():
            return (closed_key(command.job_id),)
        case Deliver():
            return (delivered_key(command.job_id), closed_key(command.job_id))
        case _:
            assert_never(command)
