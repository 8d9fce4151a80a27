"""What is wrong with a job, and why nothing can be done about one. Pure."""

from datetime import timedelta

from videogen.console.snapshot import Snapshot
from videogen.console.words import lasting
from videogen.job import ENDS, Job, State

QUIET_MAX = timedelta(minutes=3)
"""Longer than anything that a worker does without a line in the job's story."""


def stuck_because(job: Job, snapshot: Snapshot) -> list[str]:
    """Say why an open job may need a person; nothing for one that goes its way."""
    if job.is_over:
        return []
    reasons: list[str] = []
    if job.worker and not snapshot.is_alive(job.worker):
        reasons.append(f"worker {job.worker} is gone")
    if job.is_unknown:
        reasons.append("a task may have been made that nobody knows")
    if snapshot.now > job.deadline_at and job.state not in ENDS:
        reasons.append("its deadline has passed")
    quiet = snapshot.now - (job.story[-1].at if job.story else job.ordered_at)
    if quiet > QUIET_MAX:
        reasons.append(f"nothing happened for {lasting(quiet)}")
    return reasons


def trouble_of(job: Job, snapshot: Snapshot) -> str:
    """Say in one line what went wrong, with an ended job, too."""
    parts = [
        f"failed as {job.failed.reason}" if job.failed else "",
        f"refunded as {job.closed}" if job.closed else "",
        f"errors {job.errors}" if job.errors else "",
        f"rejections {job.rejections}" if job.rejections else "",
        *stuck_because(job, snapshot),
    ]
    return ", ".join(part for part in parts if part)


def why_it_is_over(job: Job) -> str:
    """Return nothing for a job that has not ended."""
    match job.state:
        case State.READY if job.closed:
            return f"its video was delivered late, after it was refunded as {job.closed}"
        case State.READY:
            return "its video was delivered"
        case State.FAILED if job.failed and not job.closed:
            return f"it failed and is refunded as {job.failed.reason}"
        case State.FAILED | State.CANCELLED if job.closed:
            return f"it was refunded as {job.closed}"
        case State.FAILED | State.CANCELLED:
            return "it was cancelled"
        case _:
            return ""


def why_it_cannot_go_on(job: Job) -> str:
    if over := why_it_is_over(job):
        return over
    if job.closed:
        return f"it was refunded as {job.closed}, its task is only followed for a late video"
    if job.may_have_unknown_task:
        return (
            "a task may have been made and paid for that nobody knows: "
            "it waits for the provider's callback or for its deadline"
        )
    return ""
