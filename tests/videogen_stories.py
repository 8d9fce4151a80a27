"""Jobs with a past, as the worker's records keep them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.messages import FailureReason, VideoFailed, VideoReady
from contracts.studio import StudioStatus
from videogen.console.snapshot import Snapshot
from videogen.job import Job, State, closed, ended, learnt, reached, taken, told
from videogen.provider import Task
from videogen.status import WorkerStatus

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
TASK = Task(provider="kie", task_id="task-1", key_id="ab12cd34", route="jobs")


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def job_of(number: int, *, account: str = "tg:1", age_s: float = 60, **changes) -> Job:
    """A job whose id begins with `number` in hexadecimal digits, ordered a while ago."""
    job = Job(
        job_id=UUID(int=number << 104 | 7),
        account=account,
        correlation_id="order-1",
        order_digest="a" * 64,
        ordered_at=ago(age_s),
        deadline_at=ago(age_s) + timedelta(minutes=15),
    )
    return job.noting(ago(age_s)).model_copy(update=changes)


def gone(_worker: str) -> bool:
    return False


def crashed_and_taken_over() -> Job:
    """w1 is killed after the task was made, w2 brings its video."""
    job = job_of(0x3FA2C1, age_s=200)
    for change in (
        taken("w1", ago(198), gone),
        reached("w1", State.STARTED, ago(197), started_at=ago(197)),
        reached("w1", State.SUBMITTING, ago(196)),
        learnt(TASK, ago(190)),
        reached("w1", State.RENDERING, ago(180)),
        taken("w2", ago(100), gone),
        reached("w2", State.FETCHING, ago(60)),
        reached("w2", State.STORED, ago(50)),
        ended(ready(job), ago(49)),
        told(ago(48)),
    ):
        job = change(job)
    return job


def ready(job: Job) -> VideoReady:
    return VideoReady(
        account=job.account,
        job_id=job.job_id,
        occurred_at=ago(49),
        video_digest="b" * 64,
        size_bytes=1_234,
        duration_ms=6_000,
        width=720,
        height=1_280,
    )


def made(number: int = 1) -> Job:
    job = job_of(number)
    return told(NOW)(ended(ready(job), ago(10))(job))


def failed(number: int = 2) -> Job:
    job = job_of(number)
    fact = VideoFailed(
        account=job.account,
        job_id=job.job_id,
        occurred_at=ago(10),
        reason=FailureReason.CONTENT_REJECTED,
    )
    return told(NOW)(ended(fact, ago(10))(job))


def refunded(number: int = 3, reason: str = "cancelled") -> Job:
    return closed(reason, ago(10))(job_of(number))


def late_task() -> Job:
    """Refunded at its deadline, and followed all the same."""
    return closed("deadline", ago(5))(learnt(TASK, ago(50))(job_of(6)))


def worker_of(*, beat_s: float = 1, **changes) -> WorkerStatus:
    return WorkerStatus(
        beat_at=ago(beat_s),
        started_at=ago(3_600),
        provider="local",
        room=1,
        version="0.1",
        pid=42,
        host="box",
    ).model_copy(update=changes)


def snapshot_with(*jobs: Job, **changes) -> Snapshot:
    """w1 is alive, w0 was."""
    parts = {
        "now": NOW,
        "jobs": jobs,
        "workers": {"w0": worker_of(beat_s=600), "w1": worker_of()},
        "studio": StudioStatus(beat_at=ago(2), waiting=2, wait_s=30, making_s=40),
    }
    return Snapshot(**{**parts, **changes})
