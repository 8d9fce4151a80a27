"""`redo ID` and `cancel ID`: an operator lets a job go on, or ends it."""

import argparse
from datetime import datetime

from contracts.bus import Bus, Values
from contracts.console import EXIT_OK, ConsoleError, Subparsers, say
from contracts.messages import FailureReason, VideoFailed
from contracts.topology import JOBS
from videogen.console.finding import find, wanted_job
from videogen.console.judging import why_it_cannot_go_on, why_it_is_over
from videogen.console.snapshot import Snapshot, nats_of_settings, read_snapshot
from videogen.console.words import number_of
from videogen.job import Job, Transition, ended, revived
from videogen.records import JobMissingError, JobRecords


def add_commands(commands: Subparsers) -> None:
    for name, action, help_text in (
        ("redo", _redo, "let an open job go on at once, its errors forgotten"),
        ("cancel", _cancel, "end an open job; its credit goes back"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("job", type=wanted_job, metavar="ID", help="its id or number")
        command.set_defaults(action=action)


async def _redo(options: argparse.Namespace) -> int:
    async with nats_of_settings() as bus:
        snapshot = await read_snapshot(bus)
        job = find(snapshot, options.job)
        before, after = await _change(bus, job, revived(snapshot.now))
    if before == after:
        raise ConsoleError(f"{number_of(job.job_id)} does not go on: {why_it_cannot_go_on(before)}")
    say(said_of_redo(after, snapshot))
    return EXIT_OK


async def _cancel(options: argparse.Namespace) -> int:
    async with nats_of_settings() as bus:
        snapshot = await read_snapshot(bus)
        job = find(snapshot, options.job)
        before, after = await _change(bus, job, stopped(job, snapshot.now))
    if before == after:
        raise ConsoleError(f"{number_of(job.job_id)} cannot be ended: {why_it_is_over(before)}")
    say(said_of_cancel(before, snapshot))
    return EXIT_OK


async def _change(bus: Bus, job: Job, transition: Transition) -> tuple[Job, Job]:
    """Decide by the record that is there now and not by the one that was shown."""
    try:
        return await JobRecords(Values.of(bus, JOBS)).change(job.job_id, transition)
    except JobMissingError:
        raise ConsoleError(f"{number_of(job.job_id)} is gone: it was seven days old") from None


def stopped(job: Job, now: datetime) -> Transition:
    """The first end stands, so this is nothing for a job that has ended."""
    failed = VideoFailed(
        account=job.account,
        job_id=job.job_id,
        occurred_at=now,
        reason=FailureReason.STOPPED_BY_OPERATOR,
    )
    return ended(failed, now, "an operator ended it")


def said_of_redo(job: Job, snapshot: Snapshot) -> str:
    number = number_of(job.job_id)
    if job.worker and snapshot.is_alive(job.worker):
        return f"{number} goes on: worker {job.worker} has it, its errors are forgotten"
    when = "as soon as a worker has room" if any(snapshot.alive) else "as soon as a worker is there"
    late = ", though its deadline has passed" if snapshot.now > job.deadline_at else ""
    return f"{number} goes on {when}{late}"


def said_of_cancel(before: Job, snapshot: Snapshot) -> str:
    """`before` is the job as it was until now."""
    number = number_of(before.job_id)
    if before.closed:
        return f"{number} is ended, the credit went back before: refunded as {before.closed}"
    when = "now" if any(snapshot.alive) else "as soon as one is there"
    return f"{number} is ended: a worker tells the ledger {when}, and the ledger refunds the credit"
