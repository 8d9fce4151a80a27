"""What is remembered of a job, and how it may change: it ends once, and then stays as it is."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from contracts.messages import JobStage, VideoFailed, VideoReady

STARTS_MAX = 8
"""Workers may be stopped and killed for good reasons; a job that kills them all is given up."""
ERRORS_MAX = 4
CLAIM = timedelta(seconds=10)
"""A worker that has not renewed its claim for so long is dead. NATS waits longer than this."""

STAGES = tuple(JobStage)

End = VideoReady | VideoFailed


class Job(BaseModel):
    """The state under a job id. The end is the very fact that is published, also when repeated."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    starts: int = 0
    errors: int = 0
    stage: JobStage | None = None
    """The furthest stage that was announced; nobody is told that a job went backwards."""
    ready: VideoReady | None = None
    failed: VideoFailed | None = None
    claimed_by: str | None = None
    """Who makes the video. A refilled stream brings a second message of a job that is at work."""
    claimed_until: datetime | None = None

    @property
    def end(self) -> End | None:
        return self.ready or self.failed

    def is_held(self, now: datetime) -> bool:
        return self.claimed_until is not None and now < self.claimed_until

    @property
    def is_hopeless(self) -> bool:
        return self.starts > STARTS_MAX or self.errors >= ERRORS_MAX


def started(job: Job) -> Job:
    return _unless_ended(job, starts=job.starts + 1)


def claimed(job: Job, by: str, now: datetime) -> Job:
    """Take the job, or keep it, unless somebody else has it."""
    if job.is_held(now) and job.claimed_by != by:
        return job
    return _unless_ended(job, claimed_by=by, claimed_until=now + CLAIM)


def released(job: Job, by: str) -> Job:
    return _unless_ended(job, claimed_by=None, claimed_until=None) if job.claimed_by == by else job


def erred(job: Job) -> Job:
    return _unless_ended(job, errors=job.errors + 1)


def reached(job: Job, stage: JobStage) -> Job:
    if job.stage is not None and STAGES.index(stage) <= STAGES.index(job.stage):
        return job
    return _unless_ended(job, stage=stage)


def ended(job: Job, end: End) -> Job:
    """The first end stands: a second worker's result changes nothing."""
    match end:
        case VideoReady():
            return _unless_ended(job, ready=end)
        case VideoFailed():
            return _unless_ended(job, failed=end)


def _unless_ended(job: Job, **changes: object) -> Job:
    return job if job.end is not None else job.model_copy(update=changes)
