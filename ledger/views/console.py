"""How far the projections are, and how one is built anew."""

import argparse
import json
from typing import Any

from contracts.service import OperatorNeededError
from ledger.console import EXIT_OK, ConsoleError, Subparsers, pool_of_settings, say
from ledger.database import Pool, open_pool
from ledger.progress import open_progress
from ledger.settings import OwnerSettings
from ledger.views import PROJECTIONS
from ledger.views.rebuild import RebuildError, lock_of, rebuild

BY_NAME = {projection.name: projection for projection in PROJECTIONS}

# The lag in time is the age of the first event that is missing.
PROGRESS = """
    SELECT asked.name, coalesce(cursors.position, 0) AS position, head.position AS head,
           head.position - coalesce(cursors.position, 0) AS lag_events,
           coalesce(extract(epoch FROM clock_timestamp() - missing.recorded_at), 0)::float8
               AS lag_seconds,
           EXISTS (SELECT FROM pg_locks
                   WHERE locktype = 'advisory' AND classid = asked.lock_kind
                       AND objid = asked.lock AND database = own.oid) AS rebuilding
    FROM unnest($1::text[], $2::oid[], $3::oid[]) AS asked (name, lock_kind, lock)
    CROSS JOIN (SELECT coalesce(max(notification_id), 0) AS position FROM ledger.events) AS head
    JOIN pg_database AS own ON own.datname = current_database()
    LEFT JOIN ledger.cursors USING (name)
    LEFT JOIN ledger.events AS missing ON missing.notification_id = cursors.position + 1
"""


def add_commands(commands: Subparsers) -> None:
    projections = commands.add_parser("projections", help="show how far each projection is")
    projections.add_argument("--json", action="store_true", help="as one JSON document")
    projections.set_defaults(action=_projections)

    again = commands.add_parser(
        "rebuild", help="build a projection anew from the log, while it is in use (as the owner)"
    )
    again.add_argument("name", choices=BY_NAME, metavar="NAME", help=", ".join(BY_NAME))
    again.set_defaults(action=_rebuild)


async def progress_of(pool: Pool) -> list[dict[str, Any]]:
    """Return for each projection where it is, where the log is, and its state."""
    kinds, locks = zip(*map(lock_of, BY_NAME), strict=True)
    rows = await pool.fetch(PROGRESS, list(BY_NAME), list(kinds), list(locks))
    return [_found(dict(row)) for row in rows]


async def _projections(options: argparse.Namespace) -> int:
    async with pool_of_settings() as pool:
        found = await progress_of(pool)
    if options.json:
        say(json.dumps({"projections": found}))
        return EXIT_OK
    for one in found:
        say(
            f"{one['name']:<13} position {one['position']:>9} of {one['head']:>9}, lag "
            f"{one['lag_events']} events, {one['lag_seconds']:.1f} s, {one['state']}"
        )
    return EXIT_OK


def _found(row: dict[str, Any]) -> dict[str, Any]:
    """Name the state: a rebuild is the more remarkable one."""
    state = "behind" if row["lag_events"] else "live"
    if row.pop("rebuilding"):
        state = "rebuilding"
    return {**row, "state": state}


async def _rebuild(options: argparse.Namespace) -> int:
    url = OwnerSettings().url()
    with open_progress("events applied") as progress:
        try:
            async with open_pool(url, name="ledger-rebuild") as pool:
                position = await rebuild(pool, BY_NAME[options.name], progress)
        except (RebuildError, OperatorNeededError) as error:
            raise ConsoleError(str(error)) from error
    say(f"{options.name} is rebuilt as of position {position}")
    return EXIT_OK
