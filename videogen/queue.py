"""Whose turn it is, and how long that takes. Pure; the same for every worker and for the console.

Accounts take turns: whoever orders ten videos lets another person's single one pass after each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from videogen.job import Job

RECENT_MAX = 20


def fair_order(jobs: Iterable[Job], served_at: Mapping[str, datetime] | None = None) -> list[Job]:
    """Return the jobs that wait, the next one first.

    A job's turn is the number of jobs of its account that are before it, those at work included.
    Within a turn a job counts as ordered when its account was last served, if that was later:
    `served_at` remembers it for jobs that are over.
    """
    known = list(jobs)
    served = last_served(known, served_at or {})
    turns = Counter(job.account for job in known if is_at_work(job))
    ranked: list[tuple[int, datetime, Job]] = []
    for job in sorted((job for job in known if job.is_waiting), key=_age):
        since = max(job.ordered_at, served.get(job.account, job.ordered_at))
        ranked.append((turns[job.account], since, job))
        turns[job.account] += 1
    return [job for _, _, job in sorted(ranked, key=lambda row: (*row[:2], *_age(row[2])))]


def last_served(jobs: Iterable[Job], before: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return when a job of each account last began."""
    served = dict(before)
    for job in jobs:
        if job.started_at is not None:
            served[job.account] = max(job.started_at, served.get(job.account, job.started_at))
    return served


def is_at_work(job: Job) -> bool:
    """Whether it takes up room that somebody else waits for. Late ones do not."""
    return bool(job.worker) and not job.closed and job.end is None


@dataclass(frozen=True)
class Pace:
    """How fast the workers are."""

    room: int
    """Jobs that all workers together may have at the same time."""
    at_work: int
    making_s: float
    """The usual time from a job's start to its video."""

    def eta_s(self, place: int) -> float:
        """Return the seconds until the video of the job at `place`, which counts from 1."""
        return self.wait_s(place) + self.making_s

    def wait_s(self, place: int) -> float:
        """Return the seconds until its turn comes."""
        if self.room <= 0:
            return self.making_s * place
        behind = place - max(0, self.room - self.at_work)
        return max(0.0, behind * self.making_s / self.room)


def usual(recent_s: Sequence[float], otherwise_s: float) -> float:
    """Return the median of what recent jobs took."""
    return median(recent_s) if recent_s else otherwise_s


def _age(job: Job) -> tuple[object, str]:
    return job.ordered_at, str(job.job_id)
