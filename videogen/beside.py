"""Tasks that live as long as a block of code."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

Start = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


@asynccontextmanager
async def tasks_beside() -> AsyncGenerator[Start]:
    """Give what starts them; those that still run are cancelled when the block is left.

    Unlike with a bare TaskGroup, the block's own error is raised as it is, so that whoever started
    the program sees which settings are wrong. A task that fails ends the block, in a group.
    """
    running: set[asyncio.Task[None]] = set()
    trouble: Exception | None = None
    async with asyncio.TaskGroup() as tasks:

        def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            task = tasks.create_task(work)
            running.add(task)
            task.add_done_callback(running.discard)
            return task

        try:
            yield start
        except Exception as error:  # noqa: BLE001 - it is raised below, where no group wraps it
            trouble = error
        finally:
            for task in running:
                task.cancel()
    if trouble is not None:
        raise trouble
