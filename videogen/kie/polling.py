"""Look at the tasks of all jobs, each when it is due: one poller serves the whole process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from videogen.failures import TABLE, Failure, ProviderCallError, Trouble
from videogen.kie.bucket import Clock
from videogen.kie.outcomes import Failed, Finished, NotVisible, Running, TaskView
from videogen.kie.settings import POLL_S
from videogen.provider import ProviderFailure, Task

PAUSES_S = (5.0, 10.0, 20.0)
"""The last one again and again."""
NOT_VISIBLE_S_MAX = 600.0
LOOKS_MAX = 8
"""At the same time, so that one answer that does not come keeps nobody else waiting."""

log = structlog.get_logger()

Look = Callable[[Task], Awaitable[TaskView]]
Ended = Finished | Failed


@dataclass(eq=False)
class _Watch:
    task: Task
    due_s: float
    ended: asyncio.Future[Ended]
    looks: int = 0
    troubles: int = 0
    """In a row."""
    hidden_since_s: float | None = None
    hidden: int = 0
    """Looks in a row that did not find it."""
    is_looked_at: bool = False
    is_woken: bool = False


class Poller:
    """Its state is only what `ended` was asked for: after a restart one asks again."""

    def __init__(
        self, look: Look, *, poll_s: float = POLL_S, clock: Clock = time.monotonic
    ) -> None:
        self._look = look
        self._scale = poll_s / POLL_S
        self._clock = clock
        self._watches: set[_Watch] = set()
        self._news = asyncio.Event()
        self._room = asyncio.Semaphore(LOOKS_MAX)

    async def ended(self, task: Task) -> Ended:
        """Wait for the task's end. Raises `ProviderFailure` if KIE does not know the task."""
        future = asyncio.get_running_loop().create_future()
        watch = _Watch(task, self._clock() + PAUSES_S[0] * self._scale, future)
        self._watches.add(watch)
        self._news.set()
        try:
            return await watch.ended
        finally:
            self._watches.discard(watch)

    def wake(self, task_id: str) -> None:
        """Look at once. A task that nobody waits for is looked at when somebody does."""
        for watch in self._watches:
            if watch.task.task_id == task_id:
                watch.is_woken = True
                watch.due_s = self._clock()
        self._news.set()

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as looks:
            while True:
                await self._room.acquire()
                looks.create_task(self._look_at(await self._next_due()))

    async def _next_due(self) -> _Watch:
        while True:
            self._news.clear()
            waiting = [watch for watch in self._watches if not watch.is_looked_at]
            first = min(waiting, key=lambda watch: watch.due_s, default=None)
            wait_s = None if first is None else first.due_s - self._clock()
            if first is not None and wait_s is not None and wait_s <= 0:
                first.is_looked_at = True
                return first
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()

    async def _look_at(self, watch: _Watch) -> None:
        watch.is_woken = False
        try:
            pause_s = self._seen(watch, await self._look(watch.task))
        except ProviderCallError as error:
            pause_s = self._unseen(watch, error)
        except Exception as error:  # noqa: BLE001 - the job that waits for it raises it
            pause_s = 0.0
            _end(watch, error)
        finally:
            watch.is_looked_at = False
            self._room.release()
            self._news.set()
        watch.due_s = self._clock() + (0.0 if watch.is_woken else pause_s * self._scale)

    def _seen(self, watch: _Watch, view: TaskView) -> float:
        """Return the pause before the next look."""
        watch.troubles = 0
        match view:
            case Finished() | Failed():
                _end(watch, view)
            case NotVisible():
                return self._hidden(watch)
            case Running():
                watch.hidden_since_s, watch.hidden = None, 0
        watch.looks += 1
        return PAUSES_S[min(watch.looks, len(PAUSES_S) - 1)]

    def _hidden(self, watch: _Watch) -> float:
        now_s = self._clock()
        if watch.hidden_since_s is None:
            watch.hidden_since_s = now_s
        hidden_s = now_s - watch.hidden_since_s
        if hidden_s >= NOT_VISIBLE_S_MAX * self._scale:
            detail = f"{watch.task.task_id} for {hidden_s:.0f} s"
            _end(watch, ProviderFailure(Trouble.TASK_NOT_VISIBLE, detail))
        watch.hidden += 1
        return _retry_s(TABLE[Trouble.TASK_NOT_VISIBLE], watch.hidden)

    def _unseen(self, watch: _Watch, error: ProviderCallError) -> float:
        """That KIE could not be asked says nothing about the task."""
        watch.troubles += 1
        tell = log.error if error.failure.alerts else log.warning
        tell("KIE could not be asked about a task", task=watch.task.task_id, trouble=str(error))
        return _retry_s(error.failure, watch.troubles)


def _retry_s(failure: Failure, times: int) -> float:
    delays_s = failure.retry_delays_s or PAUSES_S[-1:]
    return delays_s[min(times, len(delays_s)) - 1]


def _end(watch: _Watch, end: Ended | Exception) -> None:
    # Whoever waited may have been cancelled while we looked.
    if watch.ended.done():
        return
    if isinstance(end, Exception):
        watch.ended.set_exception(end)
    else:
        watch.ended.set_result(end)
