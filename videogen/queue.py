"""Whose turn it is, and how long that takes. Pure; the same for every worker and for the console.

Accounts take turns: whoever orders ten videos lets another person's single one pass after each.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from videogen.job import Job

RECENT_MAX = 20


def fair_order(jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs that wait, the next one first.

    A job's turn is the number of jobs of its account that are before it, those at work included.
    """
    jobs = [job for job in jobs if not job.is_over]
    turns = Counter(job.account for job in jobs if is_at_work(job))
    ranked: list[tuple[int, Job]] = []
    for job in sorted((job for job in jobs if job.is_waiting), key=_age):
        ranked.append((turns[job.account], job))
        turns[job.account] += 1
    return [job for _, job in sorted(ranked, key=lambda pair: (pair[0], *_age(pair[1])))]


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
