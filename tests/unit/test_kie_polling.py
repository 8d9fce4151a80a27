"""The poller: when which task is looked at, by a clock that jumps to whatever is due next."""

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from tests.eventually import eventually
from tests.kie_world import VIDEO, FakeTime
from videogen.failures import TABLE, ProviderCallError, Trouble
from videogen.kie.outcomes import Failed, Finished, NotVisible, Running
from videogen.kie.polling import LOOKS_MAX, Poller
from videogen.provider import ProviderFailure, Task

FILM = Finished(VIDEO, None)
FAST = 0.001
"""A second of the poller's takes a fifth of a millisecond."""


def task_of(name="one"):
    return Task(provider="kie", task_id=name, key_id="k", route="market")


class Kie:
    """Shows views in turn, the last one for ever, and keeps when it was asked."""

    def __init__(self, *views, clock=lambda: 0.0):
        self.views = deque(views)
        self.clock = clock
        self.asked = []

    async def look(self, task):
        self.asked.append((task.task_id, self.clock()))
        view = self.views.popleft() if len(self.views) > 1 else self.views[0]
        if isinstance(view, Exception):
            raise view
        return view


@asynccontextmanager
async def running(look, poll_s=FAST):
    poller = Poller(look, poll_s=poll_s)
    async with asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(poller.run())
        yield poller
        polling.cancel()


async def moments_of(kie, time):
    """Follow a task while time jumps to whatever is due next; return when it was looked at."""
    poller = Poller(kie.look, clock=time.clock)
    started_s = time.now_s
    async with asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(poller.run())
        waiting = tasks.create_task(poller.ended(task_of()))
        waiting.add_done_callback(lambda _: polling.cancel())
        while not waiting.done():
            await asyncio.sleep(0)
            later = [watch.due_s for watch in poller._watches if watch.due_s > time.now_s]
            if later:
                time.now_s = min(later)
                poller._news.set()
    assert waiting.result() == FILM
    return [started_s, *(at for _, at in kie.asked)]


async def pauses_before(*views):
    time = FakeTime()
    moments = await moments_of(Kie(*views, FILM, clock=time.clock), time)
    return [later - earlier for earlier, later in pairwise(moments)]


async def test_a_task_is_looked_at_after_5_10_and_then_each_20_seconds():
    running_one = Running("generating")
    pauses = await pauses_before(*[running_one] * 4)
    assert pauses == [5, 10, 20, 20, 20]


async def test_a_look_that_failed_is_repeated_as_its_row_says():
    pauses = await pauses_before(*[ProviderCallError(Trouble.EDGE_FAILED)] * 3, Running("waiting"))
    assert pauses == [5, *TABLE[Trouble.EDGE_FAILED].retry_delays_s, 10]


async def test_what_only_an_operator_repairs_is_asked_about_slowly():
    pauses = await pauses_before(ProviderCallError(Trouble.KEY_MISSING))
    assert pauses == [5, 20]


async def test_a_task_that_is_not_there_yet_is_looked_at_soon_again():
    pauses = await pauses_before(NotVisible(), NotVisible(), Running("waiting"))
    assert pauses == [5, 3, 5, 10]


async def test_a_task_that_nobody_knows_for_ten_minutes_is_given_up():
    time = FakeTime()
    kie = Kie(NotVisible(), clock=time.clock)
    with pytest.RaisesGroup(ProviderFailure) as failures:
        await moments_of(kie, time)
    [failure] = failures.value.exceptions
    assert failure.failure.trouble is Trouble.TASK_NOT_VISIBLE
    assert 600 <= kie.asked[-1][1] - kie.asked[0][1] <= 610


async def test_a_task_that_is_seen_in_between_is_not_given_up():
    hidden = [NotVisible()] * 50
    assert sum(await pauses_before(*hidden, Running("waiting"), *hidden)) > 900


async def test_no_number_of_failing_looks_ends_a_task():
    kie = Kie(*[ProviderCallError(Trouble.UNSORTED)] * 60, FILM)
    async with running(kie.look) as poller:
        assert await poller.ended(task_of()) == FILM


async def test_a_task_that_failed_is_an_end_too():
    failed = Failed(TABLE[Trouble.GENERATION_FAILED], "code 501", None)
    async with running(Kie(failed).look) as poller:
        assert await poller.ended(task_of()) == failed


async def test_an_answer_that_does_not_come_keeps_nobody_else_waiting():
    async def look(task):
        if task.task_id == "hangs":
            await asyncio.Event().wait()
        return FILM

    async with running(look) as poller, asyncio.TaskGroup() as tasks:
        hanging = [tasks.create_task(poller.ended(task_of("hangs"))) for _ in range(LOOKS_MAX - 1)]
        others = [poller.ended(task_of(f"{number}")) for number in range(30)]
        assert set(await asyncio.gather(*others)) == {FILM}
        for one in hanging:
            one.cancel()


async def test_a_bug_in_a_look_is_raised_where_its_job_is_and_ends_no_other():
    async def look(task):
        if task.task_id == "odd":
            raise ZeroDivisionError
        return FILM

    async with running(look) as poller:
        with pytest.raises(ZeroDivisionError):
            await poller.ended(task_of("odd"))
        assert await poller.ended(task_of()) == FILM


async def test_who_is_woken_during_a_look_is_looked_at_again_at_once():
    asked, release = [], asyncio.Event()

    async def look(task):
        asked.append(task.task_id)
        if len(asked) == 1:
            await release.wait()
            return Running("generating")
        return FILM

    async with (
        asyncio.timeout(5),
        running(look, poll_s=60.0) as poller,
        asyncio.TaskGroup() as tasks,
    ):
        waiting = tasks.create_task(poller.ended(task_of()))
        await asyncio.sleep(0)
        poller.wake("one")
        await eventually(lambda: asked)
        poller.wake("one")
        release.set()
        assert await waiting == FILM
    assert asked == ["one", "one"]


async def test_the_earliest_is_looked_at_first():
    kie = Kie(Running("waiting"), FILM)
    async with running(kie.look, poll_s=60.0) as poller, asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(poller.ended(task_of(name))) for name in ("a", "b", "c")]
        await asyncio.sleep(0)
        for name in ("c", "a", "b"):
            poller.wake(name)
        await eventually(lambda: len(kie.asked) == 3)
        assert [name for name, _ in kie.asked] == ["c", "a", "b"]
        for one in waiting:
            one.cancel()
