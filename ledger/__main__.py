"""The ledger's console: serve, migrate, and what an operator asks and does."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import NoReturn

import asyncpg
from pydantic import ValidationError

from contracts.service import OperatorNeededError, run_service, settings_trouble
from ledger import operating
from ledger.audit import console as auditing
from ledger.console import (
    EXIT_OK,
    EXIT_REFUSED,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    Action,
    ConsoleError,
    fail,
    say,
)
from ledger.database import UNREACHABLE
from ledger.domain.refusals import LedgerRefusal
from ledger.generating import console as generating
from ledger.heads import console as heads
from ledger.log import LogUnreachableError
from ledger.main import serve_ledger
from ledger.migrations import ChangedMigrationError, migrate
from ledger.outbox import console as republishing
from ledger.payments import console as paying
from ledger.settings import DatabaseSettings
from ledger.signer import serve_signer
from ledger.views import console as projections

MODULES = (operating, paying, projections, republishing, auditing, heads, generating)
SERVICES = {"serve": (serve_ledger, "ledger"), "sign": (serve_signer, "signer")}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(EXIT_USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.command in SERVICES:
        serve, name = SERVICES[options.command]
        run_service(serve, name=name)
        return EXIT_OK
    action: Action = options.action
    try:
        return asyncio.run(action(options))
    except ValidationError as error:
        return fail(settings_trouble(error), EXIT_USAGE)
    except (ConsoleError, ChangedMigrationError, OperatorNeededError) as error:
        return fail(str(error), EXIT_REFUSED)
    except LedgerRefusal as refusal:
        return fail(f"refused: {_explain(refusal)}", EXIT_REFUSED)
    except (*UNREACHABLE, LogUnreachableError, asyncpg.PostgresError) as error:
        return fail(f"PostgreSQL: {error or repr(error)}", EXIT_UNREACHABLE)
    except KeyboardInterrupt:
        return fail("interrupted", EXIT_REFUSED)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ledger", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    commands.add_parser("serve", help="run the service")
    commands.add_parser("sign", help="run the signer of heads, as a role that may only read")
    commands.add_parser("migrate", help="bring the database's schema up to date").set_defaults(
        action=_migrate
    )
    for module in MODULES:
        module.add_commands(commands)
    return parser


async def _migrate(_: argparse.Namespace) -> int:
    settings = DatabaseSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    applied = await migrate(settings.database_url.get_secret_value())
    say(f"applied: {', '.join(applied)}" if applied else "the schema is up to date")
    return EXIT_OK


def _explain(refusal: LedgerRefusal) -> str:
    field = f" ({refusal.field} differs)" if refusal.field else ""
    return f"{refusal.code}{field}"


if __name__ == "__main__":
    sys.exit(main())
