"""Messages of the ledger become records: once, for jobs that are still to be made, in any order."""

import pytest

from contracts.bus import NoAnswerError, UnprocessableMessageError
from contracts.messages import JobState, RefusalCode
from tests.quiet_logs import quiet_logs
from tests.videogen_doubles import (
    Studio,
    deducted_of,
    delivery_of,
    order_of,
    refunded_of,
)
from videogen.arriving import UNKNOWN_HERE, reconcile
from videogen.job import DEADLINE, State

DEDUCTED = deducted_of(order_of(b"photo"))


@pytest.fixture(autouse=True)
def quietly():
    with quiet_logs():
        yield


@pytest.fixture
def studio(tmp_path) -> Studio:
    return Studio(tmp_path)


async def arrive(studio, *facts, refill_until=0):
    for fact in facts:
        await studio.arrivals.handle(delivery_of(fact, refill_until=refill_until))
    return await studio.records.read(DEDUCTED.job_id)


async def test_a_deduction_becomes_a_record_that_waits(studio):
    job = await arrive(studio, DEDUCTED)
    assert (job.state, job.is_waiting, job.is_refill) == (State.QUEUED, True, False)
    assert (job.account, job.order_digest) == (DEDUCTED.account, DEDUCTED.order_digest)
    assert (job.ordered_at, job.deadline_at) == (DEDUCTED.recorded_at, DEDUCTED.deadline_at)
    [query] = studio.ledger.queries
    assert query.min_position == DEDUCTED.position


async def test_a_duplicate_changes_nothing_and_asks_nobody(studio):
    job = await arrive(studio, DEDUCTED)
    assert await arrive(studio, DEDUCTED, DEDUCTED) == job
    assert await arrive(studio, DEDUCTED, refill_until=9) == job
    assert len(studio.ledger.queries) == 1


async def test_a_refund_that_comes_before_its_deduction_leaves_no_record(studio):
    studio.ledger.state = JobState.REFUNDED
    assert await arrive(studio, refunded_of(DEDUCTED, "cancelled"), DEDUCTED) is None


async def test_a_refund_closes_the_job(studio):
    job = await arrive(studio, DEDUCTED, refunded_of(DEDUCTED, DEADLINE))
    assert (job.state, job.closed) == (State.CANCELLED, DEADLINE)
    assert await arrive(studio, refunded_of(DEDUCTED, "cancelled"), DEDUCTED) == job


@pytest.mark.parametrize("state", [JobState.SETTLED, JobState.REFUNDED])
@pytest.mark.parametrize("refill_until", [0, 9])
async def test_what_the_ledger_has_ended_gets_no_record(studio, state, refill_until):
    studio.ledger.state = state
    assert await arrive(studio, DEDUCTED, refill_until=refill_until) is None


@pytest.mark.parametrize("code", sorted(UNKNOWN_HERE))
async def test_what_the_ledger_does_not_know_gets_no_record(studio, code):
    studio.ledger.refusal = code
    assert await arrive(studio, DEDUCTED) is None


async def test_a_refilled_job_that_waited_waits_again(studio):
    job = await arrive(studio, DEDUCTED, refill_until=9)
    assert (job.state, job.is_refill, job.is_unknown) == (State.QUEUED, True, False)
    assert studio.ledger.queries[0].min_position == 9


@pytest.mark.parametrize("refill_until", [0, 9])
async def test_a_job_that_had_begun_before_its_record_was_lost_is_never_submitted(
    studio, refill_until
):
    studio.ledger.state = JobState.STARTED
    job = await arrive(studio, DEDUCTED, refill_until=refill_until)
    assert (job.state, job.is_unknown) == (State.SUBMITTING, True)
    assert await studio.work(job.job_id) == job
    assert (studio.provider.briefs, studio.stream.attempts) == ([], [])
    job = await arrive(studio, refunded_of(DEDUCTED, DEADLINE))
    assert job.is_over


@pytest.mark.parametrize(
    "trouble",
    [
        {"silence": NoAnswerError("silent")},
        {"refusal": RefusalCode.VIEW_BEHIND},
        {"refusal": RefusalCode.OVERLOADED},
    ],
    ids=["silent", "behind", "overloaded"],
)
async def test_while_the_ledger_cannot_say_the_message_comes_again(studio, trouble):
    studio.ledger.silence = trouble.get("silence")
    studio.ledger.refusal = trouble.get("refusal")
    with pytest.raises(NoAnswerError):
        await arrive(studio, DEDUCTED)
    assert studio.values.stored == {}
    studio.ledger.silence = studio.ledger.refusal = None
    assert (await arrive(studio, DEDUCTED)).state is State.QUEUED


@pytest.mark.parametrize("name", ["deducted", "refunded", "settled"])
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b'{"account": "tg:42"}', b"[1, 2]"])
async def test_a_malformed_fact_is_set_aside(studio, body, name):
    with pytest.raises(UnprocessableMessageError):
        await studio.arrivals.handle(delivery_of(body, subject=f"ledger.event.{name}.tg:42"))
    assert studio.values.stored == {}


@pytest.mark.parametrize(
    ("state", "reason", "expected", "closed"),
    [
        (JobState.REFUNDED, DEADLINE, State.CANCELLED, DEADLINE),
        (JobState.REFUNDED, "cancelled", State.CANCELLED, "cancelled"),
        (JobState.SETTLED, None, State.CANCELLED, ""),
        (JobState.QUEUED, None, State.QUEUED, ""),
        (JobState.STARTED, None, State.QUEUED, ""),
    ],
)
async def test_a_forgotten_job_learns_how_the_ledger_ended_it(
    studio, state, reason, expected, closed
):
    job = await arrive(studio, DEDUCTED)
    studio.ledger.state, studio.ledger.reason = state, reason
    await reconcile(studio.records, studio.ledger.job, job, studio.now)
    after = await studio.job(job.job_id)
    assert (after.state, after.closed) == (expected, closed)


async def test_a_job_that_the_ledger_does_not_know_is_given_up(studio):
    job = await arrive(studio, DEDUCTED)
    studio.ledger.refusal = RefusalCode.JOB_UNKNOWN
    await reconcile(studio.records, studio.ledger.job, job, studio.now)
    assert (await studio.job(job.job_id)).is_over
