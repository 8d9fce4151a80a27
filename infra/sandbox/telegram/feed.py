"""The change feed: every change has a number, and anyone may wait for the next one."""

import asyncio
from collections.abc import Callable


class Feed:
    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.is_closed = False

    def announce(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    def close(self) -> None:
        """Let everyone who waits go on; from now on nobody waits."""
        self.is_closed = True
        self.announce()

    async def wait_until(self, condition: Callable[[], bool], *, timeout_s: float) -> bool:
        """Return whether `condition` became true in time; it is asked after every change."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition() and not self.is_closed:
                    await self._next.wait()
        except TimeoutError:
            return condition()
        return condition()
