"""One job that this worker has taken, from wherever it stands to the fact that it ends in.

Each step is stored before and after it is made. The end is stored first and published from there,
so whoever comes after a crash publishes the same fact.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import structlog

from contracts.bus import NoAnswerError, ObjectMissingError
from contracts.messages import FailureReason, JobStage, VideoFailed, VideoReady
from contracts.topology import facts_object, thumbnail_object, video_object
from videogen.breaker import Breaker
from videogen.facts import Publish, publish_end
from videogen.failures import Failure, ProviderCallError
from videogen.folders import job_folder
from videogen.held import Held, NothingToDoError
from videogen.intake import (
    OrderMissingError,
    StoredOrders,
    StoredPhotos,
    brief_of,
    read_order,
    read_photo,
)
from videogen.job import ERRORS_MAX, Job, State
from videogen.provider import (
    Brief,
    Desk,
    Provider,
    ProviderFailure,
    Rejected,
    Submitted,
    SubmitUnknown,
    Task,
)
from videogen.records import JobRecords
from videogen.starting import AskStart, NotNowError, StartRefusedError, ask_to_start
from videogen.video import Video, inspect

NOT_NOW_S = 2.0
ERROR_RESTS_S = (2.0, 5.0, 15.0)

log = structlog.get_logger()


class StoredVideos(Protocol):
    """The part of `contracts.bus.Objects` that storing videos needs."""

    async def put(self, name: str, data: bytes) -> None: ...
    async def get(self, name: str) -> bytes: ...


class GivenUpError(Exception):
    """No video will come of this job, and nobody's provider is to blame."""

    def __init__(self, reason: FailureReason, note: str) -> None:
        super().__init__(note)
        self.reason = reason


@dataclass(frozen=True)
class JobMaker:
    worker: str
    provider: Provider
    breaker: Breaker
    records: JobRecords
    orders: StoredOrders
    photos: StoredPhotos
    videos: StoredVideos
    publish: Publish
    ask_start: AskStart
    making_s: Callable[[], float]
    """How long a video takes at present."""
    workshop: Path
    now: Callable[[], datetime]

    async def make(self, job: Job) -> None:
        """Bring the job as far as it goes now; when cancelled, put it back for anybody."""
        held = Held(job, self.worker, self.records, self.publish, self.now)
        with structlog.contextvars.bound_contextvars(job_id=str(job.job_id)):
            try:
                await self._make(held)
            except NothingToDoError as reason:
                log.info("left as it is", reason=str(reason))
            except asyncio.CancelledError:
                await held.put_back("its worker stops")
                raise
            except (NoAnswerError, NotNowError) as error:
                log.info("the ledger cannot say now", error=str(error))
                await held.put_back("the ledger did not say whether it may begin", NOT_NOW_S)
            except Exception as error:
                log.exception("our own failure")
                rest_s = ERROR_RESTS_S[min(held.job.errors, len(ERROR_RESTS_S) - 1)]
                await held.count_error(repr(error), rest_s)

    async def _make(self, held: Held) -> None:
        if held.job.end is None:
            await self._end(held)
        if held.job.end is not None:
            await publish_end(self.publish, held.job.end)
            await held.told()

    async def _end(self, held: Held) -> None:
        """Raises `NothingToDoError` when the job does not end now, or ends without a fact."""
        try:
            await held.end(await self._video(held))
        except StartRefusedError as refused:
            raise await held.drop(f"the ledger refused: {refused.code}") from None
        except (GivenUpError, ProviderFailure) as failure:
            log.warning("no video", trouble=str(failure))
            await self._fail(held, failure.reason, str(failure))
        except OrderMissingError as missing:
            log.warning("the order is missing", trouble=str(missing))
            await self._fail(held, FailureReason.ORDER_MISSING, str(missing))

    async def _fail(self, held: Held, reason: FailureReason, note: str) -> None:
        failed = VideoFailed(
            account=held.job.account,
            job_id=held.job.job_id,
            occurred_at=self.now(),
            reason=reason,
        )
        await held.end(failed, note)

    async def _video(self, held: Held) -> VideoReady:
        if (stored := await self._stored(held.job)) is not None:
            return stored
        if held.job.is_hopeless:
            raise GivenUpError(FailureReason.INTERNAL, "it was begun too often")
        order = await read_order(self.orders, held.job)
        brief = brief_of(order, await read_photo(self.photos, order))
        with job_folder(self.workshop, str(held.job.job_id)) as folder:
            desk = _desk(folder, held)
            task = held.job.task
            if task is None or (self.provider.submits_for_free and not held.job.closed):
                task = await self._submitted(held, brief, desk)
            return await self._brought(held, task, brief, desk)

    async def _stored(self, job: Job) -> VideoReady | None:
        """Return the fact of a video that was stored before its record told so."""
        try:
            return VideoReady.model_validate_json(await self.videos.get(facts_object(job.job_id)))
        except ObjectMissingError:
            return None

    async def _submitted(self, held: Held, brief: Brief, desk: Desk) -> Task:
        """Ask the ledger, then the provider: once, unless it refuses for certain."""
        if held.job.state is State.SUBMITTING and not self.provider.submits_for_free:
            raise await held.lose("nobody knows what came of its submission")
        if self.now() + timedelta(seconds=self.making_s()) > held.job.deadline_at:
            note = "too little time is left for a video"
            raise GivenUpError(FailureReason.PROVIDER_UNAVAILABLE, note)
        await ask_to_start(self.ask_start, held.job, self.now())
        if held.job.state is State.QUEUED:
            await held.reach(State.STARTED, started_at=self.now())
        await held.announce(JobStage.PREPARING)
        await held.reach(State.SUBMITTING)
        match await self.provider.submit(brief, desk):
            case Submitted(task):
                await held.learn(task)
                await self.breaker.note_accepted()
                return task
            case Rejected(failure, detail):
                raise await self._refused(held, failure, detail)
            case SubmitUnknown(failure, detail):
                await held.lose(f"{failure.trouble}: {detail}")
                await self.breaker.note_failure(failure, detail)
                raise NothingToDoError("nobody knows what came of its submission")

    async def _refused(self, held: Held, failure: Failure, detail: str) -> Exception:
        """Try again later where the table says so and the deadline lets us."""
        note = f"refused, {failure.trouble}: {detail}"
        rests_s = failure.retry_delays_s[held.job.rejections :]
        if not rests_s or held.job.closed:
            refused: Exception = GivenUpError(failure.reason, note)
        else:
            refused = await held.reject(note, rests_s[0])
        await self.breaker.note_failure(failure, detail)
        return refused

    async def _brought(self, held: Held, task: Task, brief: Brief, desk: Desk) -> VideoReady:
        try:
            file = await self.provider.bring(task, brief, desk)
        except ProviderFailure as failure:
            await self.breaker.note_failure(failure.failure, failure.detail)
            raise
        except ProviderCallError as error:
            # The video is there and paid for, so it is fetched again, but not for ever.
            if held.job.errors + 1 < ERRORS_MAX:
                raise
            raise GivenUpError(error.failure.reason, str(error)) from error
        await held.announce(JobStage.FINISHING)
        video = await inspect(file, brief.format)
        ready = await self._store(held, video)
        await held.reach(State.STORED)
        await self.breaker.note_made()
        return ready

    async def _store(self, held: Held, video: Video) -> VideoReady:
        job_id = held.job.job_id
        ready = VideoReady(
            account=held.job.account,
            job_id=job_id,
            occurred_at=self.now(),
            video_digest=video.digest,
            size_bytes=len(video.data),
            duration_ms=video.duration_ms,
            width=video.width,
            height=video.height,
        )
        await self.videos.put(video_object(job_id), video.data)
        await self.videos.put(thumbnail_object(job_id), video.thumbnail)
        await self.videos.put(facts_object(job_id), ready.model_dump_json().encode())
        return ready


def _desk(folder: Path, held: Held) -> Desk:
    async def rendering() -> None:
        await held.reach(State.RENDERING)
        await held.announce(JobStage.RENDERING)

    async def fetching(cost_credits: Decimal | None) -> None:
        await held.reach(State.FETCHING, cost_credits=cost_credits)
        await held.announce(JobStage.FINISHING)

    return Desk(folder, rendering, fetching)
