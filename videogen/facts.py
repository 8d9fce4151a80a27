"""Publish what happened to a job. The message ids make a repeat recognisable."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

from contracts.messages import JobProgress, JobStage, VideoFailed, VideogenFact, VideoReady
from contracts.topology import videogen_event
from videogen.job import End, Job

SAME_NEWS_S = 10


class Publish(Protocol):
    """`contracts.bus.Bus.publish`."""

    def __call__(self, subject: str, body: VideogenFact, *, message_id: str) -> Awaitable[int]: ...


async def publish_end(publish: Publish, end: End) -> None:
    match end:
        case VideoReady():
            name, suffix = "video_ready", "ready"
        case VideoFailed():
            name, suffix = "video_failed", "failed"
    await publish(videogen_event(name, end.account), end, message_id=f"{end.job_id}-{suffix}")


async def publish_progress(publish: Publish, progress: JobProgress) -> None:
    subject = videogen_event("job_progress", progress.account)
    await publish(subject, progress, message_id=f"{progress.job_id}-{progress.stage}")


async def publish_place(publish: Publish, job: Job, place: int, eta_s: float, at: datetime) -> None:
    """Say how many are before a job that waits. The same news within seconds is one message."""
    progress = JobProgress(
        account=job.account,
        job_id=job.job_id,
        occurred_at=at,
        stage=JobStage.QUEUED,
        place=place,
        eta_s=round(eta_s),
    )
    subject = videogen_event("job_progress", job.account)
    then = int(at.timestamp()) // SAME_NEWS_S
    await publish(subject, progress, message_id=f"{job.job_id}-place-{place}-{then}")
