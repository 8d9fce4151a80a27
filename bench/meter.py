"""Count what is done and tell how much of it per second.

A caller does the steps of one life after the other. The life that it is in when time is up is
lived to its end, so that nothing is left half done.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

WARM_UP_S = 0.5

Step = TypeVar("Step")


class Meter:
    """Callers that each do one step after the other, and never think."""

    def __init__(self) -> None:
        self.done = 0
        self._over = False

    async def run(
        self,
        callers: Iterable[Iterator[Sequence[Step]]],
        do: Callable[[Step], Awaitable[object]],
        seconds: float,
        warm_up_s: float = WARM_UP_S,
    ) -> float:
        """Return the steps per second of all callers after the warm-up."""
        async with asyncio.TaskGroup() as tasks:
            for lives in callers:
                tasks.create_task(self._call(lives, do))
            await asyncio.sleep(warm_up_s)
            before, started = self.done, time.perf_counter()
            await asyncio.sleep(seconds)
            rate = (self.done - before) / (time.perf_counter() - started)
            self._over = True
        return rate

    async def run_out(
        self, callers: Iterable[Iterator[Sequence[Step]]], do: Callable[[Step], Awaitable[object]]
    ) -> None:
        """Let all callers do everything they have."""
        async with asyncio.TaskGroup() as tasks:
            for lives in callers:
                tasks.create_task(self._call(lives, do))

    async def _call(
        self, lives: Iterator[Sequence[Step]], do: Callable[[Step], Awaitable[object]]
    ) -> None:
        for life in lives:
            for step in life:
                await do(step)
                self.done += 1
            if self._over:
                return
