"""No video is bought twice at the provider, none for a job that never started, none forgotten."""

from collections import Counter
from collections.abc import Iterator, Sequence

from infra.sandbox.soak.evidence import Job, Task


def broken_tasks(jobs: Sequence[Job], tasks: Sequence[Task]) -> Iterator[str]:
    """A definite rejection makes no task, so one task for each picture is the most there may be."""
    made = Counter(digest for task in tasks for digest in set(task.digests))
    for digest, count in made.items():
        if count > 1:
            yield f"the provider made {count} tasks of the photo {digest[:12]}"
    started = [job for job in jobs if job.of_kind("started")]
    if len(tasks) > len(started):
        yield f"the provider made {len(tasks)} tasks for {len(started)} started jobs"
    known = {task.task_id for task in tasks}
    kept = Counter(job.record.task_id for job in jobs if job.record and job.record.task_id)
    for task_id, count in kept.items():
        if task_id not in known:
            yield f"a job is kept with the task {task_id}, which the provider never made"
        if count > 1:
            yield f"{count} jobs are kept with one task {task_id}"
    for job in jobs:
        if job.record and job.record.task_id and not job.of_kind("started"):
            yield f"job {job.number} was submitted and never started"


def open_records(jobs: Sequence[Job], tasks: Sequence[Task]) -> Iterator[str]:
    """A record is done with, or it follows a task that is stuck after its job was closed."""
    endless = {task.task_id for task in tasks if task.never_ends}
    for job in jobs:
        record = job.record
        if record is None:
            yield f"the workers have no record of {job.number}"
        elif not record.is_over and not (record.closed and record.task_id in endless):
            yield f"the record of {job.number} is open: {record.state}"
