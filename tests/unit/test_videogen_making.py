"""One job in the hands of one worker: what it asks, what it tells, and when it gives up."""

from datetime import timedelta
from uuid import UUID

import pytest

from contracts.bus import NoAnswerError
from contracts.messages import (
    FailureReason,
    JobProgress,
    JobStage,
    RefusalCode,
    VideoReady,
)
from contracts.topology import facts_object, thumbnail_object, video_object
from tests.quiet_logs import quiet_logs
from tests.videogen_doubles import (
    FILM,
    NOW,
    FakeLedger,
    FakeProvider,
    Studio,
    deducted_of,
    delivery_of,
    order_of,
    refunded_of,
)
from videogen import job as jobs
from videogen import making
from videogen.job import DEADLINE, ERRORS_MAX, TAKES_MAX, State
from videogen.making import ERROR_RESTS_S
from videogen.starting import CLOSED, PASSING, START_VALID_S

PHOTO = b"a photo"


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    async def inspected(*_):
        return FILM

    monkeypatch.setattr(making, "inspect", inspected)
    with quiet_logs():
        yield


@pytest.fixture
def studio(tmp_path) -> Studio:
    return Studio(tmp_path)


async def begun(studio: Studio, **order: str) -> UUID:
    deducted = await studio.place(order_of(PHOTO, **order), PHOTO)
    return (await studio.arrive(deducted)).job_id


async def ready(studio: Studio, **order: str) -> jobs.Job:
    return await studio.work(await begun(studio, **order))


async def test_a_video_is_stored_with_all_that_belongs_to_it_and_then_told(studio):
    job = await ready(studio)
    assert job.is_over
    assert studio.stream.ends == [job.ready]
    stored = studio.videos.stored
    assert stored[video_object(job.job_id)] == FILM.data
    assert stored[thumbnail_object(job.job_id)] == FILM.thumbnail
    assert VideoReady.model_validate_json(stored[facts_object(job.job_id)]) == job.ready
    assert (job.ready.video_digest, job.ready.size_bytes) == (FILM.digest, len(FILM.data))
    assert str(job.cost_credits) == "12.5"
    assert studio.stream.subjects[f"{job.job_id}-ready"] == "videogen.event.video_ready.tg:42"
    assert list(studio.folder.iterdir()) == []


async def test_the_provider_gets_what_was_ordered(studio):
    job = await ready(studio, text="Кружка", scenario="Утро.")
    [brief] = studio.provider.briefs
    assert (brief.job_id, brief.photo) == (job.job_id, PHOTO)
    assert (brief.product_text, brief.scenario, brief.template) == ("Кружка", "Утро.", "ad")


async def test_start_is_asked_with_an_end_to_its_validity(studio):
    job = await ready(studio)
    [start] = studio.ledger.asked
    assert (start.job_id, start.account) == (job.job_id, "tg:42")
    assert start.correlation_id == job.correlation_id
    assert 0 < (start.not_after - NOW).total_seconds() <= START_VALID_S + 2


async def test_each_stage_is_told_once_and_in_order(studio):
    job = await ready(studio)
    told = [fact for fact in studio.stream.facts.values() if isinstance(fact, JobProgress)]
    stages = [JobStage.PREPARING, JobStage.RENDERING, JobStage.FINISHING]
    assert [fact.stage for fact in told] == stages
    subjects = {studio.stream.subjects[f"{job.job_id}-{stage}"] for stage in stages}
    assert subjects == {"videogen.event.job_progress.tg:42"}


@pytest.mark.parametrize("code", sorted(CLOSED))
async def test_a_job_that_may_not_start_ends_without_a_fact(studio, code):
    job_id = await begun(studio)
    studio.ledger.refusal = code
    job = await studio.work(job_id)
    assert (job.state, studio.stream.attempts, studio.provider.briefs) == (State.CANCELLED, [], [])
    assert job.is_over


@pytest.mark.parametrize("code", sorted(PASSING))
async def test_a_ledger_that_cannot_say_is_asked_again_for_as_long_as_it_takes(studio, code):
    job_id = await begun(studio)
    studio.ledger.refusal = code
    job = await studio.work(job_id, rounds=3 * TAKES_MAX)
    assert len(studio.ledger.asked) == 3 * TAKES_MAX
    assert (job.state, job.worker, job.errors) == (State.QUEUED, "", 0)
    studio.ledger.refusal = None
    assert (await studio.work(job_id)).state is State.READY


async def test_a_silent_ledger_ends_no_job(studio):
    job_id = await begun(studio)
    studio.ledger.silence = NoAnswerError("silent")
    job = await studio.work(job_id, rounds=3 * TAKES_MAX)
    assert (job.state, job.errors, studio.provider.briefs) == (State.QUEUED, 0, [])
    studio.ledger.silence = None
    assert (await studio.work(job_id)).state is State.READY


async def test_a_refusal_that_only_a_fault_explains_ends_the_job_after_a_few_tries(studio):
    job_id = await begun(studio)
    studio.ledger.refusal = RefusalCode.MALFORMED
    job = await studio.work(job_id)
    assert job.failed.reason is FailureReason.INTERNAL
    assert len(studio.ledger.asked) == ERRORS_MAX
    assert studio.provider.briefs == []


async def test_nothing_is_begun_that_cannot_end_in_time(studio):
    job_id = await begun(studio)
    studio.clock += timedelta(minutes=15, seconds=-studio.making_s)
    job = await studio.work(job_id)
    assert job.failed.reason is FailureReason.PROVIDER_UNAVAILABLE
    assert (studio.ledger.asked, studio.provider.briefs) == ([], [])


async def test_what_can_just_end_in_time_is_begun(studio):
    job_id = await begun(studio)
    studio.clock += timedelta(minutes=15, seconds=-studio.making_s - 1)
    assert (await studio.work(job_id)).state is State.READY


async def no_order(studio, order):
    del studio.orders.stored[str(order.job_id)]
    return deducted_of(order)


async def other_digest(_, order):
    return deducted_of(order, digest="0" * 64)


async def unreadable_order(studio, order):
    studio.orders.stored[str(order.job_id)] = b"{}", 1
    return deducted_of(
        order, digest="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )


async def other_account(_, order):
    return deducted_of(order).model_copy(update={"account": "tg:43"})


async def no_photo(studio, order):
    del studio.photos.stored[str(order.job_id)]
    return deducted_of(order)


async def other_photo(studio, order):
    await studio.photos.put(str(order.job_id), b"another photo")
    return deducted_of(order)


@pytest.mark.parametrize(
    "spoil", [no_order, other_digest, unreadable_order, other_account, no_photo, other_photo]
)
async def test_an_order_that_is_not_what_was_paid_for_is_missing(studio, spoil):
    order = order_of(PHOTO)
    await studio.place(order, PHOTO)
    job = await studio.arrive(await spoil(studio, order))
    job = await studio.work(job.job_id)
    assert job.failed.reason is FailureReason.ORDER_MISSING
    assert studio.provider.briefs == []


async def crash(*_):
    raise ZeroDivisionError


async def test_a_bug_that_repeats_ends_the_job_and_its_task_is_followed_till_then(studio):
    studio.provider.render = crash
    job = await ready(studio)
    assert job.failed.reason is FailureReason.INTERNAL
    assert len(studio.provider.tasks) == 1
    assert studio.provider.brought == studio.provider.tasks * ERRORS_MAX


async def test_after_a_bug_of_ours_the_job_rests_longer_and_longer(studio):
    job_id = await begun(studio)
    studio.provider.render = crash
    for errors, rest_s in enumerate(ERROR_RESTS_S, start=1):
        job = await studio.step(job_id)
        assert (job.errors, job.worker) == (errors, "")
        assert job.not_before == job.story[-1].at + timedelta(seconds=rest_s)
        studio.clock = job.not_before


async def test_a_job_that_kills_its_workers_is_given_up(studio):
    class KilledError(BaseException):
        """What a SIGKILL looks like from inside: nothing is counted or cleaned up."""

    async def die(*_):
        raise KilledError

    studio.provider.render = die
    job_id = await begun(studio)
    for _ in range(TAKES_MAX):
        with pytest.raises(KilledError):
            await studio.step(job_id)
    job = await studio.work(job_id)
    assert job.failed.reason is FailureReason.INTERNAL
    assert len(studio.provider.tasks) == 1


async def test_a_worker_stops_when_another_has_ended_the_job(studio):
    """It hung, seemed dead, and wakes up when another one is through."""

    async def overtaken(_, desk):
        studio.provider.render = quick
        await studio.work(job_id, "second")
        await desk.rendering()
        raise AssertionError("telling must end a job that another worker ended")

    async def quick(*_):
        pass

    studio.provider.render = overtaken
    job_id = await begun(studio)
    job = await studio.step(job_id)
    assert (job.worker, job.errors) == ("second", 0)
    assert studio.stream.ends == [job.ready]


async def test_of_two_ends_at_the_same_time_the_stored_one_is_published(studio):
    async def losing(brief, desk):
        studio.provider.render = crash
        for _ in range(ERRORS_MAX + 1):
            studio.clock += timedelta(seconds=30)
            await studio.step(job_id, "second")

    studio.provider.render = losing
    job_id = await begun(studio)
    job = await studio.step(job_id)
    assert job.failed.reason is FailureReason.INTERNAL
    assert studio.stream.ends == [job.failed]


async def test_a_job_whose_record_nats_lost_in_mid_work_keeps_its_task(studio):
    async def lose(*_):
        studio.values.stored.clear()

    studio.provider.render = lose
    job = await ready(studio)
    assert (job.state, job.task) == (State.READY, studio.provider.tasks[0])


async def test_a_task_that_only_its_worker_knows_goes_into_the_record_that_a_refill_made(studio):
    deducted = await studio.place(order_of(PHOTO), PHOTO)

    async def refilled(*_):
        studio.values.stored.clear()
        assert (await studio.arrive(deducted)).is_unknown

    studio.provider.render = refilled
    await studio.arrive(deducted)
    job = await studio.step(deducted.job_id)
    assert (job.task, job.is_unknown) == (studio.provider.tasks[0], False)

    async def works(*_):
        pass

    studio.provider.render = works
    job = await studio.work(deducted.job_id, "second")
    assert (job.state, len(studio.provider.tasks)) == (State.READY, 1)


async def test_a_video_that_was_stored_before_its_record_told_so_is_not_made_again(studio):
    job_id = await begun(studio)
    fact = VideoReady(
        account="tg:42",
        job_id=job_id,
        occurred_at=NOW,
        video_digest="a" * 64,
        size_bytes=1,
        duration_ms=7_000,
        width=720,
        height=1280,
    )
    await studio.videos.put(facts_object(job_id), fact.model_dump_json().encode())
    await studio.work(job_id)
    assert studio.stream.ends == [fact]
    assert (studio.provider.briefs, studio.ledger.asked) == ([], [])


async def test_a_video_that_comes_after_the_deadline_is_told_all_the_same(studio):
    deducted = await studio.place(order_of(PHOTO), PHOTO)

    async def slowly(*_):
        await studio.arrivals.handle(delivery_of(refunded_of(deducted, DEADLINE)))

    studio.provider.render = slowly
    await studio.arrive(deducted)
    job = await studio.work(deducted.job_id)
    assert (job.state, job.closed) == (State.READY, DEADLINE)
    assert studio.stream.ends == [job.ready]


async def test_a_video_of_a_cancelled_job_is_not_told(studio):
    deducted = await studio.place(order_of(PHOTO), PHOTO)

    async def too_late(*_):
        await studio.arrivals.handle(delivery_of(refunded_of(deducted, "cancelled")))

    studio.provider.render = too_late
    await studio.arrive(deducted)
    job = await studio.work(deducted.job_id)
    assert (job.state, studio.stream.ends, studio.videos.stored) == (State.CANCELLED, [], {})


async def test_a_result_that_is_no_video_never_reaches_a_person(tmp_path, monkeypatch):
    monkeypatch.undo()
    studio = Studio(tmp_path, FakeProvider(video=b"<html>not found</html>"))
    job = await ready(studio)
    assert job.failed.reason is FailureReason.INTERNAL
    assert studio.videos.stored == {}


async def test_a_free_provider_is_asked_anew_by_whoever_goes_on(tmp_path):
    provider = FakeProvider(submits_for_free=True, render=crash)
    studio = Studio(tmp_path, provider, FakeLedger())
    job_id = await begun(studio)
    job = await studio.step(job_id)
    assert job.state is State.RENDERING

    async def works(*_):
        pass

    provider.render = works
    job = await studio.work(job_id, "second")
    assert (job.state, len(provider.briefs)) == (State.READY, 2)
