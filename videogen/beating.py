"""What a worker says of itself and, if it is the first of those alive, of the studio."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from contracts.bus import KeyMissingError
from contracts.studio import STUDIO_KEY, StudioStatus
from videogen import job as jobs
from videogen.arriving import AskJob, reconcile
from videogen.breaker import Breaker
from videogen.facts import Publish, publish_place
from videogen.job import ENDS, FOLLOWED_AFTER, Job
from videogen.queue import Pace
from videogen.records import JobRecords, KeyValues, put
from videogen.roster import JobBoard, StatusBoard, pace_of
from videogen.status import WorkerStatus, worker_key

BEAT_S = 2.5
"""Several times within the time after which a worker counts as gone."""
EARLY = timedelta(seconds=3)
"""A job that has just come may well be taken at once; only then is it told its place."""
TELL_AGAIN = timedelta(seconds=30)
TOLD_MAX = 200
UNHEARD = timedelta(minutes=3)
"""Later after its deadline than the ledger's sweep needs: then we ask how a job ended."""

log = structlog.get_logger()


@dataclass
class Pulse:
    """The heartbeat of one worker; `say` tells what it is doing."""

    name: str
    say: Callable[[], WorkerStatus]
    values: KeyValues
    jobs: JobBoard
    status: StatusBoard
    breaker: Breaker
    records: JobRecords
    ask: AskJob
    publish: Publish
    usual_s: float
    now: Callable[[], datetime]
    _told: dict[UUID, tuple[int, datetime]] = field(
        default_factory=dict[UUID, tuple[int, datetime]]
    )
    _reconciled_at: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])

    async def run(self) -> None:
        """Beat until cancelled, then take the name off the list. NATS may be away meanwhile."""
        try:
            while True:
                try:
                    await self._beat()
                except Exception as error:  # noqa: BLE001 - the next beat may come through
                    log.warning("heartbeat not sent", error=repr(error))
                await asyncio.sleep(BEAT_S)
        finally:
            await self._leave()

    async def _beat(self) -> None:
        said = self.say()
        await _write(self.values, worker_key(self.name), said)
        if said.is_draining or not self._leads() or not self.jobs.is_current:
            return
        await self.breaker.try_again_when_rested()
        pace = pace_of(self.jobs, self.status, self.usual_s)
        await self._say_how_it_stands(pace)
        await self._tell_places(pace)
        await self._look_after_the_forgotten()

    def _leads(self) -> bool:
        """One of those alive speaks for all. Should two believe it, they say the same."""
        able = [name for name, said in self.status.alive.items() if not said.is_draining]
        return self.status.is_current and bool(able) and min(able) == self.name

    async def _say_how_it_stands(self, pace: Pace) -> None:
        breaker = await self.breaker.read()
        waiting = len(self.jobs.waiting)
        status = StudioStatus(
            beat_at=self.now(),
            door=breaker.door,
            trial=breaker.trial,
            waiting=waiting,
            wait_s=pace.wait_s(waiting + 1),
            making_s=pace.making_s,
        )
        await _write(self.values, STUDIO_KEY, status)

    async def _tell_places(self, pace: Pace) -> None:
        now = self.now()
        waiting = self.jobs.waiting[:TOLD_MAX]
        for place, job in enumerate(waiting, start=1):
            if now - job.ordered_at > EARLY and self._is_news(job, place, now):
                await publish_place(self.publish, job, place, pace.eta_s(place), now)
                self._told[job.job_id] = place, now
        for job_id in self._told.keys() - {job.job_id for job in waiting}:
            del self._told[job_id]

    def _is_news(self, job: Job, place: int, now: datetime) -> bool:
        """Said again after a while: the expected time changes, and a card may not have seen it.

        Who heard that it has begun is not told that it waits, even if it does again.
        """
        told, at = self._told.get(job.job_id, (None, now))
        return job.stage is None and (told != place or now - at > TELL_AGAIN)

    async def _look_after_the_forgotten(self) -> None:
        """No record stays open for ever, even if the fact that closes it never came."""
        now = self.now()
        for job_id in self._reconciled_at.keys() - self.jobs.jobs.keys():
            del self._reconciled_at[job_id]
        for job in list(self.jobs.jobs.values()):
            if job.state in ENDS or now < job.deadline_at + UNHEARD:
                continue
            if now > job.deadline_at + FOLLOWED_AFTER:
                note = "its video did not come within an hour after the deadline"
                await self.records.change(job.job_id, jobs.dropped(now, note))
            elif not job.closed and self._is_time_to_ask(job, now):
                await reconcile(self.records, self.ask, job, self.now)

    def _is_time_to_ask(self, job: Job, now: datetime) -> bool:
        asked_at = self._reconciled_at.get(job.job_id)
        if asked_at is not None and now - asked_at < UNHEARD:
            return False
        self._reconciled_at[job.job_id] = now
        return True

    async def _leave(self) -> None:
        try:
            await self.values.delete(worker_key(self.name))
        except Exception as error:  # noqa: BLE001 - silence says the same, only later
            log.debug("did not take leave", error=repr(error))


async def _write(values: KeyValues, key: str, value: WorkerStatus | StudioStatus) -> None:
    """Write over what is there; of two who do so at the same time either will do."""
    try:
        _, revision = await values.get(key)
    except KeyMissingError:
        revision = None
    await put(values, key, value, revision)
