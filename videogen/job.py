"""What is remembered of a job, and how it may change.

Pure: a transition that does not fit changes nothing, so of two workers, or of two messages, one
wins and the other sees what is there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.ids import AccountId, Sha256Hex
from contracts.messages import Deducted, JobStage, VideoFailed, VideoReady
from videogen.provider import Task

TAKES_MAX = 8
"""Workers may be stopped and killed for good reasons; a job that kills them all is given up."""
ERRORS_MAX = 4
REJECTIONS_MAX = 8
FOLLOWED_AFTER = timedelta(hours=1)
"""How long after its deadline a task is still followed: its video would be free."""
TIMELINE_LENGTH_MAX = 80
NOTE_LENGTH_MAX = 300

CANCELLED = "cancelled"
DEADLINE = "deadline"
"""Reasons of `Refunded` that mean something here; after any other the video is not wanted."""


class State(StrEnum):
    QUEUED = "queued"
    STARTED = "started"
    """The ledger said that it may begin."""
    SUBMITTING = "submitting"
    """The provider is being asked, or was: without a task in the record nobody knows."""
    SUBMITTED = "submitted"
    RENDERING = "rendering"
    FETCHING = "fetching"
    STORED = "stored"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """It ended without a fact of ours: the ledger had closed it before."""


WAY = tuple(State)
ENDS = frozenset({State.READY, State.FAILED, State.CANCELLED})
STAGES = tuple(JobStage)

End = VideoReady | VideoFailed


class Moment(BaseModel):
    """One line of a job's story."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    state: State
    worker: str = ""
    note: str = ""


class Job(BaseModel):
    """The record under a job id. The end is the very fact that is published, also when repeated."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    job_id: UUID
    account: AccountId
    correlation_id: str
    order_digest: Sha256Hex
    ordered_at: AwareDatetime
    deadline_at: AwareDatetime
    is_refill: bool = False
    """Its message came from a refilled stream: there may have been a record before this one."""
    state: State = State.QUEUED
    worker: str = ""
    """Who has it; worth nothing once that worker's heartbeat has stopped."""
    takes: int = 0
    errors: int = 0
    rejections: int = 0
    not_before: AwareDatetime | None = None
    """Nobody takes it earlier: the provider asked for patience, or we failed."""
    started_at: AwareDatetime | None = None
    task: Task | None = None
    is_unknown: bool = False
    """It was submitted, or may have been, and nobody knows the task."""
    cost_credits: Decimal | None = None
    """In the provider's own credits."""
    closed: str = ""
    """The reason for which the ledger gave the credit back."""
    stage: JobStage | None = None
    """The furthest stage that was announced; nobody is told that a job went backwards."""
    ready: VideoReady | None = None
    failed: VideoFailed | None = None
    told: bool = False
    """Whether the fact of its end was published."""
    story: tuple[Moment, ...] = ()

    @property
    def end(self) -> End | None:
        return self.ready or self.failed

    @property
    def is_over(self) -> bool:
        """Nothing is left to do: it ended, and who had to hear it was told."""
        return self.state in ENDS and (self.told or self.end is None)

    @property
    def is_waiting(self) -> bool:
        """It has not begun, or was put back before anything was asked of a provider."""
        return self.state in (State.QUEUED, State.STARTED) and not self.worker

    @property
    def may_have_unknown_task(self) -> bool:
        return self.is_unknown or (self.state is State.SUBMITTING and self.task is None)

    @property
    def is_hopeless(self) -> bool:
        return self.takes > TAKES_MAX or self.errors >= ERRORS_MAX

    def can_be_worked_on(self, now: datetime) -> bool:
        """Whether there is something to do but wait. A task that nobody knows may still be told."""
        rests = self.not_before is not None and now < self.not_before
        is_unheard = self.is_unknown and self.end is None
        return not (self.is_over or rests or is_unheard)

    def noting(self, at: datetime, note: str = "", **changes: object) -> "Job":
        """Change it, with a line in its story."""
        after = self.model_copy(update=changes)
        line = Moment(at=at, state=after.state, worker=after.worker, note=note[:NOTE_LENGTH_MAX])
        story = (*self.story, line)
        if len(story) > TIMELINE_LENGTH_MAX:
            # How it began and what happened last tell most.
            story = (*story[:10], *story[11:])
        return after.model_copy(update={"story": story})


Transition = Callable[[Job], Job]


def ordered(deducted: Deducted, now: datetime, *, is_refill: bool = False) -> Job:
    fresh = Job(
        job_id=deducted.job_id,
        account=deducted.account,
        correlation_id=deducted.correlation_id,
        order_digest=deducted.order_digest,
        ordered_at=deducted.recorded_at,
        deadline_at=deducted.deadline_at,
        is_refill=is_refill,
    )
    return fresh.noting(now, "the stream was refilled" if is_refill else "")


def lost(now: datetime, note: str) -> Transition:
    """Note that a task may have been made for it that nobody knows."""

    def lose(job: Job) -> Job:
        if job.task is not None or job.is_unknown or job.state in ENDS:
            return job
        return job.noting(now, note, state=State.SUBMITTING, is_unknown=True, worker="")

    return lose


def taken(worker: str, now: datetime, is_alive: Callable[[str], bool]) -> Transition:
    """Take a job that nobody has, or somebody who is gone, or we did before we forgot it."""

    def take(job: Job) -> Job:
        is_held = job.worker not in ("", worker) and is_alive(job.worker)
        if is_held or not job.can_be_worked_on(now):
            return job
        note = f"taken over from {job.worker}" if job.worker else ""
        return job.noting(now, note, worker=worker, takes=job.takes + 1, not_before=None)

    return take


def put_back(worker: str, now: datetime, note: str, rest_s: float = 0) -> Transition:
    """Let go of it, so that anybody may take it after a rest."""

    def put(job: Job) -> Job:
        if job.worker != worker or job.is_over:
            return job
        not_before = now + timedelta(seconds=rest_s) if rest_s else None
        # Only a take that was never given back may have cost a worker its life.
        takes = max(0, job.takes - 1)
        return job.noting(now, note, worker="", takes=takes, not_before=not_before)

    return put


def rejected(worker: str, now: datetime, note: str, rest_s: float) -> Transition:
    """The provider said no for certain: it may be asked again after a rest."""

    def reject(job: Job) -> Job:
        if job.worker != worker or job.state is not State.SUBMITTING or job.is_unknown:
            return job
        if job.closed:
            return job.noting(now, note, state=State.CANCELLED)
        again = {
            "state": State.STARTED,
            "worker": "",
            "rejections": job.rejections + 1,
            "not_before": now + timedelta(seconds=rest_s),
        }
        return job.noting(now, note, **again)

    return reject


def erred(worker: str, now: datetime, note: str, rest_s: float) -> Transition:
    """We failed: another try after a rest."""

    def err(job: Job) -> Job:
        counted = job.model_copy(update={"errors": job.errors + 1})
        return put_back(worker, now, note, rest_s)(counted) if job.worker == worker else job

    return err


def reached(
    worker: str, state: State, now: datetime, note: str = "", **changes: object
) -> Transition:
    """Go on to a later state; only who has the job may."""

    def reach(job: Job) -> Job:
        is_further = WAY.index(state) > WAY.index(job.state)
        if job.worker != worker or job.state in ENDS or not is_further:
            return job
        return job.noting(now, note, state=state, **changes)

    return reach


def learnt(task: Task, now: datetime, note: str = "") -> Transition:
    """Keep a task, whoever has the job now: it is paid for. Only the first one counts.

    One that was given up at its deadline goes on, because its video may be delivered late.
    """

    def learn(job: Job) -> Job:
        if job.task is not None or job.state in (State.READY, State.FAILED):
            return job
        if job.state is State.CANCELLED and job.closed != DEADLINE:
            return job
        return job.noting(now, note, task=task, is_unknown=False, state=State.SUBMITTED)

    return learn


def closed(reason: str, now: datetime) -> Transition:
    """The ledger gave the credit back. At the deadline what is paid for goes on, nothing else."""

    def close(job: Job) -> Job:
        if job.closed or job.state in ENDS:
            return job
        goes_on = reason == DEADLINE and (job.task is not None or _is_being_asked(job))
        state = job.state if goes_on else State.CANCELLED
        return job.noting(now, f"the credit went back: {reason}", closed=reason, state=state)

    return close


def dropped(now: datetime, note: str) -> Transition:
    """End without a fact: the ledger has closed it, or will at its deadline."""

    def drop(job: Job) -> Job:
        return job if job.state in ENDS else job.noting(now, note, state=State.CANCELLED)

    return drop


def ended(end: End, now: datetime, note: str = "") -> Transition:
    """The first end stands: a second worker's result changes nothing.

    That no video comes of a job whose credit went back is nobody's news.
    """

    def finish(job: Job) -> Job:
        if job.state in ENDS:
            return job
        match end:
            case VideoReady():
                return job.noting(now, note, state=State.READY, ready=end)
            case VideoFailed() if job.closed:
                return job.noting(now, note or end.reason, state=State.CANCELLED)
            case VideoFailed():
                return job.noting(now, note or end.reason, state=State.FAILED, failed=end)

    return finish


def revived(now: datetime) -> Transition:
    """Let an open job go on at once: what held it back is forgotten, and who has it keeps it.

    Not one of which a task may have been made that nobody knows: it would be paid for twice.
    """

    def revive(job: Job) -> Job:
        if job.state in ENDS or job.closed or job.may_have_unknown_task:
            return job
        return job.noting(
            now, "an operator lets it go on", takes=0, errors=0, rejections=0, not_before=None
        )

    return revive


def told(now: datetime) -> Transition:
    def tell(job: Job) -> Job:
        return job if job.told else job.noting(now, "published", told=True)

    return tell


def announced(stage: JobStage) -> Transition:
    def announce(job: Job) -> Job:
        if job.stage is not None and STAGES.index(stage) <= STAGES.index(job.stage):
            return job
        return job.model_copy(update={"stage": stage})

    return announce


def _is_being_asked(job: Job) -> bool:
    """Somebody may be about to learn its task."""
    return job.state is State.SUBMITTING and not job.is_unknown
