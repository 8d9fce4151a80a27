"""The composition root: connects, wires by hand, and owns the tasks."""

import asyncio
import os
import re
import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from contracts import messages
from contracts.bus import Bus, BusSettings, Objects, Values, ask, consume, declare, open_bus, watch
from contracts.messages import Done, GetJob, Refusal, Start
from contracts.topology import (
    JOB,
    JOBS,
    ORDER_PHOTOS,
    ORDERS,
    START,
    STATUS,
    VIDEOGEN_JOBS,
    VIDEOS,
    Service,
)
from videogen import job as jobs
from videogen.arriving import Arrivals
from videogen.beating import Pulse
from videogen.breaker import Breaker
from videogen.folders import open_workshop
from videogen.making import JobMaker
from videogen.providers import CalledProvider, callbacks_heard
from videogen.records import JobRecords
from videogen.roster import JobBoard, StatusBoard, pace_of
from videogen.settings import VideogenSettings
from videogen.status import WorkerStatus
from videogen.working import Worker

ARRIVALS_AT_ONCE = 8
HOST_LENGTH_MAX = 24

log = structlog.get_logger()


async def serve(settings: VideogenSettings, provider: CalledProvider, stop: asyncio.Event) -> None:
    """Make videos until `stop`; then let go of each job where another worker can go on with it."""
    async with AsyncExitStack() as opened:
        workshop = opened.enter_context(open_workshop(settings.videogen_work_dir))
        bus = await opened.enter_async_context(open_bus(BusSettings(), Service.VIDEOGEN))
        await declare(bus)
        studio = _Studio(settings, bus, provider, workshop)
        await opened.enter_async_context(callbacks_heard(settings, studio.on_callback, _now))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bus.watch(stop))
            tasks.create_task(
                consume(bus, VIDEOGEN_JOBS, studio.arrivals.handle, stop, workers=ARRIVALS_AT_ONCE)
            )
            beside = [
                tasks.create_task(watch(bus, JOBS, studio.jobs)),
                tasks.create_task(watch(bus, STATUS, studio.status)),
                tasks.create_task(studio.pulse.run()),
            ]
            log.info("service ready")
            await studio.worker.run(stop)
            for task in beside:
                task.cancel()


class _Studio:
    """Everything that one worker is made of."""

    def __init__(
        self, settings: VideogenSettings, bus: Bus, provider: CalledProvider, workshop: Path
    ) -> None:
        async def ask_start(start: Start) -> Done | Refusal:
            return await ask(bus, START, start, Done)

        async def ask_job(query: GetJob) -> messages.Job | Refusal:
            return await ask(bus, JOB, query, messages.Job)

        status = Values.of(bus, STATUS)
        self._name = f"{_host()}-{os.getpid()}-{uuid4().hex[:4]}"
        self._started_at = _now()
        self._provider = provider
        self._records = JobRecords(Values.of(bus, JOBS))
        self.jobs = JobBoard()
        self.status = StatusBoard()
        self.arrivals = Arrivals(self._records, ask_job, _now)
        rest = timedelta(seconds=settings.videogen_breaker_rest_s)
        breaker = Breaker(provider.name, status, bus.publish, _now, rest)
        maker = JobMaker(
            worker=self._name,
            provider=provider,
            breaker=breaker,
            records=self._records,
            orders=Values.of(bus, ORDERS),
            photos=Objects.of(bus, ORDER_PHOTOS),
            videos=Objects.of(bus, VIDEOS),
            publish=bus.publish,
            ask_start=ask_start,
            making_s=lambda: pace_of(self.jobs, self.status, provider.usual_s).making_s,
            workshop=workshop,
            now=_now,
        )
        self.worker = Worker(
            name=self._name,
            provider=provider,
            records=self._records,
            maker=maker,
            jobs=self.jobs,
            status=self.status,
            drain_s=settings.videogen_drain_s,
            now=_now,
        )
        self.pulse = Pulse(
            name=self._name,
            say=self._say,
            values=status,
            jobs=self.jobs,
            status=self.status,
            breaker=breaker,
            records=self._records,
            ask=ask_job,
            publish=bus.publish,
            usual_s=provider.usual_s,
            now=_now,
        )

    async def on_callback(self, job_id: UUID, task_id: str) -> None:
        """Look at a task that has news, or learn the one that nobody knew."""
        job = await self._records.read(job_id)
        if job is None or (job.is_over and job.task is not None):
            log.info("a callback for a job that is over", job_id=str(job_id))
        elif job.task is not None:
            self._provider.wake(job.task.task_id)
        else:
            task = await self._provider.find(job_id, task_id)
            if task is not None:
                learn = jobs.learnt(task, _now(), "a callback named it")
                await self._records.change(job_id, learn)

    def _say(self) -> WorkerStatus:
        at_work = self.worker.at_work
        return WorkerStatus(
            beat_at=_now(),
            started_at=self._started_at,
            provider=self._provider.name,
            room=self._provider.room,
            busy=len(at_work),
            jobs=at_work,
            is_draining=self.worker.is_draining,
            pid=os.getpid(),
            host=_host(),
        )


_now = partial(datetime.now, UTC)


def _host() -> str:
    """The machine's name, as far as a key may hold it."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:HOST_LENGTH_MAX] or "host"
