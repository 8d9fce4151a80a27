"""Which job is meant: by its whole id, or by the number that people see."""

import argparse
import re
from uuid import UUID

from contracts.console import ConsoleError
from videogen.console.snapshot import Snapshot
from videogen.console.words import number_of
from videogen.job import Job

NUMBER = re.compile(r"[0-9A-F]{6}")

Wanted = UUID | str


def wanted_job(text: str) -> Wanted:
    """Parse an argument: a whole id, or a number as people see it."""
    number = text.removeprefix("#").upper()
    if NUMBER.fullmatch(number):
        return number
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a job's id nor its number, like 3FA2C1"
        ) from None


def find(snapshot: Snapshot, wanted: Wanted) -> Job:
    """Raises `ConsoleError` where it is none, or where it may be several."""
    found = [job for job in snapshot.jobs if wanted in (job.job_id, number_of(job.job_id))]
    if not found:
        raise ConsoleError(f"no job {wanted} in the last seven days")
    if len(found) > 1:
        meant = ", ".join(f"{job.job_id} ({job.account}, {job.state})" for job in found)
        raise ConsoleError(f"{wanted} may be any of {meant}")
    return found[0]
