"""How credits come and go: opening an account, grants, and deductions."""

from ledger.domain.account import Account
from ledger.domain.commands import Deduct, OpenAccount, TopUp
from ledger.domain.events import (
    WELCOME_BONUS,
    WELCOME_GRANT,
    AccountEvent,
    AccountOpened,
    Deducted,
    ToppedUp,
)
from ledger.domain.keys import account_key, deducted_key, grant_key
from ledger.domain.refusals import InsufficientCredits, PriceChanged, TooManyOpen
from ledger.domain.rules import (
    CREDITS_MAX,
    Known,
    Rules,
    refuse_late,
    refuse_no_amount,
    refuse_other,
    refuse_overfull,
    refuse_unknown,
    to_debt,
)


def decide_open_account(
    command: OpenAccount, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    if account_key(account.account_id) in known.events:
        return []
    refuse_late(command, known)
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
        to_debt=to_debt(account, rules.welcome_credits),
    )
    return [opened, bonus]


def decide_top_up(command: TopUp, account: Account, known: Known) -> list[AccountEvent]:
    refuse_no_amount(CREDITS_MAX, credits=command.credits)
    recorded = known.events.get(grant_key(account.account_id, command.grant_id))
    if isinstance(recorded, ToppedUp):
        refuse_other(credits=(recorded.credits, command.credits))
        refuse_other(reason=(recorded.reason, command.reason))
        return []
    refuse_late(command, known)
    refuse_unknown(account)
    refuse_overfull(account, command.credits)
    return [
        ToppedUp(
            originator_id=account.account_id,
            originator_version=account.version + 1,
            grant_id=command.grant_id,
            credits=command.credits,
            reason=command.reason,
            to_debt=to_debt(account, command.credits),
        )
    ]


def decide_deduct(
    command: Deduct, account: Account, known: Known, rules: Rules
) -> list[AccountEvent]:
    refuse_no_amount(CREDITS_MAX, price_credits=command.price_credits)
    if _is_repeated_deduct(command, known):
        return []
    refuse_late(command, known)
    refuse_unknown(account)
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
            refuse_other(account=(recorded.originator_id, command.account_id))
            refuse_other(count=(recorded.count, len(command.jobs)))
            refuse_other(order_digest=(recorded.order_digest, order_digest))
            refuse_other(price_credits=(recorded.credits, command.price_credits))
            repeated = True
    return repeated
