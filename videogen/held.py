"""A job in the hands of one worker: whatever happens to it is in its record first."""

from collections.abc import Callable
from datetime import datetime

from contracts.messages import JobProgress, JobStage
from videogen import job as jobs
from videogen.facts import Publish, publish_progress
from videogen.job import ENDS, End, Job, State, Transition
from videogen.provider import Task
from videogen.records import JobRecords


class NothingToDoError(Exception):
    """Somebody else ended the job, or has it now, or it has to wait. Its record says which."""


class Held:
    """`job` is the record as this worker saw it last.

    Should NATS lose it, the next change brings it back: we may be the only ones who know the task.
    """

    def __init__(
        self,
        job: Job,
        worker: str,
        records: JobRecords,
        publish: Publish,
        now: Callable[[], datetime],
    ) -> None:
        self.job = job
        self._worker = worker
        self._records = records
        self._publish = publish
        self._now = now

    async def reach(self, state: State, note: str = "", **changes: object) -> None:
        """Go on to `state`, or see that this is there already. Raises `NothingToDoError`."""
        task = self.job.task
        await self._change(jobs.reached(self._worker, state, self._now(), note, **changes))
        if task is not None and self.job.task is None:
            await self._change(jobs.learnt(task, self._now(), "known to its worker only"))
        self._check()

    async def learn(self, task: Task) -> None:
        """Keep the task even if the job is somebody else's now. Raises `NothingToDoError`."""
        await self._change(jobs.learnt(task, self._now()))
        self._check()

    async def announce(self, stage: JobStage) -> None:
        """Tell the person, once for each stage, and nothing that is behind what was told."""
        before, after = await self._change(jobs.announced(stage))
        if after.stage != before.stage:
            progress = JobProgress(
                account=after.account, job_id=after.job_id, occurred_at=self._now(), stage=stage
            )
            await publish_progress(self._publish, progress)

    async def lose(self, note: str) -> NothingToDoError:
        """Nobody knows what came of the submission; at its deadline it was waited for enough."""
        await self._change(jobs.lost(self._now(), note))
        if self.job.closed:
            return await self.drop(note)
        return NothingToDoError(note)

    async def reject(self, note: str, rest_s: float) -> NothingToDoError:
        await self._change(jobs.rejected(self._worker, self._now(), note, rest_s))
        return NothingToDoError(note)

    async def drop(self, note: str) -> NothingToDoError:
        await self._change(jobs.dropped(self._now(), note))
        return NothingToDoError(note)

    async def end(self, end: End, note: str = "") -> None:
        """Store the end, unless there is one."""
        await self._change(jobs.ended(end, self._now(), note))

    async def told(self) -> None:
        await self._change(jobs.told(self._now()))

    async def put_back(self, note: str, rest_s: float = 0) -> None:
        await self._change(jobs.put_back(self._worker, self._now(), note, rest_s))

    async def count_error(self, note: str, rest_s: float) -> None:
        await self._change(jobs.erred(self._worker, self._now(), note, rest_s))

    def _check(self) -> None:
        if self.job.state in ENDS:
            raise NothingToDoError(f"it is {self.job.state}")
        if self.job.worker != self._worker:
            raise NothingToDoError("another worker has it")

    async def _change(self, transition: Transition) -> tuple[Job, Job]:
        before, self.job = await self._records.change(self.job.job_id, transition, known=self.job)
        return before, self.job
