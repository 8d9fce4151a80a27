"""A token bucket: waits as long as needed, so that the provider need not refuse us."""

import asyncio
from collections.abc import Awaitable, Callable

Clock = Callable[[], float]
"""Seconds that only grow."""
Sleep = Callable[[float], Awaitable[None]]


class TokenBucket:
    """Lets at most `count` through in any window of `per_s`, however the provider counts.

    Half of it is the burst and half the refill: a bucket of the whole size would let nearly twice
    as many through in the window that begins with a full one.
    """

    def __init__(
        self, *, count: int, per_s: float, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._burst = count // 2
        self._token_s = per_s / (count - self._burst)
        self._clock = clock
        self._sleep = sleep
        self._spent_until = clock()

    async def take(self) -> None:
        """Wait for one token, first come, first served. A cancelled wait is not given back."""
        now = self._clock()
        self._spent_until = max(self._spent_until, now) + self._token_s
        wait_s = self._spent_until - now - self._burst * self._token_s
        if wait_s > 0:
            await self._sleep(wait_s)
