"""Execute commands: they queue for one writer, which commits them in batches."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ledger.batch import Outcome, Wish
from ledger.domain.commands import AccountCommand
from ledger.domain.refusals import Overloaded
from ledger.domain.rules import Rules
from ledger.log import EventLog, Origin
from ledger.writer import Writer

QUEUE_MAX = 4_096
BATCH_MAX = 512

__all__ = ["Ledger", "Outcome", "open_ledger"]


@asynccontextmanager
async def open_ledger(event_log: EventLog, rules: Rules) -> AsyncGenerator["Ledger"]:
    """Run the writer for the length of the block; at its end everything queued is answered."""
    ledger = Ledger(Writer(event_log, rules))
    trouble: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ledger.write())
        try:
            yield ledger
        except Exception as error:  # noqa: BLE001 - raised again outside of the group, ungrouped
            trouble = error
        finally:
            ledger.close()
    if trouble is not None:
        raise trouble


class Ledger:
    """The one writer of this process; other processes may write beside it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._queue: deque[Wish] = deque()
        self._stirred = asyncio.Event()
        self._closed = False

    async def execute(self, command: AccountCommand, origin: Origin) -> Outcome:
        """Answer after the commit.

        Raises a `LedgerRefusal` when nothing happened and nothing will (`Overloaded` at once when
        the queue is full), or `LogUnreachableError` when the outcome is unknown.
        """
        if self._closed or len(self._queue) >= QUEUE_MAX:
            raise Overloaded
        wish = Wish(command, origin, asyncio.get_running_loop().create_future())
        self._queue.append(wish)
        self._stirred.set()
        return await wish.answer

    async def write(self) -> None:
        """Commit what is queued, batch after batch, until `close` and the queue's end."""
        while self._queue or not self._closed:
            await self._stirred.wait()
            self._stirred.clear()
            # Whoever was just answered speaks first, so that batches fill without any delay.
            await asyncio.sleep(0)
            while self._queue:
                size = min(len(self._queue), BATCH_MAX)
                await self._writer.commit([self._queue.popleft() for _ in range(size)])
                await asyncio.sleep(0)

    def close(self) -> None:
        self._closed = True
        self._stirred.set()
