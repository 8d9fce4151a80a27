"""Records at rest: of two who change one at the same time one wins, and nothing is lost."""

import asyncio
from uuid import uuid4

import pytest

from tests.memory_values import MemoryValues
from tests.videogen_doubles import NOW, RacingValues, deducted_of, order_of
from videogen import job as jobs
from videogen.job import Job, State
from videogen.records import RACES_MAX, JobMissingError, JobRecords

JOB = jobs.ordered(deducted_of(order_of(b"photo")), NOW)
TAKEN = jobs.taken("rival", NOW, lambda _: False)(JOB)


def count(job: Job) -> Job:
    return job.model_copy(update={"errors": job.errors + 1})


def written(job: Job) -> bytes:
    return job.model_dump_json().encode()


class YieldingValues(MemoryValues):
    """Others have their turn between a read and a write."""

    async def get(self, key: str) -> tuple[bytes, int]:
        found = await super().get(key)
        await asyncio.sleep(0)
        return found


async def test_a_record_survives_as_it_was_written():
    records = JobRecords(MemoryValues())
    assert await records.create(TAKEN)
    assert await records.read(JOB.job_id) == TAKEN
    assert await records.read(uuid4()) is None


async def test_a_second_record_of_a_job_is_not_made():
    records = JobRecords(MemoryValues())
    assert await records.create(TAKEN)
    assert not await records.create(JOB)
    assert await records.read(JOB.job_id) == TAKEN


async def test_a_record_of_a_newer_version_is_still_read():
    values = MemoryValues()
    await values.create(str(JOB.job_id), written(JOB)[:-1] + b', "new": {}}')
    assert await JobRecords(values).read(JOB.job_id) == JOB


async def test_an_unchanged_job_is_not_written():
    values = MemoryValues()
    records = JobRecords(values)
    await records.create(JOB)
    before = dict(values.stored)
    assert await records.change(JOB.job_id, lambda job: job) == (JOB, JOB)
    assert values.stored == before


async def test_a_missing_record_is_not_made_up():
    values = MemoryValues()
    with pytest.raises(JobMissingError):
        await JobRecords(values).change(JOB.job_id, count)
    assert values.stored == {}


async def test_a_record_that_nats_has_lost_is_brought_back_by_who_knows_it():
    records = JobRecords(MemoryValues())
    before, after = await records.change(JOB.job_id, lambda job: job, known=TAKEN)
    assert before == after == TAKEN
    assert await records.read(JOB.job_id) == TAKEN


async def test_the_rival_that_was_first_wins():
    values = RacingValues(written(TAKEN))
    await values.create(str(JOB.job_id), written(JOB))
    take = jobs.taken("me", NOW, lambda _: True)
    before, after = await JobRecords(values).change(JOB.job_id, take)
    assert before == after == TAKEN


async def test_a_rival_that_brought_a_lost_record_back_first_wins():
    values = RacingValues(written(TAKEN))
    reach = jobs.reached("me", State.STARTED, NOW)
    _, after = await JobRecords(values).change(JOB.job_id, reach, known=JOB)
    assert after == TAKEN


async def test_an_endless_race_is_given_up_loudly():
    values = RacingValues(written(JOB), times=10 * RACES_MAX)
    await values.create(str(JOB.job_id), written(JOB))
    with pytest.raises(RuntimeError):
        await JobRecords(values).change(JOB.job_id, count)


async def test_changes_at_the_same_time_are_all_counted():
    records = JobRecords(YieldingValues())
    await records.create(JOB)
    await asyncio.gather(*(records.change(JOB.job_id, count) for _ in range(10)))
    job = await records.read(JOB.job_id)
    assert job is not None
    assert job.errors == 10
