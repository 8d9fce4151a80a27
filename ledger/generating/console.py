"""`ledger generate`: a lawful history in an empty log, for tests of speed and of the audit."""

import argparse
import time

import asyncpg

from ledger.console import EXIT_OK, EXIT_USAGE, ConsoleError, Subparsers, fail, say, whole
from ledger.generating.filling import LogNotEmptyError, fill
from ledger.generating.life import EVENTS_PER_OPENING
from ledger.progress import open_progress
from ledger.settings import OwnerSettings

EVENTS_MAX = 1_000_000_000
ACCOUNTS_MAX = 10_000_000
SEED_MAX = 2**63 - 1


def add_commands(commands: Subparsers) -> None:
    generate = commands.add_parser(
        "generate",
        help="fill an empty log with a made-up, lawful history (as the database's owner)",
    )
    generate.add_argument("--events", type=whole(EVENTS_PER_OPENING, EVENTS_MAX), required=True)
    generate.add_argument("--accounts", type=whole(1, ACCOUNTS_MAX), required=True)
    generate.add_argument(
        "--seed", type=whole(0, SEED_MAX), default=1, help="the same seed, the same history"
    )
    generate.set_defaults(action=_generate)


async def _generate(options: argparse.Namespace) -> int:
    if options.events < EVENTS_PER_OPENING * options.accounts:
        fewest = EVENTS_PER_OPENING * options.accounts
        return fail(f"{options.accounts} accounts take at least {fewest} events", EXIT_USAGE)
    url = OwnerSettings().url()
    started_at = time.monotonic()
    with open_progress("events made") as progress:
        try:
            life = await fill(
                url,
                events=options.events,
                accounts=options.accounts,
                seed=options.seed,
                progress=progress,
            )
        except LogNotEmptyError:
            raise ConsoleError(
                "the log is not empty; a history is made up only in a new database"
            ) from None
        except asyncpg.InsufficientPrivilegeError as error:
            raise ConsoleError(f"only the database's owner may fill the log: {error}") from error
    seconds = time.monotonic() - started_at
    say(
        f"{life.history.position} events of {len(life.history.accounts)} accounts, "
        f"until {life.history.now:%F}, in {seconds:.1f} s"
    )
    return EXIT_OK
