"""A worker may be killed at any moment of a job's life: another one goes on, and nothing is twice.

Each life is lived again and again, and its worker dies once before and once after each of its
outside calls: writes to a store, publications, questions to the ledger, calls of the provider.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from contracts.messages import Deducted, JobState, VideoFailed, VideoReady
from contracts.studio import Door
from tests.quiet_logs import quiet_logs
from tests.servers import apart
from tests.videogen_doubles import (
    FILM,
    NOW,
    FakeProvider,
    Studio,
    delivery_of,
    order_of,
    refunded_of,
)
from tests.videogen_lives import KilledError, Mortal, Side, mortal_studio
from videogen import job as jobs
from videogen import making
from videogen.failures import Trouble
from videogen.job import DEADLINE, WAY, Job, State
from videogen.provider import Brief, Desk, ProviderFailure
from videogen.status import BreakerStatus, breaker_key

PHOTO = b"a photo"
CALLS_MIN = 12
"""A whole life makes at least so many outside calls; fewer mean that these tests look away."""
NEVER = 10**9

Render = Callable[[Brief, Desk], Awaitable[None]]


async def inspected(*_):
    return FILM


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(making, "inspect", inspected)
    with quiet_logs():
        yield


@dataclass
class Life:
    """One job, all that surrounds it, and the way it goes if nobody dies."""

    studio: Studio
    deducted: Deducted
    end: type[VideoReady | VideoFailed] | None

    @property
    def paid_tasks(self) -> int:
        return len(self.studio.provider.tasks)

    async def job(self) -> Job:
        return await self.studio.job(self.deducted.job_id)

    async def refund(self, reason: str) -> None:
        self.studio.ledger.state = JobState.REFUNDED
        await self.studio.arrivals.handle(delivery_of(refunded_of(self.deducted, reason)))

    async def call_back(self) -> None:
        """The provider tells of a task that it made."""
        for task in self.studio.provider.tasks:
            learn = jobs.learnt(task, self.studio.now(), "a callback named it")
            await self.studio.records.change(self.deducted.job_id, learn)

    async def go_on(self, worker: str) -> Job:
        return await live(self.studio, self.deducted, worker)


async def live(studio: Studio, deducted: Deducted, worker: str) -> Job:
    """What one worker does about a job, from its message to wherever it can bring it."""
    await studio.arrive(deducted)
    return await studio.work(deducted.job_id, worker)


class Moment(NamedTuple):
    """When a worker dies."""

    ending: str
    side: Side
    call: int


async def begin(folder: Path, ending: str, *, is_free: bool) -> Life:
    provider = FakeProvider(submits_for_free=is_free, goes_on_alone=not is_free)
    studio = Studio(folder, provider)
    life = Life(studio, await studio.place(order_of(PHOTO), PHOTO), ENDS[ending])

    async def fails(*_):
        raise ProviderFailure(Trouble.GENERATION_FAILED, "asked for")

    async def is_cancelled(*_):
        if studio.ledger.state is not JobState.REFUNDED:
            await life.refund("cancelled")

    provider.render = {"failed": fails, "cancelled": is_cancelled}.get(ending, provider.render)
    # In a trial the breaker is written to, and the operator is told, in mid-life.
    trial = BreakerStatus(door=Door.TRIAL, since=NOW, opened_at=NOW, trouble=Trouble.BALANCE_EMPTY)
    await studio.status.create(breaker_key(provider.name), trial.model_dump_json().encode())
    return life


ENDS = {"ready": VideoReady, "failed": VideoFailed, "cancelled": None}


async def killed(folder: Path, moment: Moment, *, is_free: bool) -> tuple[Life, Mortal]:
    """Return a life whose worker was killed then, if it lived so long."""
    life = await begin(folder, moment.ending, is_free=is_free)
    mortal = Mortal(moment.call, moment.side)
    studio = mortal_studio(life.studio, mortal)
    try:
        await live(studio, life.deducted, "first")
    except KilledError:
        assert mortal.is_dead
    life.studio.clock = studio.clock
    return life, mortal


async def moments(
    folder: Path, ending: str, *, is_free: bool
) -> AsyncGenerator[tuple[Moment, State]]:
    """Each moment in which a worker can die, and the state in which it leaves its job."""
    for side in Side:
        for call in count(1):
            moment = Moment(ending, side, call)
            life, mortal = await killed(folder, moment, is_free=is_free)
            if not mortal.is_dead:
                assert call > CALLS_MIN
                break
            job = await life.studio.records.read(life.deducted.job_id)
            yield moment, State.QUEUED if job is None else job.state


@pytest.fixture(scope="module", params=[False, True], ids=["paid", "free"])
def deaths(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[bool, dict[State, list[Moment]]]:
    """All deaths of a worker, by the state in which they leave the job."""
    folder = tmp_path_factory.mktemp("deaths")

    async def find() -> dict[State, list[Moment]]:
        found = defaultdict(list)
        for ending in ENDS:
            async for moment, state in moments(folder, ending, is_free=request.param):
                found[state].append(moment)
        return found

    with pytest.MonkeyPatch.context() as patched, quiet_logs():
        patched.setattr(making, "inspect", inspected)
        return request.param, apart(find())


async def nothing_more_happens(life: Life) -> None:
    """Every message again, twice and in another order, and a third worker that looks for work."""
    studio = life.studio
    if studio.ledger.state is JobState.STARTED:
        studio.ledger.state = JobState.SETTLED
    before = await life.job(), life.paid_tasks, dict(studio.stream.facts)
    for refill_until in (0, 9):
        for fact in (
            refunded_of(life.deducted, "cancelled"),
            life.deducted,
            refunded_of(life.deducted, DEADLINE),
            life.deducted,
        ):
            await studio.arrivals.handle(delivery_of(fact, refill_until=refill_until))
    await life.go_on("third")
    assert (await life.job(), life.paid_tasks, dict(studio.stream.facts)) == before


def ended_once(life: Life, job: Job) -> None:
    """Exactly one fact tells of the end, or none if the ledger had closed the job before."""
    assert job.is_over
    assert [type(fact) for fact in life.studio.stream.ends] == ([life.end] if life.end else [])
    if life.end is None:
        assert job.state is State.CANCELLED
    else:
        assert life.studio.stream.ends == [job.end]


NEWS = ("a callback", "the deadline", "the deadline and then a callback")


@pytest.mark.parametrize("state", WAY)
async def test_a_worker_may_be_killed_while_its_job_is(tmp_path, deaths, state):
    is_free, by_state = deaths
    assert by_state[state], "no worker ever dies in this state"
    for moment in by_state[state]:
        for news in NEWS:
            life, _ = await killed(tmp_path, moment, is_free=is_free)
            was_unknown = await ended_by_a_second_worker(life, news)
            assert life.paid_tasks <= 1 or is_free
            await nothing_more_happens(life)
            assert life.paid_tasks <= 1 or is_free
            if not was_unknown:
                break


async def ended_by_a_second_worker(life: Life, news: str) -> bool:
    """Let another worker go on, and tell whether it had to wait for news."""
    job = await life.go_on("second")
    if job.is_unknown:
        assert not life.studio.provider.submits_for_free
        await the_unknown_ends(life, news)
        return True
    ended_once(life, job)
    return False


async def the_unknown_ends(life: Life, news: str) -> None:
    """Nobody knows whether a task was made. It waits, until a callback or the deadline."""
    assert life.studio.stream.ends == []
    assert (await life.job()).state is State.SUBMITTING
    if "deadline" in news:
        await life.refund(DEADLINE)
        # A credit goes back once: nobody can cancel the job any more.
        life.end = life.end or VideoReady
        job = await life.job()
        assert (job.state, job.closed) == (State.CANCELLED, DEADLINE)
    if "callback" in news:
        await life.call_back()
    job = await life.go_on("second")
    if job.task is None:
        assert life.studio.stream.ends == []
        await life.refund(DEADLINE)
    elif job.closed and life.end is VideoFailed:
        # The credit went back at the deadline: that its video fails is nobody's news.
        assert (job.state, life.studio.stream.ends) == (State.CANCELLED, [])
    else:
        ended_once(life, job)


async def test_a_life_in_which_nobody_dies_passes_through_every_state(tmp_path):
    life, mortal = await killed(tmp_path, Moment("ready", Side.AFTER, NEVER), is_free=False)
    job = await life.job()
    assert not mortal.is_dead
    states = list(dict.fromkeys(moment.state for moment in job.story))
    assert states == list(WAY[: WAY.index(State.READY) + 1])
    assert life.paid_tasks == 1


@pytest.mark.parametrize("side", Side)
async def test_a_task_is_in_the_record_before_anything_else_is_done(tmp_path, side):
    """Between the provider's answer and the record there is nothing that could go wrong."""
    whole = Moment("ready", side, NEVER)
    _, mortal = await killed(tmp_path, whole, is_free=False)
    assert mortal.calls[mortal.calls.index("submit") + 1] == "record"


async def test_a_task_that_another_worker_learns_late_is_followed_by_whoever_has_the_job(tmp_path):
    """The first worker was thought dead while the provider took its time to answer."""
    life = await begin(tmp_path, "ready", is_free=False)
    job_id = life.deducted.job_id
    submit = life.studio.provider.submit

    async def slow(brief: Brief, desk: Desk):
        after = await live(overtaker, life.deducted, "second")
        assert after.is_unknown
        return await submit(brief, desk)

    overtaker = replace(life.studio)
    life.studio.provider.submit = slow
    await life.studio.arrive(life.deducted)
    await life.studio.step(job_id)
    job = await life.go_on("third")
    ended_once(life, job)
    assert life.paid_tasks == 1
