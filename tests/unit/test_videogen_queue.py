"""Whose turn it is: accounts in turn, each account's own jobs by age, the same for everybody."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.videogen_doubles import NOW
from videogen.job import DEADLINE, Job, State
from videogen.queue import Pace, fair_order, is_at_work, usual

ACCOUNTS = ["tg:1", "tg:2", "tg:3", "tg:4"]


def job_of(number: int, account: str, age_s: int = 0, **changes: object) -> Job:
    ordered_at = NOW - timedelta(seconds=age_s)
    job = Job(
        job_id=UUID(int=number),
        account=account,
        correlation_id="draft",
        order_digest="0" * 64,
        ordered_at=ordered_at,
        deadline_at=ordered_at + timedelta(minutes=15),
    )
    return job.model_copy(update=changes)


AT_WORK = {"state": State.RENDERING, "worker": "first"}
KINDS = (
    {},
    {},
    {"state": State.STARTED},
    AT_WORK,
    {**AT_WORK, "closed": DEADLINE},
    {"state": State.RENDERING},
    {"state": State.CANCELLED},
    {"state": State.SUBMITTING, "is_unknown": True},
)


@st.composite
def queues(draw: st.DrawFn) -> list[Job]:
    drawn = draw(
        st.lists(
            st.tuples(st.sampled_from(ACCOUNTS), st.integers(0, 5), st.sampled_from(KINDS)),
            max_size=25,
        )
    )
    return [job_of(number, who, age, **kind) for number, (who, age, kind) in enumerate(drawn)]


def age(job: Job) -> tuple[object, str]:
    return job.ordered_at, str(job.job_id)


@given(jobs=queues())
def test_accounts_take_turns(jobs):
    order = fair_order(jobs)
    waiting = {job.account for job in order}
    busy = {job.account for job in jobs if is_at_work(job)}
    first = Counter(job.account for job in order[: len(waiting)])
    for account in waiting - busy:
        assert first[account] >= 1
    if not busy:
        assert all(count == 1 for count in first.values())


@given(jobs=queues())
def test_all_that_wait_and_nothing_else_is_in_the_queue_once(jobs):
    order = fair_order(jobs)
    assert sorted(order, key=age) == sorted((job for job in jobs if job.is_waiting), key=age)


@given(jobs=queues())
def test_an_account_s_own_jobs_are_served_by_age(jobs):
    order = fair_order(jobs)
    for account in ACCOUNTS:
        own = [job for job in order if job.account == account]
        assert own == sorted(own, key=age)


@given(jobs=queues(), data=st.data())
def test_everybody_sees_the_same_order(jobs, data):
    assert fair_order(data.draw(st.permutations(jobs))) == fair_order(jobs)


@given(jobs=queues())
def test_nobody_with_more_at_work_goes_before_who_has_less(jobs):
    turns = Counter(job.account for job in jobs if is_at_work(job))
    taken = []
    for job in fair_order(jobs):
        taken.append(turns[job.account])
        turns[job.account] += 1
    assert taken == sorted(taken)


@given(waiting=st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=30), room=st.integers(1, 3))
def test_nobody_starves(waiting, room):
    """Each time a place is free, each account that waits gets one before any gets its second."""
    jobs = {
        number: job_of(number, who, len(waiting) - number) for number, who in enumerate(waiting)
    }
    clock = NOW
    served, at_work, served_at = [], [], {}
    while fair_order(jobs.values(), served_at):
        while len(at_work) < room and (order := fair_order(jobs.values(), served_at)):
            number = order[0].job_id.int
            clock += timedelta(seconds=1)
            jobs[number] = jobs[number].model_copy(update={**AT_WORK, "started_at": clock})
            served_at[order[0].account] = clock
            at_work.append(number)
            served.append(order[0])
        del jobs[at_work.pop(0)]
    assert len(served) == len(waiting)
    first_served = {job.account: place for place, job in reversed(list(enumerate(served)))}
    assert all(place < len(set(waiting)) * room for place in first_served.values())


def test_a_single_video_passes_between_ten_of_somebody_else():
    many = [job_of(number, "tg:1", age_s=60 - number) for number in range(10)]
    single = job_of(99, "tg:2")
    assert fair_order([*many, single])[1] == single
    begun = many[0].model_copy(update=AT_WORK)
    assert fair_order([begun, *many[1:], single])[0] == single


def test_whose_job_has_just_been_made_lets_another_account_pass():
    """Even where there is room for one only, so that nothing is at work when a place is free."""
    made = job_of(1, "tg:1", 60, state=State.READY, worker="first", told=True, started_at=NOW)
    old, young = job_of(2, "tg:1", 59), job_of(3, "tg:2", 5)
    assert fair_order([made, old, young]) == [young, old]
    assert fair_order([old, young], {"tg:1": NOW}) == [young, old]


def test_who_comes_after_an_account_was_served_does_not_pass_it():
    served = {"tg:1": NOW - timedelta(seconds=30)}
    old, young = job_of(2, "tg:1", 59), job_of(3, "tg:2", 5)
    assert fair_order([old, young], served) == [old, young]


def test_a_late_job_counts_for_nobody_s_turn():
    late = job_of(1, "tg:1", **AT_WORK, closed=DEADLINE)
    old, young = job_of(2, "tg:1", 9), job_of(3, "tg:2", 5)
    assert fair_order([late, young, old]) == [old, young]


@pytest.mark.parametrize(
    ("room", "at_work", "place", "wait_s"),
    [
        (2, 0, 1, 0),
        (2, 0, 2, 0),
        (2, 0, 3, 15),
        (2, 2, 1, 15),
        (2, 1, 1, 0),
        (2, 2, 4, 60),
        (1, 5, 1, 30),
        (0, 0, 2, 60),
    ],
)
def test_a_place_tells_how_long_to_wait(room, at_work, place, wait_s):
    pace = Pace(room=room, at_work=at_work, making_s=30)
    assert pace.wait_s(place) == wait_s
    assert pace.eta_s(place) == wait_s + 30


@given(st.integers(0, 5), st.integers(0, 9), st.integers(1, 30))
def test_who_is_behind_waits_no_less(room, at_work, place):
    pace = Pace(room=room, at_work=at_work, making_s=20)
    assert 0 <= pace.wait_s(place) <= pace.wait_s(place + 1)


def test_the_usual_time_is_the_median_of_recent_ones_or_what_the_provider_says():
    assert usual([], 25) == 25
    assert usual([1, 2, 600], 25) == 2
