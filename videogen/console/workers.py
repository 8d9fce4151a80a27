"""`workers`: who makes videos, and who did an hour ago."""

import argparse
import json
from collections.abc import Iterator
from datetime import tzinfo

from contracts.console import EXIT_OK, Subparsers, say
from videogen.console.snapshot import Snapshot, snapshot_of_settings
from videogen.console.words import day_and_time, lasting, table

HEADS = ("WORKER", "HOST", "PID", "PROVIDER", "SINCE", "HEARTBEAT", "BUSY", "IS", "VERSION")


def add_commands(commands: Subparsers) -> None:
    workers = commands.add_parser("workers", help="show who makes videos")
    workers.add_argument("--json", action="store_true", help="as one JSON document")
    workers.set_defaults(action=_workers)


async def _workers(options: argparse.Namespace) -> int:
    snapshot = await snapshot_of_settings()
    if options.json:
        found = [
            {"worker": name, **said.model_dump(mode="json"), "is_alive": snapshot.is_alive(name)}
            for name, said in snapshot.workers.items()
        ]
        say(json.dumps({"workers": found}))
        return EXIT_OK
    for line in lines_of_workers(snapshot):
        say(line)
    return EXIT_OK


def lines_of_workers(snapshot: Snapshot, zone: tzinfo | None = None) -> Iterator[str]:
    rows = [
        (
            name,
            said.host,
            str(said.pid or ""),
            said.provider,
            day_and_time(said.started_at, zone),
            f"{lasting(max(0.0, (snapshot.now - said.beat_at).total_seconds()))} ago",
            f"{said.busy} of {said.room}",
            _state(name, snapshot),
            said.version,
        )
        for name, said in snapshot.workers.items()
    ]
    if rows:
        yield from table(HEADS, rows)
    else:
        yield "no workers"


def _state(name: str, snapshot: Snapshot) -> str:
    if not snapshot.is_alive(name):
        return "gone"
    return "draining" if snapshot.workers[name].is_draining else "alive"
