"""A job ends once; whoever comes second gets the first end."""

import asyncio
from functools import partial
from uuid import UUID, uuid4

import pytest

from contracts.messages import FailureReason, JobStage, VideoFailed, VideoReady
from tests.videogen_doubles import NOW, MemoryValues, RacingValues
from videogen.job import ERRORS_MAX, STARTS_MAX, Job, ended, erred, reached, started
from videogen.records import RACES_MAX, JobRecords

JOB_ID = UUID(int=7)
READY = VideoReady(
    account="tg:42",
    job_id=JOB_ID,
    occurred_at=NOW,
    video_digest="a" * 64,
    size_bytes=1,
    duration_ms=7_000,
    width=720,
    height=1280,
)
FAILED = VideoFailed(
    account="tg:42", job_id=JOB_ID, occurred_at=NOW, reason=FailureReason.CONTENT_REJECTED
)


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        (Job(), started, Job(starts=1)),
        (Job(), erred, Job(errors=1)),
        (Job(), partial(reached, stage=JobStage.RENDERING), Job(stage=JobStage.RENDERING)),
        (
            Job(stage=JobStage.RENDERING),
            partial(reached, stage=JobStage.PREPARING),
            Job(stage=JobStage.RENDERING),
        ),
        (
            Job(stage=JobStage.RENDERING),
            partial(reached, stage=JobStage.FINISHING),
            Job(stage=JobStage.FINISHING),
        ),
        (Job(starts=1), partial(ended, end=READY), Job(starts=1, ready=READY)),
        (Job(), partial(ended, end=FAILED), Job(failed=FAILED)),
        (Job(ready=READY), partial(ended, end=FAILED), Job(ready=READY)),
        (Job(failed=FAILED), partial(ended, end=READY), Job(failed=FAILED)),
        (Job(ready=READY), started, Job(ready=READY)),
        (Job(ready=READY), erred, Job(ready=READY)),
        (Job(ready=READY), partial(reached, stage=JobStage.FINISHING), Job(ready=READY)),
    ],
)
def test_a_job_changes_until_it_ends(given, when, then):
    assert when(given) == then


def test_a_job_that_fails_or_kills_its_workers_again_and_again_is_hopeless():
    assert not Job(errors=ERRORS_MAX - 1, starts=STARTS_MAX).is_hopeless
    assert Job(errors=ERRORS_MAX).is_hopeless
    assert Job(starts=STARTS_MAX + 1).is_hopeless


async def test_a_record_survives_as_it_was_written():
    records = JobRecords(MemoryValues())
    await records.change(JOB_ID, partial(ended, end=READY))
    assert await records.read(JOB_ID) == Job(ready=READY)
    assert await records.read(uuid4()) == Job()


async def test_a_record_of_a_newer_version_is_still_read():
    values = MemoryValues()
    await values.create(str(JOB_ID), b'{"starts": 2, "task_id": "t-1", "new": {}}')
    assert await JobRecords(values).read(JOB_ID) == Job(starts=2)


async def test_an_unchanged_job_is_not_written():
    values = MemoryValues()
    await JobRecords(values).change(JOB_ID, lambda job: job)
    assert values.stored == {}


@pytest.mark.parametrize("existing", [True, False])
async def test_the_rival_that_was_first_wins(existing):
    values = RacingValues(Job(failed=FAILED).model_dump_json().encode())
    if existing:
        await values.create(str(JOB_ID), Job(starts=1).model_dump_json().encode())
    _, after = await JobRecords(values).change(JOB_ID, partial(ended, end=READY))
    assert after.end == FAILED
    assert (await JobRecords(values).read(JOB_ID)).end == FAILED


async def test_an_endless_race_is_given_up_loudly():
    values = RacingValues(Job(starts=1).model_dump_json().encode(), times=10 * RACES_MAX)
    with pytest.raises(RuntimeError):
        await JobRecords(values).change(JOB_ID, started)


async def test_changes_at_the_same_time_are_all_counted():
    records = JobRecords(MemoryValues())
    await asyncio.gather(*(records.change(JOB_ID, started) for _ in range(10)))
    assert (await records.read(JOB_ID)).starts == 10
