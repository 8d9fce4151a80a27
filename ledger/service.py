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
from ledger.log import EventLog, LogDivergedError, Origin
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
    trouble: Exception | None = None
    async with asyncio.TaskGroup() as committing:
        ledger = Ledger(Writer(event_log, rules), committing)
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

    def __init__(self, writer: Writer, committing: asyncio.TaskGroup) -> None:
        self._writer = writer
        self._committing = committing
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Wish] = deque()
        self._busy: set[str] = set()
        """Accounts of the batches under way."""
        self._workers = 0
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
        self._engage()
        return await wish.answer

    def close(self) -> None:
        """Take no more commands; what is queued is still committed."""
        self._closed = True

    def _engage(self) -> None:
        """See to it that what is queued will be taken."""
        size = len(self._queue)
        if size and (self._workers == 0 or (self._workers < UNDER_WAY_MAX and size >= SECOND_MIN)):
            self._workers += 1
            self._committing.create_task(self._commit_batches())

    async def _commit_batches(self) -> None:
        try:
            while batch := self._take():
                self._engage()
                await self._commit(batch)
                # Whoever was just answered speaks first, so that batches fill without any delay.
                await asyncio.sleep(0)
        finally:
            self._workers -= 1

    async def _commit(self, batch: list[Wish]) -> None:
        accounts = {wish.command.account_id for wish in batch}
        self._busy |= accounts
        try:
            await self._writer.commit(batch)
        except LogDivergedError as error:
            self._closed = True
            while self._queue:
                self._queue.popleft().fail(error)
            raise
        self._busy -= accounts

    def _take(self) -> list[Wish]:
        """Take the next batch from the queue: nothing of an account that is under way."""
        size = len(self._queue)
        if self._busy and size < SECOND_MIN:
            return []
        if not self._busy and size >= 2 * SECOND_MIN:
            size //= 2
        batch: list[Wish] = []
        waiting: list[Wish] = []
        while self._queue and len(batch) < min(size, BATCH_MAX):
            wish = self._queue.popleft()
            (waiting if wish.command.account_id in self._busy else batch).append(wish)
        self._queue.extendleft(reversed(waiting))
        return batch
