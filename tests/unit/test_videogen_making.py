"""What becomes of a deducted job that gives no video; the videos are in the integration tests."""

from dataclasses import replace

import pytest

from contracts.bus import NoAnswerError, UnprocessableMessageError
from contracts.messages import (
    FailureReason,
    JobProgress,
    JobStage,
    RefusalCode,
    VideoFailed,
    VideoReady,
)
from contracts.topology import facts_object
from tests.videogen_doubles import (
    NOW,
    FakeLedger,
    FakeProvider,
    Studio,
    deducted_of,
    delivery_of,
    order_of,
    photo_of,
)
from videogen.job import CLAIM, ERRORS_MAX, STARTS_MAX
from videogen.provider import ProviderFailure
from videogen.starting import START_VALID_S, NotNowError

PHOTO = photo_of(size=(300, 400))


def failing(reason):
    def fail(_):
        raise ProviderFailure(reason)

    return FakeProvider(make_it=fail)


def crashing(times=10**6):
    left = [times]

    def crash(_):
        if left[0]:
            left[0] -= 1
            raise ZeroDivisionError

    return FakeProvider(make_it=crash)


def reason_of(studio, deducted):
    fact = studio.stream.facts[f"{deducted.job_id}-failed"]
    assert isinstance(fact, VideoFailed)
    return fact.reason


@pytest.mark.parametrize(
    "reason", [reason for reason in FailureReason if reason is not FailureReason.ORDER_MISSING]
)
async def test_a_named_failure_of_the_provider_is_published_as_it_is(tmp_path, reason):
    studio = Studio(tmp_path, failing(reason))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    await studio.maker.handle(delivery_of(deducted))
    assert reason_of(studio, deducted) is reason
    assert (
        studio.stream.subjects[f"{deducted.job_id}-failed"] == "videogen.event.video_failed.tg:42"
    )
    assert list(tmp_path.iterdir()) == []


async def test_the_provider_gets_what_was_ordered(tmp_path):
    studio = Studio(tmp_path, failing(FailureReason.CONTENT_REJECTED))
    order = order_of(PHOTO, text="Кружка", scenario="Утро.")
    await studio.maker.handle(delivery_of(await studio.place(order, PHOTO)))
    [brief] = studio.provider.briefs
    assert (brief.job_id, brief.photo) == (order.job_id, PHOTO)
    assert (brief.product_text, brief.scenario, brief.template) == ("Кружка", "Утро.", "ad")


async def test_a_repeated_message_publishes_the_same_fact(tmp_path):
    studio = Studio(tmp_path, failing(FailureReason.CONTENT_REJECTED))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    for attempt in (1, 2):
        # The stream double fails when one message id stands for two facts.
        await studio.maker.handle(delivery_of(deducted, attempt=attempt))
    assert studio.stream.attempts.count(f"{deducted.job_id}-failed") == 2
    assert len(studio.provider.briefs) == len(studio.ledger.asked) == 1


async def test_start_is_asked_with_an_end_to_its_validity(tmp_path):
    studio = Studio(tmp_path, failing(FailureReason.CONTENT_REJECTED))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    await studio.maker.handle(delivery_of(deducted))
    [start] = studio.ledger.asked
    assert (start.job_id, start.account) == (deducted.job_id, "tg:42")
    assert start.correlation_id == deducted.correlation_id
    assert 0 < (start.not_after - deducted.recorded_at).total_seconds() <= START_VALID_S + 2


@pytest.mark.parametrize(
    "code",
    [
        RefusalCode.DEDUCTION_CLOSED,
        RefusalCode.TOO_LITTLE_TIME,
        RefusalCode.JOB_UNKNOWN,
        RefusalCode.ACCOUNT_UNKNOWN,
    ],
)
async def test_a_job_that_may_not_start_is_left_alone(tmp_path, code):
    studio = Studio(tmp_path, FakeProvider(), FakeLedger(code))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    await studio.maker.handle(delivery_of(deducted))
    assert (studio.stream.attempts, studio.values.stored, studio.provider.briefs) == ([], {}, [])


@pytest.mark.parametrize(
    "code", [RefusalCode.OVERLOADED, RefusalCode.TOO_LATE, RefusalCode.VIEW_BEHIND]
)
async def test_a_ledger_that_cannot_say_is_asked_again_for_as_long_as_it_takes(tmp_path, code):
    studio = Studio(tmp_path, FakeProvider(), FakeLedger(code))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    for attempt in range(3 * STARTS_MAX):
        with pytest.raises(NotNowError):
            await studio.maker.handle(delivery_of(deducted, attempt=attempt))
    assert (studio.stream.attempts, studio.values.stored) == ([], {})


async def test_a_silent_ledger_ends_no_job(tmp_path):
    async def silent(_):
        raise NoAnswerError

    studio = Studio(tmp_path, FakeProvider(), silent)
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    for attempt in range(3 * STARTS_MAX):
        with pytest.raises(NoAnswerError):
            await studio.maker.handle(delivery_of(deducted, attempt=attempt))
    assert (studio.stream.attempts, studio.values.stored) == ([], {})


async def test_a_refusal_that_only_a_fault_explains_is_set_aside(tmp_path):
    studio = Studio(tmp_path, FakeProvider(), FakeLedger(RefusalCode.MALFORMED))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    with pytest.raises(UnprocessableMessageError):
        await studio.maker.handle(delivery_of(deducted))


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
    await studio.photos.put(str(order.job_id), photo_of("red"))
    return deducted_of(order)


@pytest.mark.parametrize(
    "spoil", [no_order, other_digest, unreadable_order, other_account, no_photo, other_photo]
)
async def test_an_order_that_is_not_what_was_paid_for_is_missing(tmp_path, spoil):
    studio = Studio(tmp_path, FakeProvider())
    order = order_of(PHOTO)
    await studio.place(order, PHOTO)
    deducted = await spoil(studio, order)
    await studio.maker.handle(delivery_of(deducted, account=deducted.account))
    assert reason_of(studio, deducted) is FailureReason.ORDER_MISSING
    assert studio.provider.briefs == []


async def test_a_bug_that_repeats_ends_the_job_before_its_deadline(tmp_path):
    studio = Studio(tmp_path, crashing())
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    for attempt in range(1, ERRORS_MAX):
        with pytest.raises(ZeroDivisionError):
            await studio.maker.handle(delivery_of(deducted, attempt=attempt))
    await studio.maker.handle(delivery_of(deducted, attempt=ERRORS_MAX))
    assert reason_of(studio, deducted) is FailureReason.INTERNAL


async def test_a_result_that_is_no_video_never_reaches_a_person(tmp_path):
    studio = Studio(tmp_path, FakeProvider(video=b"<html>not found</html>"))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    for attempt in range(1, ERRORS_MAX):
        with pytest.raises(Exception, match="Invalid data"):
            await studio.maker.handle(delivery_of(deducted, attempt=attempt))
    await studio.maker.handle(delivery_of(deducted, attempt=ERRORS_MAX))
    assert reason_of(studio, deducted) is FailureReason.INTERNAL
    assert studio.videos.stored == {}


async def test_a_job_that_kills_its_workers_is_given_up(tmp_path):
    class Killed(BaseException):
        """What a SIGKILL looks like from inside: nothing is counted or cleaned up."""

    def die(_):
        raise Killed

    studio = Studio(tmp_path, FakeProvider(make_it=die))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    for attempt in range(STARTS_MAX):
        with pytest.raises(Killed):
            await studio.maker.handle(delivery_of(deducted, attempt=attempt))
    await studio.maker.handle(delivery_of(deducted, attempt=STARTS_MAX))
    assert reason_of(studio, deducted) is FailureReason.INTERNAL


async def test_each_stage_is_announced_once_over_all_attempts(tmp_path):
    studio = Studio(tmp_path, crashing())
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    for attempt in range(1, ERRORS_MAX):
        with pytest.raises(ZeroDivisionError):
            await studio.maker.handle(delivery_of(deducted, attempt=attempt))
    stages = [f"{deducted.job_id}-{stage}" for stage in (JobStage.PREPARING, JobStage.RENDERING)]
    assert studio.stream.attempts == stages
    assert all(isinstance(studio.stream.facts[stage], JobProgress) for stage in stages)
    assert studio.stream.subjects[stages[0]] == "videogen.event.job_progress.tg:42"


async def test_a_worker_stops_when_another_has_ended_the_job(tmp_path):
    studio = Studio(tmp_path, failing(FailureReason.CONTENT_REJECTED))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    rival = studio.maker

    class OvertakenProvider(FakeProvider):
        async def make(self, _, desk):
            studio.clock += CLAIM  # this worker hung, and seemed dead
            await rival.handle(delivery_of(deducted))
            await desk.tell(JobStage.FINISHING)
            raise AssertionError("telling must end a job that another worker ended")

    await replace(rival, provider=OvertakenProvider()).handle(delivery_of(deducted, attempt=2))
    assert reason_of(studio, deducted) is FailureReason.CONTENT_REJECTED
    assert studio.stream.attempts.count(f"{deducted.job_id}-failed") == 2


async def test_of_two_ends_at_the_same_time_the_stored_one_is_published(tmp_path):
    studio = Studio(tmp_path, failing(FailureReason.CONTENT_REJECTED))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    rival = studio.maker

    class LosingProvider(FakeProvider):
        async def make(self, _, __):
            studio.clock += CLAIM
            await rival.handle(delivery_of(deducted))
            raise ProviderFailure(FailureReason.PROVIDER_UNAVAILABLE)

    await replace(rival, provider=LosingProvider()).handle(delivery_of(deducted, attempt=2))
    assert reason_of(studio, deducted) is FailureReason.CONTENT_REJECTED
    assert studio.stream.attempts.count(f"{deducted.job_id}-failed") == 2


async def test_a_second_message_of_a_job_at_work_waits_for_its_end(tmp_path):
    studio = Studio(tmp_path, failing(FailureReason.CONTENT_REJECTED))
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    refilled = delivery_of(deducted, refill_until=1)
    rival = studio.maker

    class WatchedProvider(FakeProvider):
        async def make(self, _, __):
            with pytest.raises(NotNowError):
                await rival.handle(refilled)
            raise ProviderFailure(FailureReason.PROVIDER_UNAVAILABLE)

    await replace(rival, provider=WatchedProvider()).handle(delivery_of(deducted))
    await rival.handle(refilled)
    assert reason_of(studio, deducted) is FailureReason.PROVIDER_UNAVAILABLE
    assert studio.provider.briefs == []
    assert len(studio.ledger.asked) == 1


async def test_after_a_refill_the_ledger_is_asked_before_an_order_is_missed(tmp_path):
    """Most jobs of a refill ended long ago, and their orders are gone."""
    studio = Studio(tmp_path, FakeProvider(), FakeLedger(RefusalCode.DEDUCTION_CLOSED))
    deducted = deducted_of(order_of(PHOTO))
    await studio.maker.handle(delivery_of(deducted, refill_until=9))
    assert (studio.stream.attempts, studio.values.stored) == ([], {})


async def test_a_video_whose_record_was_lost_is_not_made_again(tmp_path):
    studio = Studio(tmp_path, FakeProvider())
    deducted = await studio.place(order_of(PHOTO), PHOTO)
    ready = VideoReady(
        account=deducted.account,
        job_id=deducted.job_id,
        occurred_at=NOW,
        video_digest="a" * 64,
        size_bytes=1,
        duration_ms=7_000,
        width=720,
        height=1280,
    )
    await studio.videos.put(facts_object(deducted.job_id), ready.model_dump_json().encode())
    await studio.maker.handle(delivery_of(deducted, refill_until=9))
    assert studio.stream.facts == {f"{deducted.job_id}-ready": ready}
    assert studio.provider.briefs == []


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b'{"account": "tg:42"}', b"[1, 2]"])
async def test_a_malformed_fact_is_set_aside(tmp_path, body):
    studio = Studio(tmp_path, FakeProvider())
    with pytest.raises(UnprocessableMessageError):
        await studio.maker.handle(delivery_of(body))
    assert (studio.stream.attempts, studio.values.stored) == ([], {})
