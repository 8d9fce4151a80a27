"""What follows from each row of the table, as the answer to a submission or of a task."""

from datetime import timedelta

import pytest

from contracts.messages import FailureReason, JobState
from contracts.studio import Door
from tests.quiet_logs import quiet_logs
from tests.videogen_doubles import FILM, FakeProvider, Studio, delivery_of, order_of, refunded_of
from videogen import making
from videogen.failures import ROWS, Failure, Trouble, Whose
from videogen.job import DEADLINE, Job, State
from videogen.provider import Brief, Desk, ProviderFailure, Rejected, SubmitUnknown

PHOTO = b"a photo"
ONLY_BUSY = {Trouble.RATE_LIMITED, Trouble.BUSY, Trouble.UPLOAD_NOT_FETCHED}
THE_PERSONS = {FailureReason.PHOTO_UNREADABLE, FailureReason.CONTENT_REJECTED}

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.trouble)
every_rejection = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.is_rejection], ids=lambda row: row.trouble
)
every_doubt = pytest.mark.parametrize(
    "row", [row for row in ROWS if not row.is_rejection], ids=lambda row: row.trouble
)


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    async def inspected(*_):
        return FILM

    monkeypatch.setattr(making, "inspect", inspected)
    with quiet_logs():
        yield


async def begun(studio: Studio) -> Job:
    return await studio.arrive(await studio.place(order_of(PHOTO), PHOTO))


def rests_of(job: Job) -> list[float]:
    """How long the job was left alone after each refusal, from its story."""
    refused = [n for n, line in enumerate(job.story) if line.state is State.STARTED and line.note]
    return [round((job.story[n + 1].at - job.story[n].at).total_seconds()) for n in refused]


def fails_with(row: Failure):
    async def render(_: Brief, __: Desk) -> None:
        raise ProviderFailure(row.trouble, "the provider's words")

    return render


async def heard(studio: Studio, row: Failure, times: int) -> None:
    """The breaker counted what says something of the provider, and nothing else."""
    breaker = await studio.breaker.read()
    says_something = row.whose is not Whose.PERSON and row.trouble not in ONLY_BUSY
    assert breaker.failures == (times if says_something else 0)
    assert breaker.trouble == (row.trouble if says_something else None)
    assert breaker.door is (Door.SHUT if row.whose is Whose.OPERATOR else Door.OPEN)


def told_of(studio: Studio, row: Failure) -> None:
    """The operator heard of it once, if the table says so."""
    assert [alert.code for alert in studio.stream.alerts] == [row.trouble] * row.alerts


@every_rejection
async def test_a_refused_submission_is_repeated_after_the_rests_of_its_row(tmp_path, row):
    answers = [Rejected(row, "no")] * 10
    studio = Studio(tmp_path, FakeProvider(answers=answers))
    job = await studio.work((await begun(studio)).job_id)
    assert rests_of(job) == list(row.retry_delays_s)
    assert len(studio.provider.briefs) == 1 + len(row.retry_delays_s)
    assert studio.provider.tasks == []
    [end] = studio.stream.ends
    assert (end, end.reason) == (job.failed, row.reason)
    assert (end.reason in THE_PERSONS) == (row.whose is Whose.PERSON)


@every_rejection
async def test_one_refusal_is_heard_by_the_breaker_and_by_the_operator_as_its_row_says(
    tmp_path, row
):
    studio = Studio(tmp_path, FakeProvider(answers=[Rejected(row, "no")]))
    await studio.step((await begun(studio)).job_id)
    await heard(studio, row, times=1)
    told_of(studio, row)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.retry_delays_s and row.is_rejection], ids=lambda r: r.trouble
)
async def test_after_refusals_that_passed_there_is_one_task_and_one_video(tmp_path, row):
    answers = [Rejected(row, "no")] * len(row.retry_delays_s)
    studio = Studio(tmp_path, FakeProvider(answers=answers))
    job = await studio.work((await begun(studio)).job_id)
    assert (job.state, len(studio.provider.tasks)) == (State.READY, 1)
    assert studio.stream.ends == [job.ready]


@every_doubt
async def test_a_submission_of_which_nobody_knows_is_never_repeated(tmp_path, row):
    studio = Studio(tmp_path, FakeProvider(answers=[SubmitUnknown(row, "no reply")]))
    job = await studio.work((await begun(studio)).job_id)
    assert (job.state, job.is_unknown) == (State.SUBMITTING, True)
    studio.clock += timedelta(minutes=10)
    assert await studio.work(job.job_id, "second") == job
    assert len(studio.provider.briefs) == 1
    assert studio.stream.ends == []
    await heard(studio, row, times=1)
    told_of(studio, row)


@every_doubt
async def test_a_submission_of_which_nobody_knows_ends_with_its_deadline_and_without_a_fact(
    tmp_path, row
):
    studio = Studio(tmp_path, FakeProvider(answers=[SubmitUnknown(row, "no reply")]))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    await studio.arrive(deducted)
    await studio.work(deducted.job_id)
    studio.ledger.state = JobState.REFUNDED
    await studio.arrivals.handle(delivery_of(refunded_of(deducted, DEADLINE)))
    job = await studio.work(deducted.job_id)
    assert (job.state, studio.stream.ends) == (State.CANCELLED, [])


@every_row
async def test_a_task_that_failed_ends_its_job_for_the_reason_of_its_row(tmp_path, row):
    studio = Studio(tmp_path, FakeProvider(render=fails_with(row)))
    job = await studio.work((await begun(studio)).job_id)
    [end] = studio.stream.ends
    assert (end, end.reason) == (job.failed, row.reason)
    assert (end.reason in THE_PERSONS) == (row.whose is Whose.PERSON)
    assert len(studio.provider.tasks) == len(studio.provider.brought) == 1
    await heard(studio, row, times=1)
    told_of(studio, row)


@every_row
async def test_after_the_deadline_a_failure_is_nobodys_news(tmp_path, row):
    studio = Studio(tmp_path)
    deducted = await studio.place(order_of(PHOTO), PHOTO)

    async def render(brief: Brief, desk: Desk) -> None:
        await studio.arrivals.handle(delivery_of(refunded_of(deducted, DEADLINE)))
        await fails_with(row)(brief, desk)

    studio.provider.render = render
    await studio.arrive(deducted)
    job = await studio.work(deducted.job_id)
    assert (job.state, job.closed, studio.stream.ends) == (State.CANCELLED, DEADLINE, [])


def test_no_trouble_that_nobody_foresaw_blames_the_photo():
    for row in ROWS:
        assert (row.reason in THE_PERSONS) == (row.whose is Whose.PERSON)
    assert len(ROWS) == len(Trouble)
