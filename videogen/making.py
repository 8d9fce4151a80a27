"""One deducted job, from its message to the fact that it ended in.

The end is stored first and published from there, so a repeated message publishes the same fact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog

from contracts.bus import Delivery, NoAnswerError, ObjectMissingError, UnprocessableMessageError
from contracts.messages import (
    Deducted,
    FailureReason,
    JobProgress,
    JobStage,
    VideoFailed,
    VideoReady,
)
from contracts.orders import Order
from contracts.topology import facts_object, thumbnail_object, video_object
from videogen import job as jobs
from videogen.claiming import JobEndedError, claimed
from videogen.facts import Publish, publish_end, publish_progress
from videogen.folders import job_folder
from videogen.intake import (
    OrderMissingError,
    StoredOrders,
    StoredPhotos,
    brief_of,
    read_order,
    read_photo,
)
from videogen.job import End
from videogen.provider import Desk, Provider, ProviderFailure
from videogen.records import JobRecords
from videogen.starting import AskStart, NotNowError, StartRefusedError, ask_to_start
from videogen.video import inspect

log = structlog.get_logger()


class StoredVideos(Protocol):
    """The part of `contracts.bus.Objects` that storing videos needs."""

    async def put(self, name: str, data: bytes) -> None: ...
    async def get(self, name: str) -> bytes: ...


@dataclass(frozen=True)
class JobMaker:
    provider: Provider
    records: JobRecords
    orders: StoredOrders
    photos: StoredPhotos
    videos: StoredVideos
    publish: Publish
    ask_start: AskStart
    workshop: Path
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def handle(self, delivery: Delivery) -> None:
        deducted = delivery.parse(Deducted)
        with structlog.contextvars.bound_contextvars(job_id=str(deducted.job_id)):
            job = await self.records.read(deducted.job_id)
            if job.end is None and job.is_held(self.now()):
                raise NotNowError("another worker makes it")
            end = job.end or await self._work(deducted, is_refill=delivery.refill_until > 0)
            if end is not None:
                await publish_end(self.publish, end)

    async def _work(self, deducted: Deducted, *, is_refill: bool) -> End | None:
        """Return the job's end, ours or another worker's; None if it was not to be started."""
        try:
            end = await self._begin(deducted, is_refill=is_refill)
        except StartRefusedError as refused:
            log.info("nothing to render", code=refused.code)
            return None
        except JobEndedError:
            log.info("another worker ended the job")
            return (await self.records.read(deducted.job_id)).end
        except ProviderFailure as failure:
            log.warning("the provider failed", trouble=str(failure))
            end = self._failed(deducted, failure.reason)
        except OrderMissingError as missing:
            log.warning("the order is missing", trouble=str(missing))
            end = self._failed(deducted, FailureReason.ORDER_MISSING)
        except (NoAnswerError, NotNowError, UnprocessableMessageError):
            raise
        except Exception:
            # Counted under the job, so that a bug that repeats does not last until the deadline.
            _, job = await self.records.change(deducted.job_id, jobs.erred)
            if not job.is_hopeless:
                raise
            log.exception("the job is given up", errors=job.errors)
            end = self._failed(deducted, FailureReason.INTERNAL)
        _, job = await self.records.change(deducted.job_id, partial(jobs.ended, end=end))
        return job.end

    async def _begin(self, deducted: Deducted, *, is_refill: bool) -> End:
        """Read the order and ask the ledger; after a refill the other way round.

        Old orders are gone, and of most the ledger knows that nobody waits for them.
        """
        if is_refill:
            await ask_to_start(self.ask_start, deducted, self.now())
        order = await read_order(self.orders, deducted)
        if not is_refill:
            await ask_to_start(self.ask_start, deducted, self.now())
        if (stored := await self._stored(order.job_id)) is not None:
            return stored
        async with claimed(self.records, order.job_id, str(self.new_id()), self.now):
            return await self._make(deducted, order)

    async def _stored(self, job_id: UUID) -> VideoReady | None:
        """Return the fact of a video that was made before its record was lost."""
        try:
            return VideoReady.model_validate_json(await self.videos.get(facts_object(job_id)))
        except ObjectMissingError:
            return None

    async def _make(self, deducted: Deducted, order: Order) -> End:
        _, job = await self.records.change(deducted.job_id, jobs.started)
        if job.is_hopeless:
            log.error("the job is given up", starts=job.starts)
            return self._failed(deducted, FailureReason.INTERNAL)
        tell = partial(self._tell, deducted)
        await tell(JobStage.PREPARING)
        brief = brief_of(order, await read_photo(self.photos, order))
        with job_folder(self.workshop, str(order.job_id)) as folder:
            file = await self.provider.make(brief, Desk(folder, tell))
            await tell(JobStage.FINISHING)
            video = await inspect(file, brief.format)
        ready = VideoReady(
            account=deducted.account,
            job_id=deducted.job_id,
            occurred_at=self.now(),
            video_digest=video.digest,
            size_bytes=len(video.data),
            duration_ms=video.duration_ms,
            width=video.width,
            height=video.height,
        )
        await self.videos.put(video_object(order.job_id), video.data)
        await self.videos.put(thumbnail_object(order.job_id), video.thumbnail)
        await self.videos.put(facts_object(order.job_id), ready.model_dump_json().encode())
        return ready

    async def _tell(self, deducted: Deducted, stage: JobStage) -> None:
        """Announce a stage once; a worker that takes over announces only what is further."""
        job_id = deducted.job_id
        before, after = await self.records.change(job_id, partial(jobs.reached, stage=stage))
        if after.end is not None:
            raise JobEndedError
        if after.stage != before.stage:
            progress = JobProgress(
                account=deducted.account, job_id=job_id, occurred_at=self.now(), stage=stage
            )
            await publish_progress(self.publish, progress)

    def _failed(self, deducted: Deducted, reason: FailureReason) -> VideoFailed:
        return VideoFailed(
            account=deducted.account,
            job_id=deducted.job_id,
            occurred_at=self.now(),
            reason=reason,
        )
