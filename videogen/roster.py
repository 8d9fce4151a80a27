"""What every worker sees: the jobs that are not over, who is alive, and what the breaker says."""

import asyncio
from collections import deque
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from pydantic import ValidationError

from contracts.bus import Change
from contracts.studio import Door
from videogen.job import Job, State
from videogen.queue import RECENT_MAX, Pace, fair_order, is_at_work, usual
from videogen.status import BreakerStatus, WorkerStatus, provider_of_breaker, worker_of

WORKER_GONE = timedelta(seconds=10)
"""Without a heartbeat for so long a worker has lost its jobs to the others."""

log = structlog.get_logger()


class JobBoard:
    """Follows the bucket `jobs`."""

    def __init__(self) -> None:
        self.jobs: dict[UUID, Job] = {}
        self.recent_s: deque[float] = deque(maxlen=RECENT_MAX)
        """How long the last videos took from their start."""
        self.served_at: dict[str, datetime] = {}
        """When a job of each account last began, be it over or not."""
        self.is_current = False
        self.changed = asyncio.Event()

    def begin(self) -> None:
        self.is_current = False
        self.jobs.clear()
        self.recent_s.clear()
        self.served_at.clear()

    def caught_up(self) -> None:
        self.is_current = True
        self.changed.set()

    def see(self, change: Change) -> None:
        try:
            job_id = UUID(change.key)
            job = Job.model_validate_json(change.value) if change.value is not None else None
        except (ValueError, ValidationError):
            log.warning("a record that cannot be read", key=change.key)
            return
        if job is not None and not job.is_over:
            self.jobs[job_id] = job
        else:
            self.jobs.pop(job_id, None)
        if job is not None and job.is_over and job.state is State.READY and job.started_at:
            self.recent_s.append((job.story[-1].at - job.started_at).total_seconds())
        if job is not None and job.started_at is not None:
            before = self.served_at.get(job.account, job.started_at)
            self.served_at[job.account] = max(before, job.started_at)
        self.changed.set()

    @property
    def waiting(self) -> list[Job]:
        """The jobs whose turn has not come, the next one first."""
        return fair_order(self.jobs.values(), self.served_at)


class StatusBoard:
    """Follows the bucket `status`, by the server's clock alone: no worker's own has to be right."""

    def __init__(self) -> None:
        self.workers: dict[str, WorkerStatus] = {}
        self.breakers: dict[str, BreakerStatus] = {}
        self.is_current = False
        self._heard_at: dict[str, datetime] = {}
        self._now: datetime | None = None

    def begin(self) -> None:
        self.is_current = False
        self.workers.clear()
        self.breakers.clear()
        self._heard_at.clear()

    def caught_up(self) -> None:
        self.is_current = True

    def see(self, change: Change) -> None:
        self._now = max(self._now or change.at, change.at)
        try:
            self._note(change)
        except ValidationError:
            log.warning("a status that cannot be read", key=change.key)

    def is_alive(self, worker: str) -> bool:
        heard_at = self._heard_at.get(worker)
        return heard_at is not None and self._now is not None and self._now - heard_at < WORKER_GONE

    @property
    def alive(self) -> dict[str, WorkerStatus]:
        return {name: said for name, said in self.workers.items() if self.is_alive(name)}

    def door(self, provider: str) -> Door:
        breaker = self.breakers.get(provider)
        return breaker.door if breaker is not None else Door.OPEN

    def _note(self, change: Change) -> None:
        if (worker := worker_of(change.key)) is not None:
            if change.value is None:
                self.workers.pop(worker, None)
                self._heard_at.pop(worker, None)
            else:
                self.workers[worker] = WorkerStatus.model_validate_json(change.value)
                self._heard_at[worker] = change.at
        elif (provider := provider_of_breaker(change.key)) is not None:
            if change.value is None:
                self.breakers.pop(provider, None)
            else:
                self.breakers[provider] = BreakerStatus.model_validate_json(change.value)


def pace_of(jobs: JobBoard, status: StatusBoard, usual_s: float) -> Pace:
    """Return how fast the workers that are alive make what there is."""
    workers = [worker for worker in status.alive.values() if not worker.is_draining]
    return Pace(
        room=sum(worker.room for worker in workers),
        at_work=sum(map(is_at_work, jobs.jobs.values())),
        making_s=usual(jobs.recent_s, usual_s),
    )
