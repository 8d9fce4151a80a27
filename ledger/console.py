"""What every command of the ledger's console shares."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from contracts.console import (
    EXIT_OK,
    EXIT_REFUSED,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    Action,
    ConsoleError,
    Subparsers,
    checked,
    say,
    whole,
)
from contracts.console import fail as fail_as
from ledger.database import Pool, open_pool
from ledger.settings import DatabaseSettings

__all__ = [
    "EXIT_OK",
    "EXIT_REFUSED",
    "EXIT_UNREACHABLE",
    "EXIT_USAGE",
    "Action",
    "ConsoleError",
    "Subparsers",
    "checked",
    "fail",
    "pool_of_settings",
    "say",
    "whole",
]

fail = partial(fail_as, "ledger")


@asynccontextmanager
async def pool_of_settings() -> AsyncGenerator[Pool]:
    """Open the database that DATABASE_URL names."""
    settings = DatabaseSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    async with open_pool(settings.database_url.get_secret_value(), name="ledger-console") as pool:
        yield pool
