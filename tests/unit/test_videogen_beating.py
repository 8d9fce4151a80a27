"""What workers see of each other, and what the first of them says for all."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from contracts.bus import Change
from contracts.messages import JobProgress, JobStage, JobState
from contracts.studio import STUDIO_KEY, Door, StudioStatus
from tests.eventually import eventually
from tests.memory_values import MemoryValues
from tests.quiet_logs import quiet_logs
from tests.videogen_doubles import BREAKER_REST, NOW, FakeLedger, MemoryStream
from videogen import beating
from videogen.beating import EARLY, UNHEARD, Pulse
from videogen.breaker import Breaker
from videogen.failures import TABLE, Trouble
from videogen.job import DEADLINE, FOLLOWED_AFTER, Job, State
from videogen.provider import Task
from videogen.records import JobRecords
from videogen.roster import WORKER_GONE, JobBoard, StatusBoard, pace_of
from videogen.status import BreakerStatus, WorkerStatus, breaker_key, worker_key

LONG_AFTER = timedelta(days=400)


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(beating, "BEAT_S", 0.001)
    with quiet_logs():
        yield


def said_at(at: datetime, **changes: object) -> WorkerStatus:
    said = WorkerStatus(beat_at=at, started_at=NOW, provider="fake", room=2)
    return said.model_copy(update=changes)


def status_change(worker: str, at: datetime, said: WorkerStatus | None = None) -> Change:
    said = said or said_at(at)
    return Change(worker_key(worker), said.model_dump_json().encode(), at)


def job_of(number: int, **changes: object) -> Job:
    job = Job(
        job_id=UUID(int=number),
        account=f"tg:{number}",
        correlation_id="draft",
        order_digest="0" * 64,
        ordered_at=NOW + timedelta(milliseconds=number),
        deadline_at=NOW + timedelta(minutes=15),
    )
    return job.model_copy(update=changes)


class FollowedValues(MemoryValues):
    """Whoever watches the bucket sees each write at once, with the server's time."""

    def __init__(self, board: JobBoard | StatusBoard, house: "House") -> None:
        super().__init__()
        self._board, self._house = board, house
        self.troubles: list[Exception] = []

    async def get(self, key: str) -> tuple[bytes, int]:
        if self.troubles:
            raise self.troubles.pop()
        return await super().get(key)

    def _write(self, key: str, value: bytes) -> int:
        self._board.see(Change(key, value, self._house.clock))
        return super()._write(key, value)


class House:
    """One worker's pulse; `clock` is what the server and this worker have."""

    def __init__(self, name: str = "b") -> None:
        self.clock = NOW
        self.jobs, self.status = JobBoard(), StatusBoard()
        self.values = FollowedValues(self.status, self)
        self.records = JobRecords(FollowedValues(self.jobs, self))
        self.stream, self.ledger = MemoryStream(), FakeLedger()
        self.is_draining = False
        self.breaker = Breaker("fake", self.values, self.stream, self._now, BREAKER_REST)
        self.pulse = Pulse(
            name=name,
            say=lambda: said_at(self.clock, is_draining=self.is_draining),
            values=self.values,
            jobs=self.jobs,
            status=self.status,
            breaker=self.breaker,
            records=self.records,
            ask=self.ledger.job,
            publish=self.stream,
            usual_s=30,
            now=self._now,
        )
        self.jobs.caught_up()
        self.status.caught_up()

    def _now(self) -> datetime:
        return self.clock

    async def beat(self, later: timedelta = timedelta(0)) -> None:
        self.clock += later
        await self.pulse._beat()

    @property
    def studio(self) -> StudioStatus | None:
        if STUDIO_KEY not in self.values.stored:
            return None
        return StudioStatus.model_validate_json(self.values.stored[STUDIO_KEY][0])

    @property
    def places(self) -> list[tuple[int, int, int]]:
        """Who was told which place, and the seconds until the video."""
        return [
            (fact.job_id.int, fact.place, fact.eta_s)
            for fact in self.stream.facts.values()
            if isinstance(fact, JobProgress) and fact.stage is JobStage.QUEUED
        ]

    async def job(self, number: int) -> Job:
        job = await self.records.read(UUID(int=number))
        assert job is not None
        return job

    @asynccontextmanager
    async def running(self):
        task = asyncio.ensure_future(self.pulse.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("own_clock", [NOW - LONG_AFTER, NOW, NOW + LONG_AFTER])
def test_a_worker_is_alive_by_the_server_s_clock_alone(own_clock):
    board = StatusBoard()
    board.see(status_change("a", NOW, said_at(own_clock)))
    assert board.is_alive("a")
    just_before = NOW + WORKER_GONE - timedelta(microseconds=1)
    board.see(status_change("b", just_before))
    assert sorted(board.alive) == ["a", "b"]
    board.see(status_change("b", NOW + WORKER_GONE))
    assert sorted(board.alive) == ["b"]
    board.see(status_change("a", NOW + WORKER_GONE))
    assert board.is_alive("a")


def test_who_took_leave_or_was_never_heard_of_is_not_alive():
    board = StatusBoard()
    assert not board.is_alive("a")
    board.see(status_change("a", NOW))
    board.see(Change(worker_key("a"), None, NOW))
    assert not board.is_alive("a")
    assert board.workers == {}


def test_an_old_message_that_comes_late_turns_no_clock_back():
    board = StatusBoard()
    board.see(status_change("b", NOW + WORKER_GONE))
    board.see(status_change("a", NOW))
    assert not board.is_alive("a")


def test_what_cannot_be_read_is_passed_over():
    jobs, status = JobBoard(), StatusBoard()
    for value in (b"{}", b"\xff", None):
        jobs.see(Change("not a job", value, NOW))
        jobs.see(Change(str(UUID(int=1)), value, NOW))
        status.see(Change(worker_key("a"), value, NOW))
        status.see(Change(breaker_key("fake"), value, NOW))
        status.see(Change("something new", value, NOW))
    assert (jobs.jobs, status.workers, status.breakers) == ({}, {}, {})


def test_the_board_holds_what_is_not_over_and_measures_what_is():
    board = JobBoard()

    def see(job: Job) -> None:
        board.see(Change(str(job.job_id), job.model_dump_json().encode(), NOW))

    started = job_of(1).noting(NOW, state=State.STARTED, started_at=NOW)
    see(started)
    assert board.jobs == {started.job_id: started}
    ended = started.noting(NOW + timedelta(seconds=40), state=State.READY, told=True)
    see(ended)
    assert (board.jobs, list(board.recent_s)) == ({}, [40])
    assert board.served_at == {"tg:1": NOW}
    board.see(Change(str(ended.job_id), None, NOW))
    board.begin()
    assert (board.jobs, list(board.recent_s), board.served_at) == ({}, [], {})
    assert not board.is_current


def test_who_is_draining_or_gone_makes_nothing_faster():
    status, jobs = StatusBoard(), JobBoard()
    status.see(status_change("gone", NOW - WORKER_GONE))
    status.see(status_change("draining", NOW, said_at(NOW, is_draining=True)))
    status.see(status_change("alive", NOW))
    assert pace_of(jobs, status, 30).room == 2


async def test_the_door_of_a_breaker_is_open_until_it_says_otherwise(house):
    assert house.status.door("fake") is Door.OPEN
    await house.breaker.note_failure(TABLE[Trouble.KEY_REFUSED], "")
    assert house.status.door("fake") is Door.SHUT
    assert house.status.door("another") is Door.OPEN
    house.status.see(Change(breaker_key("fake"), None, NOW))
    assert house.status.door("fake") is Door.OPEN


async def test_the_first_of_those_alive_speaks_for_all(house):
    house.status.see(status_change("a", NOW))
    await house.beat()
    assert house.studio is None
    await house.beat(WORKER_GONE)
    assert house.studio.beat_at == NOW + WORKER_GONE


async def test_who_drains_speaks_for_nobody_and_keeps_nobody_from_it(house):
    house.status.see(status_change("a", NOW, said_at(NOW, is_draining=True)))
    await house.beat()
    assert house.studio is not None
    silent = House()
    silent.is_draining = True
    await silent.beat()
    assert silent.studio is None
    assert silent.status.is_alive("b")


@pytest.mark.parametrize("board", ["jobs", "status"])
async def test_who_does_not_know_everything_says_nothing_for_all(house, board):
    getattr(house, board).begin()
    await house.beat()
    assert house.studio is None


async def test_the_studio_says_how_long_a_new_order_would_wait(house):
    await house.beat()
    assert (house.studio.door, house.studio.waiting, house.studio.wait_s) == (Door.OPEN, 0, 0)
    for number in range(1, 6):
        await house.records.create(job_of(number))
    await house.beat()
    assert (house.studio.waiting, house.studio.making_s, house.studio.wait_s) == (5, 30, 60)


async def test_the_studio_says_what_the_breaker_says_and_begins_its_trial(house):
    await house.breaker.note_failure(TABLE[Trouble.KEY_REFUSED], "")
    await house.beat()
    assert (house.studio.door, house.studio.trial) == (Door.SHUT, "")
    await house.beat(BREAKER_REST)
    breaker: BreakerStatus = house.status.breakers["fake"]
    assert (house.studio.door, house.studio.trial) == (Door.TRIAL, breaker.trial)


async def test_a_place_is_told_once_for_each_change_and_not_at_once(house):
    for number in (1, 2, 3):
        await house.records.create(job_of(number))
    await house.beat(EARLY)
    assert house.places == []
    for _ in range(3):
        await house.beat(timedelta(seconds=1))
    assert house.places == [(1, 1, 30), (2, 2, 30), (3, 3, 45)]
    await house.records.change(UUID(int=1), lambda job: job.model_copy(update={"worker": "b"}))
    for _ in range(3):
        await house.beat(timedelta(seconds=1))
    assert house.places[3:] == [(2, 1, 30), (3, 2, 45)]
    assert "videogen.event.job_progress.tg:2" in house.stream.subjects.values()


async def test_who_heard_that_the_work_began_is_not_told_a_place_again(house):
    await house.records.create(job_of(1, state=State.STARTED, stage=JobStage.PREPARING))
    await house.beat(2 * EARLY)
    assert house.places == []


@pytest.mark.parametrize(
    ("reason", "state", "ends"),
    [(DEADLINE, State.QUEUED, True), ("cancelled", State.RENDERING, True), (DEADLINE, None, False)],
)
async def test_a_job_whose_refund_was_never_heard_is_looked_up(house, reason, state, ends):
    task = Task(provider="fake", task_id="t-1")
    following = {"state": State.RENDERING, "task": task}
    await house.records.create(job_of(1, **({"state": state} if state else following)))
    house.ledger.state, house.ledger.reason = JobState.REFUNDED, reason
    await house.beat(timedelta(minutes=15) + UNHEARD - timedelta(seconds=1))
    assert house.ledger.queries == []
    await house.beat(timedelta(seconds=1))
    job = await house.job(1)
    assert (job.closed, job.is_over) == (reason, ends)
    await house.beat()
    assert len(house.ledger.queries) == 1


async def test_while_the_ledger_has_not_ended_it_the_forgotten_is_looked_up_now_and_then(house):
    await house.records.create(job_of(1))
    house.clock += timedelta(minutes=15) + UNHEARD
    for _ in range(4):
        await house.beat(UNHEARD / 2)
    assert len(house.ledger.queries) == 2
    assert not (await house.job(1)).is_over


async def test_an_hour_after_its_deadline_no_job_is_followed_any_more(house):
    task = Task(provider="fake", task_id="t-1")
    await house.records.create(job_of(1, state=State.RENDERING, task=task, closed=DEADLINE))
    await house.beat(timedelta(minutes=15) + FOLLOWED_AFTER)
    assert not (await house.job(1)).is_over
    await house.beat(timedelta(seconds=1))
    job = await house.job(1)
    assert (job.is_over, job.end) == (True, None)


async def test_who_takes_leave_is_off_the_list(house):
    async with house.running():
        await eventually(lambda: worker_key("b") in house.values.stored)
    assert worker_key("b") not in house.values.stored


async def test_an_outage_ends_no_heartbeat(house):
    house.values.troubles = [ConnectionError(), TimeoutError()]
    async with house.running():
        await eventually(lambda: house.studio is not None)
        first = house.studio.beat_at
        house.clock += timedelta(seconds=1)
        await eventually(lambda: house.studio.beat_at > first)
    assert house.values.troubles == []
