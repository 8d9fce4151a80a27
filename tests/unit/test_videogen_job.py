"""How a job's record may change, whoever changes it and in whatever order."""

from datetime import timedelta
from functools import reduce
from itertools import permutations

import pytest

from contracts.messages import FailureReason, JobStage, VideoFailed, VideoReady
from tests.videogen_doubles import NOW, deducted_of, order_of
from videogen import job as jobs
from videogen.job import (
    DEADLINE,
    ENDS,
    ERRORS_MAX,
    NOTE_LENGTH_MAX,
    TAKES_MAX,
    TIMELINE_LENGTH_MAX,
    WAY,
    Job,
    State,
)
from videogen.provider import Task

FRESH = jobs.ordered(deducted_of(order_of(b"photo")), NOW)
TASK = Task(provider="fake", task_id="t-1", key_id="k1")
OTHER_TASK = Task(provider="fake", task_id="t-2", key_id="k1")
READY = VideoReady(
    account=FRESH.account,
    job_id=FRESH.job_id,
    occurred_at=NOW,
    video_digest="a" * 64,
    size_bytes=1,
    duration_ms=7_000,
    width=720,
    height=1280,
)
FAILED = VideoFailed(
    account=FRESH.account,
    job_id=FRESH.job_id,
    occurred_at=NOW,
    reason=FailureReason.CONTENT_REJECTED,
)
LATER = NOW + timedelta(seconds=30)
ME, OTHER = "me", "other"
OPEN = tuple(state for state in WAY if state not in ENDS)
WITH_TASK = (State.SUBMITTED, State.RENDERING, State.FETCHING, State.STORED)
ALIVE, GONE = (lambda _: True), (lambda _: False)


def at(state: State, worker: str = ME, **changes: object) -> Job:
    """Return a job as it is in `state`."""
    begun = {"task": TASK} if state in WITH_TASK else {}
    ended = {State.READY: {"ready": READY}, State.FAILED: {"failed": FAILED}}.get(state, {})
    return FRESH.model_copy(
        update={"state": state, "worker": worker, **begun, **ended, "takes": 1, **changes}
    )


UNKNOWN = at(State.SUBMITTING, "", is_unknown=True)

TAKE = jobs.taken(ME, NOW, GONE)
TAKE_FROM_THE_LIVING = jobs.taken(ME, NOW, ALIVE)
PUT = jobs.put_back(ME, NOW, "it stops")
REJECT = jobs.rejected(ME, NOW, "busy", 10)
ERR = jobs.erred(ME, NOW, "a bug", 30)
LEARN = jobs.learnt(TASK, NOW)
LOSE = jobs.lost(NOW, "no reply")


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        (at(State.QUEUED, "", takes=0), TAKE, {"worker": ME, "takes": 1}),
        (at(State.QUEUED, ME), TAKE_FROM_THE_LIVING, {"worker": ME, "takes": 2}),
        (at(State.RENDERING, OTHER), TAKE, {"worker": ME, "takes": 2}),
        (at(State.RENDERING, OTHER), TAKE_FROM_THE_LIVING, None),
        (at(State.STARTED, "", not_before=LATER), TAKE, None),
        (
            at(State.STARTED, "", not_before=NOW),
            TAKE,
            {"worker": ME, "takes": 2, "not_before": None},
        ),
        (UNKNOWN, TAKE, None),
        (at(State.READY, OTHER), TAKE, {"worker": ME, "takes": 2}),
        (at(State.READY, OTHER, told=True), TAKE, None),
        (at(State.CANCELLED, ""), TAKE, None),
        (at(State.RENDERING, ME), PUT, {"worker": "", "takes": 0, "not_before": None}),
        (at(State.QUEUED, ME, takes=0), PUT, {"worker": "", "takes": 0}),
        (at(State.RENDERING, OTHER), PUT, None),
        (at(State.READY, ME, told=True), PUT, None),
        (
            at(State.QUEUED),
            jobs.put_back(ME, NOW, "", 30),
            {"worker": "", "takes": 0, "not_before": LATER},
        ),
        (
            at(State.SUBMITTING, rejections=1),
            REJECT,
            {
                "state": State.STARTED,
                "worker": "",
                "rejections": 2,
                "not_before": NOW + timedelta(seconds=10),
            },
        ),
        (at(State.SUBMITTING, closed=DEADLINE), REJECT, {"state": State.CANCELLED}),
        (at(State.SUBMITTING, OTHER), REJECT, None),
        (at(State.SUBMITTED), REJECT, None),
        (at(State.SUBMITTING, is_unknown=True), REJECT, None),
        (at(State.RENDERING), ERR, {"errors": 1, "worker": "", "takes": 0, "not_before": LATER}),
        (at(State.RENDERING, OTHER), ERR, None),
        (at(State.QUEUED), jobs.reached(ME, State.STARTED, NOW), {"state": State.STARTED}),
        (
            at(State.RENDERING),
            jobs.reached(ME, State.FETCHING, NOW, cost_credits=3),
            {"state": State.FETCHING, "cost_credits": 3},
        ),
        (at(State.RENDERING), jobs.reached(ME, State.RENDERING, NOW), None),
        (at(State.FETCHING), jobs.reached(ME, State.RENDERING, NOW), None),
        (at(State.QUEUED, OTHER), jobs.reached(ME, State.STARTED, NOW), None),
        (at(State.FAILED), jobs.reached(ME, State.CANCELLED, NOW), None),
        (at(State.SUBMITTING), LEARN, {"state": State.SUBMITTED, "task": TASK}),
        (UNKNOWN, LEARN, {"state": State.SUBMITTED, "task": TASK, "is_unknown": False}),
        (at(State.SUBMITTING), LOSE, {"is_unknown": True, "worker": ""}),
        (at(State.STARTED, ""), LOSE, {"is_unknown": True, "state": State.SUBMITTING}),
        (at(State.SUBMITTED), LOSE, None),
        (UNKNOWN, LOSE, None),
        (at(State.FAILED), LOSE, None),
        (at(State.STORED), jobs.ended(READY, NOW), {"state": State.READY, "ready": READY}),
        (at(State.RENDERING), jobs.ended(FAILED, NOW), {"state": State.FAILED, "failed": FAILED}),
        (
            at(State.RENDERING, closed=DEADLINE),
            jobs.ended(FAILED, NOW),
            {"state": State.CANCELLED, "failed": None},
        ),
        (
            at(State.STORED, closed=DEADLINE),
            jobs.ended(READY, NOW),
            {"state": State.READY, "ready": READY},
        ),
        (at(State.FAILED), jobs.ended(READY, NOW), None),
        (at(State.READY), jobs.ended(FAILED, NOW), None),
        (at(State.CANCELLED), jobs.ended(READY, NOW), None),
        (at(State.READY), jobs.told(NOW), {"told": True}),
        (at(State.READY, told=True), jobs.told(NOW), None),
        (at(State.QUEUED), jobs.dropped(NOW, "gone"), {"state": State.CANCELLED}),
        (at(State.READY), jobs.dropped(NOW, "gone"), None),
        (at(State.FAILED), jobs.dropped(NOW, "gone"), None),
    ],
)
def test_a_transition_changes_what_it_says_or_nothing(given, when, then):
    after = when(given)
    if then is None:
        assert after == given
    else:
        assert after.model_copy(update={"story": given.story}) == given.model_copy(update=then)
        assert len(after.story) == len(given.story) + 1
        assert after.story[-1].state is after.state


@pytest.mark.parametrize("worker", [ME, OTHER, ""])
@pytest.mark.parametrize("state", [*OPEN, State.CANCELLED])
def test_a_learnt_task_is_kept_whoever_has_the_job(state, worker):
    job = at(state, worker, task=None, closed=DEADLINE if state is State.CANCELLED else "")
    after = LEARN(job)
    assert (after.task, after.state, after.worker) == (TASK, State.SUBMITTED, worker)
    assert jobs.learnt(OTHER_TASK, NOW)(after) == after


@pytest.mark.parametrize(
    "job",
    [
        at(State.READY, task=None),
        at(State.FAILED, task=None),
        at(State.CANCELLED, closed="cancelled"),
        at(State.CANCELLED, closed=""),
    ],
)
def test_a_task_of_a_job_whose_video_nobody_wants_is_not_followed(job):
    assert LEARN(job) == job


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("reason", ["cancelled", "failed", "video_failed", "anything else"])
def test_a_job_that_the_ledger_closed_is_given_up_wherever_it_is(state, reason):
    after = jobs.closed(reason, NOW)(at(state))
    assert (after.state, after.closed) == (State.CANCELLED, reason)
    assert after.is_over
    assert after.end is None


@pytest.mark.parametrize("state", OPEN)
def test_at_the_deadline_what_may_be_paid_for_goes_on_and_nothing_else(state):
    after = jobs.closed(DEADLINE, NOW)(at(state))
    assert after.closed == DEADLINE
    goes_on = state in (*WITH_TASK, State.SUBMITTING)
    assert after.state is (state if goes_on else State.CANCELLED)


def test_an_unknown_job_is_given_up_at_the_deadline():
    assert jobs.closed(DEADLINE, NOW)(UNKNOWN).is_over


@pytest.mark.parametrize("reason", [DEADLINE, "cancelled"])
@pytest.mark.parametrize("state", sorted(ENDS))
def test_what_has_ended_is_not_closed_any_more(state, reason):
    assert jobs.closed(reason, NOW)(at(state)) == at(state)


def test_the_first_closing_stands():
    closed = jobs.closed(DEADLINE, NOW)(at(State.RENDERING))
    assert jobs.closed("cancelled", NOW)(closed) == closed


def test_a_job_given_up_at_the_deadline_is_revived_by_its_task_and_its_video_is_late():
    given_up = jobs.closed(DEADLINE, NOW)(UNKNOWN)
    revived = LEARN(given_up)
    assert revived.state is State.SUBMITTED
    assert revived.can_be_worked_on(NOW)
    brought = TAKE(revived)
    assert jobs.ended(READY, NOW)(brought).end == READY
    assert brought.closed == DEADLINE


def test_in_whatever_order_a_task_is_learnt_a_job_lost_and_its_deadline_passed_it_is_followed():
    changes = [LEARN, LOSE, jobs.closed(DEADLINE, NOW)]
    for order in permutations(changes):
        job = reduce(lambda job, change: change(job), order, at(State.SUBMITTING))
        assert (job.task, job.state, job.closed) == (TASK, State.SUBMITTED, DEADLINE)
        assert not job.is_unknown


@pytest.mark.parametrize("state", WAY)
def test_the_same_change_twice_is_one(state):
    once_for_all = [LEARN, LOSE, jobs.told(NOW), jobs.dropped(NOW, "gone")]
    once_for_all += [jobs.closed(reason, NOW) for reason in (DEADLINE, "cancelled")]
    once_for_all += [jobs.ended(end, NOW) for end in (READY, FAILED)]
    for change in once_for_all:
        once = change(at(state, task=None))
        assert change(once) == once


@pytest.mark.parametrize("second", [READY, FAILED])
@pytest.mark.parametrize("first", [READY, FAILED])
def test_the_first_end_stands(first, second):
    job = jobs.ended(first, NOW)(at(State.STORED))
    assert jobs.ended(second, NOW)(job).end == first


def test_nobody_is_told_that_a_job_went_backwards():
    job = at(State.RENDERING)
    told = []
    for stage in (JobStage.PREPARING, JobStage.FINISHING, JobStage.RENDERING, JobStage.FINISHING):
        job = jobs.announced(stage)(job)
        told.append(job.stage)
    assert told == [JobStage.PREPARING, *[JobStage.FINISHING] * 3]


def test_an_end_that_was_not_told_is_still_work_and_one_without_a_fact_is_not():
    assert at(State.READY).can_be_worked_on(NOW)
    assert at(State.FAILED).can_be_worked_on(NOW)
    assert not at(State.READY, told=True).can_be_worked_on(NOW)
    assert not at(State.CANCELLED).can_be_worked_on(NOW)


def test_only_a_job_of_which_nothing_was_asked_waits():
    assert at(State.QUEUED, "").is_waiting
    assert at(State.STARTED, "").is_waiting
    assert not at(State.QUEUED, ME).is_waiting
    assert not any(at(state, "").is_waiting for state in WAY[2:])


def test_a_job_that_fails_or_kills_its_workers_again_and_again_is_hopeless():
    assert not at(State.STARTED, errors=ERRORS_MAX - 1, takes=TAKES_MAX).is_hopeless
    assert at(State.STARTED, errors=ERRORS_MAX).is_hopeless
    assert at(State.STARTED, takes=TAKES_MAX + 1).is_hopeless


def test_stopping_in_order_any_number_of_times_makes_no_job_hopeless():
    job = at(State.RENDERING, "", takes=0)
    for _ in range(3 * TAKES_MAX):
        job = PUT(TAKE(job))
    assert job.takes == 0


def test_a_story_is_bounded_and_keeps_its_beginning_and_its_last_moments():
    job = at(State.RENDERING, "", takes=0)
    beginning = job.story
    for number in range(2 * TIMELINE_LENGTH_MAX):
        job = jobs.put_back(ME, NOW, f"note {number}")(TAKE(job))
        if len(job.story) <= 11:
            beginning = job.story[:10]
    assert len(job.story) == TIMELINE_LENGTH_MAX
    assert job.story[:10] == beginning
    assert job.story[-1].note == f"note {2 * TIMELINE_LENGTH_MAX - 1}"


def test_a_note_is_bounded():
    assert len(jobs.put_back(ME, NOW, "x" * 10_000)(at(State.QUEUED)).story[-1].note) == (
        NOTE_LENGTH_MAX
    )


def test_a_refilled_order_says_so():
    deducted = deducted_of(order_of(b"photo"))
    assert not jobs.ordered(deducted, NOW).is_refill
    refilled = jobs.ordered(deducted, NOW, is_refill=True)
    assert refilled.is_refill
    assert refilled.story[0].note == "the stream was refilled"


@pytest.mark.parametrize(
    "job",
    [
        UNKNOWN,
        at(State.SUBMITTING),
        at(State.RENDERING, closed=DEADLINE),
        *[at(end) for end in sorted(ENDS)],
    ],
)
def test_an_operator_revives_nothing_that_might_be_paid_for_twice_or_is_closed(job):
    assert jobs.revived(NOW)(job) == job


def test_an_operator_lets_a_hopeless_job_go_on():
    job = at(State.STARTED, "", errors=ERRORS_MAX, takes=TAKES_MAX + 1, not_before=LATER)
    after = jobs.revived(NOW)(job)
    assert not after.is_hopeless
    assert after.can_be_worked_on(NOW)
    assert after.state is State.STARTED
