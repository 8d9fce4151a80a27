"""`queue`, `jobs` and `job ID`: what was ordered, how far it is, and what happened to it."""

import argparse
import json
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from contracts.console import EXIT_OK, Subparsers, checked, say, whole
from contracts.ids import AccountId
from videogen.console.finding import find, wanted_job
from videogen.console.judging import stuck_because, trouble_of, why_it_is_over
from videogen.console.snapshot import Snapshot, snapshot_of_settings
from videogen.console.story import story_of
from videogen.console.words import day_and_time, lasting, left_until, number_of, pairs, table
from videogen.job import ENDS, Job, State

LIMIT_MAX = 100_000
LIMIT = 20


def add_commands(commands: Subparsers) -> None:
    jobs = commands.add_parser("jobs", help="show the jobs of the last seven days, newest first")
    which = jobs.add_mutually_exclusive_group()
    which.add_argument("--stuck", action="store_true", help="only open ones that do not get on")
    which.add_argument("--failed", action="store_true", help="only failed ones")
    jobs.add_argument("--account", type=checked(AccountId, "tg:42"), metavar="A")
    jobs.add_argument("--limit", type=whole(1, LIMIT_MAX), default=LIMIT)
    jobs.add_argument("--json", action="store_true", help="as one JSON document")
    jobs.set_defaults(action=_jobs)

    job = commands.add_parser("job", help="show everything about one job, and its whole story")
    job.add_argument("job", type=wanted_job, metavar="ID", help="its id, or its number: 3FA2C1")
    job.add_argument("--json", action="store_true", help="as one JSON document")
    job.set_defaults(action=_job)


async def _jobs(options: argparse.Namespace) -> int:
    snapshot = await snapshot_of_settings()
    chosen = [job for job in snapshot.jobs if _is_asked_for(job, options, snapshot)]
    shown = chosen[: options.limit]
    if options.json:
        say(
            json.dumps(
                {
                    "jobs": [document(job, snapshot, story=False) for job in shown],
                    "total": len(chosen),
                    "unreadable": list(snapshot.unreadable),
                }
            )
        )
        return EXIT_OK
    for line in lines_of_jobs(shown, snapshot, len(chosen)):
        say(line)
    return EXIT_OK


def _is_asked_for(job: Job, options: argparse.Namespace, snapshot: Snapshot) -> bool:
    return (
        (options.account is None or job.account == options.account)
        and (not options.stuck or bool(stuck_because(job, snapshot)))
        and (not options.failed or job.state is State.FAILED)
    )


def lines_of_jobs(jobs: list[Job], snapshot: Snapshot, total: int) -> Iterator[str]:
    heads = ("NUMBER", "STATE", "ACCOUNT", "AGE", "WORKER", "TASK", "TROUBLE")
    if jobs:
        yield from table(heads, [_row(job, snapshot) for job in jobs])
    else:
        yield "no jobs"
    if total > len(jobs):
        yield f"{total - len(jobs)} older ones are not shown, see --limit"
    yield from lines_of_unreadable(snapshot)


def lines_of_unreadable(snapshot: Snapshot) -> Iterator[str]:
    for key in snapshot.unreadable:
        yield f"{key} cannot be read: it was written by another version"


def _row(job: Job, snapshot: Snapshot) -> tuple[str, ...]:
    return (
        number_of(job.job_id),
        str(job.state),
        job.account,
        lasting(snapshot.now - job.ordered_at),
        job.worker,
        f"{job.task.provider} {job.task.task_id}" if job.task else "",
        trouble_of(job, snapshot),
    )


async def _job(options: argparse.Namespace) -> int:
    snapshot = await snapshot_of_settings()
    job = find(snapshot, options.job)
    if options.json:
        say(json.dumps({"job": document(job, snapshot)}))
        return EXIT_OK
    for line in (*lines_of_job(job, snapshot), "", *story_of(job, None)):
        say(line)
    return EXIT_OK


def document(job: Job, snapshot: Snapshot, *, story: bool = True) -> dict[str, Any]:
    """Return the record as it is stored, with what the console concludes from it."""
    return {
        "number": number_of(job.job_id),
        **job.model_dump(mode="json", exclude=set() if story else {"story"}),
        "is_open": not job.is_over,
        "worker_is_alive": snapshot.is_alive(job.worker) if job.worker else None,
        "stuck_because": stuck_because(job, snapshot),
    }


def lines_of_job(job: Job, snapshot: Snapshot, zone: tzinfo | None = None) -> list[str]:
    now = snapshot.now
    ordered = f"{day_and_time(job.ordered_at, zone)}, {lasting(now - job.ordered_at)} ago"
    left = "" if job.state in ENDS else f", {left_until(job.deadline_at, now)}"
    tries = f"taken {job.takes} times, errors {job.errors}, rejections {job.rejections}"
    rests = f"until {day_and_time(job.not_before, zone)}" if job.not_before else ""
    return pairs(
        [
            ("job", f"{number_of(job.job_id)}, {job.job_id}"),
            ("account", job.account),
            ("state", f"{job.state}{_about(job)}"),
            ("worker", _worker(job, snapshot)),
            ("ordered", f"{ordered}{', by a refilled stream' if job.is_refill else ''}"),
            ("started", day_and_time(job.started_at, zone) if job.started_at else ""),
            ("deadline", f"{day_and_time(job.deadline_at, zone)}{left}"),
            ("task", _task(job)),
            ("cost", f"{job.cost_credits} of the provider's credits" if job.cost_credits else ""),
            ("tries", tries),
            ("rests", rests),
            ("told", f"the person heard of {job.stage}" if job.stage else ""),
            ("end", _end(job)),
            ("trouble", trouble_of(job, snapshot)),
            ("correlation", job.correlation_id),
            ("order", job.order_digest),
        ]
    )


def _about(job: Job) -> str:
    over = why_it_is_over(job)
    return f": {over}" if over else ""


def _worker(job: Job, snapshot: Snapshot) -> str:
    if not job.worker:
        return ""
    return f"{job.worker}, {'alive' if snapshot.is_alive(job.worker) else 'gone'}"


def _task(job: Job) -> str:
    if job.task is None:
        return "unknown, though one may have been made" if job.is_unknown else ""
    parts = (job.task.provider, job.task.task_id, job.task.route)
    key = f"with key {job.task.key_id}" if job.task.key_id else ""
    return " ".join(part for part in (*parts, key) if part)


def _end(job: Job) -> str:
    if job.end is None:
        return ""
    told = "published" if job.told else "not published yet"
    if job.ready:
        size = f"{job.ready.width}x{job.ready.height}, {job.ready.size_bytes} B"
        return f"a video of {job.ready.duration_ms / 1_000:g} s, {size}, {told}"
    return f"{job.failed.reason if job.failed else ''}, {told}"
