"""The ledger's console: serve, migrate, and an operator's questions and grants."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn
from uuid import uuid4  # noqa: TID251 - a grant made at this console originates here

import asyncpg
from pydantic import TypeAdapter, ValidationError

from contracts.ids import AccountId, Token
from contracts.messages import CREDITS_MAX, Job, Reason, TopUp
from contracts.service import run_service, settings_trouble
from ledger import queries
from ledger.database import UNREACHABLE, Pool, open_pool
from ledger.domain.refusals import LedgerRefusal
from ledger.log import LogUnreachableError, Origin
from ledger.log.postgres import PostgresEventLog
from ledger.main import serve_ledger
from ledger.migrations import ChangedMigrationError, migrate
from ledger.service import Ledger
from ledger.settings import DatabaseSettings, LedgerSettings
from ledger.translate import to_command

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 69  # EX_UNAVAILABLE of sysexits.h
LIMIT_MAX = 1_000

Action = Callable[[Pool, argparse.Namespace], Awaitable[None]]


class ConsoleError(Exception):
    """One line for the operator."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(EXIT_USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.command == "serve":
        run_service(serve_ledger, name="ledger")
        return 0
    try:
        asyncio.run(_run(options))
    except ValidationError as error:
        return _fail(settings_trouble(error), EXIT_USAGE)
    except (ConsoleError, ChangedMigrationError) as error:
        return _fail(str(error), EXIT_REFUSED)
    except LedgerRefusal as refusal:
        return _fail(f"refused: {_explain(refusal)}", EXIT_REFUSED)
    except (*UNREACHABLE, LogUnreachableError, asyncpg.PostgresError) as error:
        return _fail(f"PostgreSQL: {error or repr(error)}", EXIT_UNREACHABLE)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ledger", description=__doc__)
    account = _checked(AccountId, "tg:42")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    commands.add_parser("serve", help="run the service")
    commands.add_parser("migrate", help="bring the database's schema up to date")

    grant = commands.add_parser("grant", help="give an account credits without payment")
    grant.add_argument("account", type=account, help="for example tg:42")
    grant.add_argument("credits", type=_credits)
    grant.add_argument("--reason", required=True, type=_checked(Reason, "compensation"))
    grant.add_argument(
        "--grant-id", type=_checked(Token, "2026-11-promo"), help="given once per id"
    )
    grant.set_defaults(action=_grant)

    balance = commands.add_parser("balance", help="show an account's balance")
    balance.add_argument("account", type=account)
    balance.set_defaults(action=_balance)

    history = commands.add_parser("history", help="show an account's events, the newest first")
    history.add_argument("account", type=account)
    history.add_argument("--limit", type=_limit, default=20)
    history.set_defaults(action=_history)

    jobs = commands.add_parser("jobs", help="show jobs, the newest first")
    jobs.add_argument("--account", type=account)
    jobs.add_argument("--open", action="store_true", help="only jobs that have not ended")
    jobs.add_argument("--limit", type=_limit, default=20)
    jobs.set_defaults(action=_jobs)
    return parser


async def _run(options: argparse.Namespace) -> None:
    settings = DatabaseSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    url = settings.database_url.get_secret_value()
    if options.command == "migrate":
        applied = await migrate(url)
        _say(f"applied: {', '.join(applied)}" if applied else "the schema is up to date")
        return
    action: Action = options.action
    async with open_pool(url, name="ledger-console") as pool:
        await action(pool, options)


async def _grant(pool: Pool, options: argparse.Namespace) -> None:
    message = TopUp(
        account=options.account,
        correlation_id="console",
        grant_id=options.grant_id or str(uuid4()),
        credits=options.credits,
        reason=options.reason,
    )
    ledger = Ledger(PostgresEventLog(pool), LedgerSettings().rules())
    origin = Origin(actor="operator", correlation_id=f"grant-{message.grant_id}")
    outcome = await ledger.execute(to_command(message), origin)
    last = outcome.recorded[-1]
    repeated = " (already given, nothing new)" if outcome.repeat else ""
    _say(
        f"{message.account}: +{message.credits}, balance {last.balance_after}, "
        f"position {last.position}, grant {message.grant_id}{repeated}"
    )


async def _balance(pool: Pool, options: argparse.Namespace) -> None:
    found = await queries.balance(pool, options.account)
    if found is None:
        raise ConsoleError(f"no account {options.account}")
    _say(
        f"{found.account}: balance {found.balance}, in open jobs {found.open_credits}, "
        f"as of position {found.position}"
    )


async def _history(pool: Pool, options: argparse.Namespace) -> None:
    entries = await queries.history(pool, options.account, limit=options.limit)
    if not entries:
        raise ConsoleError(f"no account {options.account}")
    for entry in entries:
        about = " ".join(str(part) for part in (entry.job_id, entry.reason) if part)
        _say(
            f"{entry.position:>8}  {entry.recorded_at:%Y-%m-%d %H:%M:%S}Z  {entry.kind:<14} "
            f"{entry.credits:>+5}  balance {entry.balance_after:>5}  {about}".rstrip()
        )


async def _jobs(pool: Pool, options: argparse.Namespace) -> None:
    found = await queries.jobs(
        pool, account=options.account, open_only=options.open, limit=options.limit
    )
    for job in found:
        _say(_line_of(job))
    if not found:
        _say("no jobs")


def _line_of(job: Job) -> str:
    delivered = "delivered" if job.delivered else ""
    return (
        f"{job.job_id}  {job.account:<16} {job.state:<9} ordered "
        f"{job.ordered_at:%Y-%m-%d %H:%M:%S}Z  {job.reason or delivered}"
    ).rstrip()


def _explain(refusal: LedgerRefusal) -> str:
    field = f" ({refusal.field} differs)" if refusal.field else ""
    return f"{refusal.code}{field}"


def _checked(kind: object, example: str) -> Callable[[str], str]:
    """Return a parser of arguments that must fit one of the contracts' text types."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def parse(text: str) -> str:
        try:
            return adapter.validate_python(text)
        except ValidationError:
            raise argparse.ArgumentTypeError(f"{text!r} does not look like {example}") from None

    return parse


def _credits(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) <= CREDITS_MAX:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {CREDITS_MAX}")


def _limit(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) <= LIMIT_MAX:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {LIMIT_MAX}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _fail(line: str, code: int) -> int:
    sys.stderr.write(f"ledger: {' '.join(line.split())}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
