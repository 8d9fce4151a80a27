"""Execute commands: they queue for one writer, which commits them in batches.

Two batches may be under way: while PostgreSQL works on one, this process decides the other. They
never touch the same account, so neither has to know how the other ends.
"""

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
UNDER_WAY_MAX = 2
SECOND_MIN = 64
"""Fewer commands than this wait for the batch under way: the cost of a batch is shared by all."""

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
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Wish] = deque()
        self._busy: set[str] = set()
        """Accounts of the batches under way."""
        self._under_way = 0
        self._stirred = asyncio.Event()
        self._closed = False

    async def execute(self, command: AccountCommand, origin: Origin) -> Outcome:
        """Answer after the commit.

        Raises a `LedgerRefusal` when nothing happened and nothing will (`Overloaded` at once when
        the queue is full), or `LogUnreachableError` when the outcome is unknown.
        """
        if self._closed or len(self._queue) >= QUEUE_MAX:
            raise Overloaded
        wish = Wish(command, origin, self._loop.create_future())
        self._queue.append(wish)
        self._stirred.set()
        return await wish.answer

    async def write(self) -> None:
        """Commit what is queued, batch after batch, until `close` and the queue's end."""
        async with asyncio.TaskGroup() as committing:
            while self._queue or not self._closed:
                await self._stirred.wait()
                self._stirred.clear()
                # Whoever was just answered speaks first, so that batches fill without any delay.
                await asyncio.sleep(0)
                while self._under_way < UNDER_WAY_MAX and (batch := self._take()):
                    self._under_way += 1
                    committing.create_task(self._commit(batch))

    def close(self) -> None:
        self._closed = True
        self._stirred.set()

    def _take(self) -> list[Wish]:
        """Take the next batch from the queue: nothing of an account that is under way."""
        size = len(self._queue)
        if self._under_way > 0 and size < SECOND_MIN:
            return []
        if self._under_way == 0 and size >= 2 * SECOND_MIN:
            size //= 2
        batch: list[Wish] = []
        waiting: list[Wish] = []
        while self._queue and len(batch) < min(size, BATCH_MAX):
            wish = self._queue.popleft()
            (waiting if wish.command.account_id in self._busy else batch).append(wish)
        self._queue.extendleft(reversed(waiting))
        self._busy.update(wish.command.account_id for wish in batch)
        return batch

    async def _commit(self, batch: list[Wish]) -> None:
        try:
            await self._writer.commit(batch)
        finally:
            self._busy.difference_update(wish.command.account_id for wish in batch)
            self._under_way -= 1
            self._stirred.set()
