"""`queue`: who waits for how long, and what is being made."""

import argparse
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from contracts.console import EXIT_OK, Subparsers, say
from videogen.console.jobs import lines_of_unreadable
from videogen.console.snapshot import Snapshot, snapshot_of_settings
from videogen.console.words import lasting, left_until, number_of, table
from videogen.job import ENDS, Job
from videogen.queue import Pace, fair_order, is_at_work


def add_commands(commands: Subparsers) -> None:
    queue = commands.add_parser("queue", help="show who waits, in turn, and what is being made")
    queue.add_argument("--json", action="store_true", help="as one JSON document")
    queue.set_defaults(action=_queue)


async def _queue(options: argparse.Namespace) -> int:
    snapshot = await snapshot_of_settings()
    if options.json:
        say(json.dumps(document(snapshot)))
        return EXIT_OK
    for line in lines_of_queue(snapshot):
        say(line)
    return EXIT_OK


def pace_of(snapshot: Snapshot) -> Pace | None:
    """Return None where nobody is there to make anything, or nobody knows how long it takes."""
    room = sum(worker.room for worker in snapshot.alive if not worker.is_draining)
    making_s = snapshot.studio.making_s if snapshot.studio else 0.0
    if not room or not making_s:
        return None
    return Pace(room=room, at_work=sum(map(is_at_work, snapshot.jobs)), making_s=making_s)


def document(snapshot: Snapshot) -> dict[str, Any]:
    now, pace = snapshot.now, pace_of(snapshot)
    return {
        "waiting": [
            {
                "place": place,
                **_named(job),
                "age_s": (now - job.ordered_at).total_seconds(),
                "left_s": (job.deadline_at - now).total_seconds(),
                "eta_s": pace.eta_s(place) if pace else None,
            }
            for place, job in enumerate(fair_order(snapshot.jobs), 1)
        ],
        "making": [
            {
                **_named(job),
                "state": str(job.state),
                "worker": job.worker,
                "worker_is_alive": snapshot.is_alive(job.worker),
                "for_s": (now - _since(job)).total_seconds(),
                "left_s": (job.deadline_at - now).total_seconds(),
            }
            for job in _making(snapshot)
        ],
        "unreadable": list(snapshot.unreadable),
    }


def lines_of_queue(snapshot: Snapshot) -> Iterator[str]:
    now, pace = snapshot.now, pace_of(snapshot)
    waiting = [
        (
            str(place),
            number_of(job.job_id),
            job.account,
            lasting(now - job.ordered_at),
            left_until(job.deadline_at, now),
            lasting(pace.eta_s(place)) if pace else "unknown",
        )
        for place, job in enumerate(fair_order(snapshot.jobs), 1)
    ]
    if waiting:
        yield from table(("PLACE", "NUMBER", "ACCOUNT", "AGE", "LEFT", "READY IN"), waiting)
    else:
        yield "nobody waits"
    yield ""
    making = [
        (
            number_of(job.job_id),
            job.account,
            str(job.state),
            job.worker + ("" if snapshot.is_alive(job.worker) else " (gone)"),
            lasting(now - _since(job)),
            left_until(job.deadline_at, now),
        )
        for job in _making(snapshot)
    ]
    if making:
        yield from table(("NUMBER", "ACCOUNT", "STATE", "WORKER", "FOR", "LEFT"), making)
    else:
        yield "nothing is being made"
    yield from lines_of_unreadable(snapshot)


def _named(job: Job) -> dict[str, str]:
    number = number_of(job.job_id)
    return {"number": number, "job_id": str(job.job_id), "account": job.account}


def _making(snapshot: Snapshot) -> list[Job]:
    """Return what somebody has, late ones included; the longest first."""
    held = [job for job in snapshot.jobs if job.worker and job.state not in ENDS]
    return sorted(held, key=_since)


def _since(job: Job) -> datetime:
    return job.started_at or job.ordered_at
