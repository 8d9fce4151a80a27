"""An operator's grants, and questions about one account or its jobs."""

import argparse
from uuid import uuid4  # noqa: TID251 - a grant made at this console originates here

from contracts.ids import AccountId, Token
from contracts.messages import CREDITS_MAX, Job, Reason, TopUp
from ledger import queries
from ledger.console import (
    EXIT_OK,
    ConsoleError,
    Subparsers,
    checked,
    pool_of_settings,
    say,
    whole,
)
from ledger.log import Origin
from ledger.log.postgres import PostgresEventLog
from ledger.service import open_ledger
from ledger.settings import LedgerSettings
from ledger.translate import to_command

LIMIT_MAX = 1_000
PROMO = "promo"
"""The reason of a grant that every account gets once."""


def add_commands(commands: Subparsers) -> None:
    account = checked(AccountId, "tg:42")
    limit = whole(1, LIMIT_MAX)

    grant = commands.add_parser("grant", help="give an account credits without payment")
    grant.add_argument("account", type=account, help="for example tg:42")
    grant.add_argument("credits", type=whole(1, CREDITS_MAX))
    why = grant.add_mutually_exclusive_group(required=True)
    why.add_argument("--reason", type=checked(Reason, "compensation"))
    why.add_argument(
        "--promo", type=checked(Token, "2026-11"), metavar="CODE", help="once to each account"
    )
    grant.add_argument("--grant-id", type=checked(Token, "ticket-4711"), help="given once per id")
    grant.add_argument("--by", type=checked(Token, "anna"), help="who decided it")
    grant.set_defaults(action=_grant)

    balance = commands.add_parser("balance", help="show an account's balance")
    balance.add_argument("account", type=account)
    balance.set_defaults(action=_balance)

    history = commands.add_parser("history", help="show an account's events, the newest first")
    history.add_argument("account", type=account)
    history.add_argument("--limit", type=limit, default=20)
    history.set_defaults(action=_history)

    jobs = commands.add_parser("jobs", help="show jobs, the newest first")
    jobs.add_argument("--account", type=account)
    jobs.add_argument("--open", action="store_true", help="only jobs that have not ended")
    jobs.add_argument("--limit", type=limit, default=20)
    jobs.set_defaults(action=_jobs)


async def _grant(options: argparse.Namespace) -> int:
    promo = f"promo-{options.promo}" if options.promo else None
    message = TopUp(
        account=options.account,
        correlation_id="console",
        grant_id=options.grant_id or promo or str(uuid4()),
        credits=options.credits,
        reason=options.reason or PROMO,
    )
    actor = f"operator:{options.by}" if options.by else "operator"
    origin = Origin(actor=actor, correlation_id=f"grant-{message.grant_id}")
    async with (
        pool_of_settings() as pool,
        open_ledger(PostgresEventLog(pool), LedgerSettings().rules()) as ledger,
    ):
        outcome = await ledger.execute(to_command(message), origin)
    last = outcome.recorded[-1]
    repeated = " (already given, nothing new)" if outcome.repeat else ""
    say(
        f"{message.account}: +{message.credits}, balance {last.balance_after}, "
        f"position {last.position}, grant {message.grant_id}{repeated}"
    )
    return EXIT_OK


async def _balance(options: argparse.Namespace) -> int:
    async with pool_of_settings() as pool:
        found = await queries.balance(pool, options.account)
    if found is None:
        raise ConsoleError(f"no account {options.account}")
    debt = f", debt {found.debt}" if found.debt else ""
    say(
        f"{found.account}: balance {found.balance}{debt}, in open jobs {found.open_credits}, "
        f"as of position {found.position}"
    )
    return EXIT_OK


async def _history(options: argparse.Namespace) -> int:
    async with pool_of_settings() as pool:
        entries = await queries.history(pool, options.account, limit=options.limit)
    if not entries:
        raise ConsoleError(f"no account {options.account}")
    for entry in entries:
        about = " ".join(str(part) for part in (entry.job_id, entry.reason) if part)
        say(
            f"{entry.position:>8}  {entry.recorded_at:%Y-%m-%d %H:%M:%S}Z  {entry.kind:<14} "
            f"{entry.credits:>+5}  balance {entry.balance_after:>5}  {about}".rstrip()
        )
    return EXIT_OK


async def _jobs(options: argparse.Namespace) -> int:
    async with pool_of_settings() as pool:
        found = await queries.jobs(
            pool, account=options.account, open_only=options.open, limit=options.limit
        )
    for job in found:
        say(_line_of(job))
    if not found:
        say("no jobs")
    return EXIT_OK


def _line_of(job: Job) -> str:
    delivered = "delivered" if job.delivered else ""
    return (
        f"{job.job_id}  {job.account:<16} {job.state:<9} ordered "
        f"{job.ordered_at:%Y-%m-%d %H:%M:%S}Z  {job.reason or delivered}"
    ).rstrip()
