"""Wait for something to become true by asking again, never by sleeping a fixed time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

POLL_S = 0.02

Result = TypeVar("Result")


async def eventually(
    probe: Callable[[], Result | Awaitable[Result]], *, within_s: float = 10.0
) -> Result:
    """Return the first truthy result of `probe`; fail with its last result or error."""
    deadline = time.monotonic() + within_s
    while True:
        trouble: object
        try:
            outcome = probe()
            result = await outcome if inspect.isawaitable(outcome) else outcome
            if result:
                return result
            trouble = result
        except AssertionError as error:
            trouble = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s; last seen: {trouble!r}")
        await asyncio.sleep(POLL_S)
