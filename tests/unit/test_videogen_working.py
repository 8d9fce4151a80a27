"""One worker's loop: what it takes, what it leaves to others, and how it stops."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from contracts.bus import Change
from contracts.messages import FailureReason, VideoFailed
from contracts.studio import Door
from tests.eventually import eventually
from tests.memory_values import MemoryValues
from tests.quiet_logs import quiet_logs
from tests.videogen_doubles import NOW, FakeProvider
from videogen import job as jobs
from videogen import working
from videogen.job import DEADLINE, Job, State
from videogen.provider import Task
from videogen.records import JobRecords
from videogen.roster import WORKER_GONE, JobBoard, StatusBoard
from videogen.status import BreakerStatus, WorkerStatus, breaker_key, worker_key
from videogen.working import Worker

TASK = Task(provider="fake", task_id="t-1")


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(working, "LOOK_S", 0.01)
    monkeypatch.setattr(working, "AGAIN_S", 0.02)
    with quiet_logs():
        yield


class FollowedValues(MemoryValues):
    """Whoever watches the bucket sees each write at once."""

    def __init__(self, board: JobBoard) -> None:
        super().__init__()
        self._board = board
        self.is_away = False

    async def get(self, key: str) -> tuple[bytes, int]:
        if self.is_away:
            raise TimeoutError
        return await super().get(key)

    def _write(self, key: str, value: bytes) -> int:
        self._board.see(Change(key, value, NOW))
        return super()._write(key, value)


class FakeMaker:
    """Works on a job until it is let go, and puts it back when cancelled, as the real one does."""

    def __init__(self, studio: "Room") -> None:
        self._studio = studio
        self.begun: list[int] = []
        self.left: list[int] = []
        self.at_once: list[int] = []
        self.let_go: set[int] = set()
        self.fails = False

    async def make(self, job: Job) -> None:
        number = job.job_id.int
        self.begun.append(number)
        self.at_once.append(number)
        try:
            await self._until_let_go(job)
            if self.fails:
                raise ConnectionError("not even noted")
            await self._studio.change(number, jobs.dropped(NOW, "done"))
        except asyncio.CancelledError:
            self.left.append(number)
            await self._studio.change(number, jobs.put_back("me", NOW, "its worker stops"))
            raise
        finally:
            self.at_once.remove(number)

    async def _until_let_go(self, job: Job) -> None:
        while job.job_id.int not in self.let_go:  # noqa: ASYNC110 - a test's own poll
            await asyncio.sleep(0.002)


class Room:
    """One worker with its boards, which see what the test says."""

    def __init__(self, room: int = 2, *, goes_on_alone: bool = True, drain_s: float = 5) -> None:
        self.board = JobBoard()
        self.status = StatusBoard()
        self.values = FollowedValues(self.board)
        self.records = JobRecords(self.values)
        self.maker = FakeMaker(self)
        self.clock = NOW
        self.worker = Worker(
            name="me",
            provider=FakeProvider(room=room, goes_on_alone=goes_on_alone),
            records=self.records,
            maker=self.maker,
            jobs=self.board,
            status=self.status,
            drain_s=drain_s,
            now=lambda: self.clock,
        )
        self.board.caught_up()
        self.status.caught_up()

    async def add(self, number: int, account: str = "tg:1", **changes: object) -> None:
        job = Job(
            job_id=UUID(int=number),
            account=account,
            correlation_id="draft",
            order_digest="0" * 64,
            ordered_at=NOW + timedelta(seconds=number),
            deadline_at=NOW + timedelta(minutes=15),
        )
        await self.records.create(job.model_copy(update=changes))

    async def change(self, number: int, transition: jobs.Transition) -> Job:
        _, after = await self.records.change(UUID(int=number), transition)
        return after

    async def job(self, number: int) -> Job:
        job = await self.records.read(UUID(int=number))
        assert job is not None
        return job

    def beat(self, worker: str, at: datetime) -> None:
        said = WorkerStatus(beat_at=NOW, started_at=NOW, provider="fake", room=2)
        self.status.see(Change(worker_key(worker), said.model_dump_json().encode(), at))

    def door(self, door: Door) -> None:
        breaker = BreakerStatus(door=door, since=NOW)
        self.status.see(Change(breaker_key("fake"), breaker.model_dump_json().encode(), NOW))

    async def begun(self, *numbers: int) -> None:
        await eventually(lambda: self.maker.begun == list(numbers), within_s=2)

    async def nothing_else(self, *numbers: int) -> None:
        """After many looks at the board, these are still all that was begun."""
        for _ in range(30):
            self.board.changed.set()
            await asyncio.sleep(0.001)
        assert self.maker.begun == list(numbers)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[asyncio.Event]:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.worker.run(stop))
            try:
                yield stop
            finally:
                stop.set()
                self.maker.let_go.update(self.maker.begun)


async def test_it_takes_jobs_in_fair_order_while_it_has_room():
    room = Room()
    for number, account in enumerate(["tg:1", "tg:1", "tg:1", "tg:2"]):
        await room.add(number, account)
    async with room.running():
        await room.begun(0, 3)
        await room.nothing_else(0, 3)
        assert len(room.worker.at_work) == 2
        room.maker.let_go.add(0)
        await room.begun(0, 3, 1)


async def test_a_slow_job_delays_nobody_else_s():
    room = Room()
    await room.add(0)
    async with room.running():
        await room.begun(0)
        room.maker.let_go.update(range(1, 9))
        for number in range(1, 9):
            await room.add(number)
        await room.begun(*range(9))
        await eventually(lambda: room.maker.at_once == [0])


async def test_a_new_job_is_seen_at_once(monkeypatch):
    monkeypatch.setattr(working, "LOOK_S", 60)
    room = Room()
    async with room.running():
        await room.nothing_else()
        await room.add(1)
        await room.begun(1)


async def test_a_job_of_a_dead_worker_is_taken_over_and_one_of_a_live_worker_never():
    room = Room()
    room.beat("alive", NOW + WORKER_GONE)
    room.beat("dead", NOW)
    for number, worker in enumerate(["alive", "dead", "nobody heard of"]):
        await room.add(number, state=State.RENDERING, task=TASK, worker=worker)
    async with room.running():
        await room.begun(1, 2)
        await room.nothing_else(1, 2)
        assert (await room.job(1)).worker == "me"
        assert (await room.job(0)).worker == "alive"
        room.maker.let_go.update([1, 2])
        await eventually(lambda: room.maker.at_once == [])
        room.beat("another", NOW + 2 * WORKER_GONE)
        await room.begun(1, 2, 0)


async def test_a_shut_door_lets_none_begin_but_what_has_begun_goes_on():
    room = Room()
    room.door(Door.SHUT)
    await room.add(0)
    await room.add(1, state=State.SUBMITTED, task=TASK)
    async with room.running():
        await room.begun(1)
        await room.nothing_else(1)
        room.door(Door.OPEN)
        await room.begun(1, 0)


async def test_in_a_trial_one_job_begins_after_another():
    room = Room(room=4)
    room.door(Door.TRIAL)
    for number in range(3):
        await room.add(number)
    async with room.running():
        await room.begun(0)
        await room.nothing_else(0)
        room.maker.let_go.add(0)
        await room.begun(0, 1)
        await room.nothing_else(0, 1)


async def test_a_late_job_takes_no_room():
    room = Room(room=1)
    await room.add(0, state=State.RENDERING, task=TASK, closed=DEADLINE)
    async with room.running():
        await room.begun(0)
        assert room.worker.at_work == ()
        await room.add(1)
        await room.begun(0, 1)
        await room.change(1, jobs.closed(DEADLINE, NOW))
        await room.add(2)
        await eventually(lambda: 2 in room.maker.begun)


async def test_an_end_that_was_not_told_is_told_even_without_room():
    room = Room(room=1)
    await room.add(0)
    async with room.running():
        await room.begun(0)
        await room.add(1, state=State.READY, task=TASK, ready=None, failed=failed_of(1, "internal"))
        await room.begun(0, 1)


def failed_of(number: int, reason: str) -> VideoFailed:
    return VideoFailed(
        account="tg:1", job_id=UUID(int=number), occurred_at=NOW, reason=FailureReason(reason)
    )


@pytest.mark.parametrize(
    "ended",
    [
        jobs.closed("cancelled", NOW),
        jobs.dropped(NOW, "an operator"),
        jobs.ended(failed_of(0, "stopped_by_operator"), NOW),
    ],
    ids=["ledger", "dropped", "operator"],
)
async def test_a_job_that_others_ended_is_not_worked_on_any_more(ended):
    room = Room(room=1)
    await room.add(0)
    async with room.running():
        await room.begun(0)
        await room.change(0, ended)
        await eventually(lambda: room.maker.left == [0])


async def test_a_job_that_nobody_knows_or_that_rests_or_is_over_is_left_alone():
    room = Room(room=9)
    await room.add(0, state=State.SUBMITTING, is_unknown=True)
    await room.add(1, state=State.STARTED, not_before=NOW + timedelta(seconds=5))
    await room.add(2, state=State.CANCELLED)
    async with room.running():
        await room.nothing_else()
        room.clock += timedelta(seconds=5)
        await room.begun(1)


async def test_until_it_knows_everything_it_takes_nothing():
    room = Room()
    room.status.begin()
    await room.add(0)
    async with room.running():
        await room.nothing_else()
        room.status.caught_up()
        await room.begun(0)


async def test_a_board_that_begins_anew_stops_nobody_at_work():
    room = Room()
    await room.add(0)
    async with room.running():
        await room.begun(0)
        room.board.begin()
        await room.nothing_else(0)
        assert room.maker.left == []


async def test_neither_an_outage_nor_a_maker_s_trouble_ends_a_worker():
    room = Room(room=1)
    room.maker.fails = True
    await room.add(0)
    room.values.is_away = True
    async with room.running():
        await room.nothing_else()
        room.values.is_away = False
        room.maker.let_go.add(0)
        await eventually(lambda: len(room.maker.begun) > 1)
        room.maker.fails = False
        await eventually(lambda: not room.board.jobs)


async def test_what_goes_on_alone_is_put_back_at_once_when_it_stops():
    room = Room(room=3)
    await room.add(0, state=State.RENDERING, task=TASK)
    await room.add(1, state=State.SUBMITTED, task=TASK)
    await room.add(2, state=State.SUBMITTING)
    async with room.running() as stop:
        await room.begun(0, 1, 2)
        stop.set()
        await eventually(lambda: sorted(room.maker.left) == [0, 1])
        await room.add(3)
        await room.nothing_else(0, 1, 2)
        assert room.worker.is_draining
        assert room.maker.at_once == [2]
        room.maker.let_go.add(2)
    assert [(await room.job(number)).worker for number in (0, 1)] == ["", ""]
    assert sorted(room.maker.left) == [0, 1]


async def test_what_cannot_be_left_gets_its_time_and_no_more():
    room = Room(goes_on_alone=False, drain_s=0.05)
    await room.add(0, state=State.RENDERING, task=TASK)
    async with room.running() as stop:
        await room.begun(0)
        stop.set()
        await eventually(lambda: room.worker.is_draining)
        assert room.maker.left == []
        await eventually(lambda: room.maker.left == [0])
    assert (await room.job(0)).worker == ""
