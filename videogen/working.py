"""One worker: takes the job whose turn it is while it has room, and lets go of all in order.

Nothing is handed out: every worker sees all jobs and takes the next by compare-and-set.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from contracts.messages import FailureReason
from contracts.studio import Door
from videogen import job as jobs
from videogen.job import ENDS, Job, State
from videogen.provider import Provider
from videogen.records import JobMissingError, JobRecords
from videogen.roster import JobBoard, StatusBoard

LOOK_S = 0.5
"""Claims end and rests pass without any message."""
AGAIN_S = 1.0
"""A job that we could do nothing about is not tried again sooner."""
LEFT_ALONE = (State.SUBMITTED, State.RENDERING)
"""States in which the provider is at work and we only wait."""

log = structlog.get_logger()


class Maker(Protocol):
    """`videogen.making.JobMaker`."""

    async def make(self, job: Job) -> None: ...


@dataclass(frozen=True)
class _Making:
    task: asyncio.Task[None]
    is_publishing: bool
    """It had its end when we took it, and only has to be told."""


@dataclass
class Worker:
    name: str
    provider: Provider
    records: JobRecords
    maker: Maker
    jobs: JobBoard
    status: StatusBoard
    drain_s: float
    now: Callable[[], datetime]
    is_draining: bool = False
    _running: dict[UUID, _Making] = field(default_factory=dict[UUID, _Making])
    _rests_until: dict[UUID, float] = field(default_factory=dict[UUID, float])

    @property
    def at_work(self) -> tuple[UUID, ...]:
        """The jobs that take up room; those after their deadline do not."""
        return tuple(job_id for job_id in self._running if self._is_at_work(job_id))

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then bring to an end what cannot be left, for `drain_s`."""
        async with asyncio.TaskGroup() as tasks:
            while not stop.is_set():
                if not await self._take_one(tasks):
                    self._forget_rests()
                    await self._wait(stop)
                self._end_what_is_over()
            self.is_draining = True
            await self._drain()

    def _is_at_work(self, job_id: UUID) -> bool:
        job = self.jobs.jobs.get(job_id)
        return job is None or _takes_room(job)

    async def _take_one(self, tasks: asyncio.TaskGroup) -> bool:
        """Take the next job that we may. False when there is none."""
        if not (self.jobs.is_current and self.status.is_current):
            return False
        for job in self._candidates():
            taken = await self._take(job)
            if taken is not None:
                task = tasks.create_task(self._make(taken))
                self._running[job.job_id] = _Making(task, is_publishing=taken.end is not None)
                task.add_done_callback(lambda _, job_id=job.job_id: self._forget(job_id))
                return True
        return False

    def _candidates(self) -> list[Job]:
        """What has begun comes first; of what waits, accounts in turn, if it may begin."""
        free = [job for job in self.jobs.jobs.values() if self._is_free(job)]
        begun = [job for job in free if not job.is_waiting]
        room = self.provider.room - len(self.at_work)
        found = [job for job in begun if room > 0 or not _takes_room(job)]
        may_begin = room > 0 and self._door_lets_in()
        free_ids = {job.job_id for job in free}
        waiting = self.jobs.waiting if may_begin else []
        return found + [job for job in waiting if job.job_id in free_ids]

    def _door_lets_in(self) -> bool:
        """In a trial one job after another; while the door is shut none begins."""
        door = self.status.door(self.provider.name)
        return door is Door.OPEN or (door is Door.TRIAL and not self.at_work)

    def _is_free(self, job: Job) -> bool:
        if job.job_id in self._running or self._rests_until.get(job.job_id, 0) > time.monotonic():
            return False
        is_held = job.worker not in ("", self.name) and self.status.is_alive(job.worker)
        return not is_held and job.can_be_worked_on(self.now())

    async def _take(self, job: Job) -> Job | None:
        take = jobs.taken(self.name, self.now(), self.status.is_alive)
        self._rests_until[job.job_id] = time.monotonic() + AGAIN_S
        try:
            before, after = await self.records.change(job.job_id, take)
        except JobMissingError:
            return None
        except Exception as error:  # noqa: BLE001 - NATS may be away: the job is still there later
            log.warning("not taken", job_id=str(job.job_id), error=repr(error))
            return None
        return after if after != before else None

    async def _make(self, job: Job) -> None:
        try:
            await self.maker.make(job)
        except Exception as error:  # noqa: BLE001 - one job's trouble is not the worker's: it stays ours, and is tried again
            log.warning("not even noted", job_id=str(job.job_id), error=repr(error))
        finally:
            self._rests_until[job.job_id] = time.monotonic() + AGAIN_S

    def _forget(self, job_id: UUID) -> None:
        self._running.pop(job_id, None)
        self.jobs.changed.set()

    def _end_what_is_over(self) -> None:
        """Stop what the ledger, an operator or another worker ended meanwhile."""
        if not self.jobs.is_current:
            return
        for job_id, making in list(self._running.items()):
            job = self.jobs.jobs.get(job_id)
            if job is None or job.state is State.CANCELLED or _is_stopped(job, making):
                making.task.cancel()

    def _forget_rests(self) -> None:
        now_s = time.monotonic()
        for job_id in [each for each, until_s in self._rests_until.items() if until_s <= now_s]:
            del self._rests_until[job_id]

    async def _wait(self, stop: asyncio.Event) -> None:
        self.jobs.changed.clear()
        stopping = asyncio.ensure_future(stop.wait())
        changing = asyncio.ensure_future(self.jobs.changed.wait())
        await asyncio.wait(
            {stopping, changing}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED
        )
        stopping.cancel()
        changing.cancel()

    async def _drain(self) -> None:
        for job_id, making in self._running.items():
            job = self.jobs.jobs.get(job_id)
            if self.provider.goes_on_alone and job is not None and job.state in LEFT_ALONE:
                making.task.cancel()
        tasks = [making.task for making in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=self.drain_s)
        for task in tasks:
            task.cancel()


def _is_stopped(job: Job, making: _Making) -> bool:
    """Whether an operator ended it while we make it."""
    is_wish = job.failed is not None and job.failed.reason is FailureReason.STOPPED_BY_OPERATOR
    return is_wish and not making.is_publishing


def _takes_room(job: Job) -> bool:
    return not job.closed and job.state not in ENDS
