"""An event log and a publisher that fail when told to: ports for two ledgers in one process."""

import asyncio
from collections import deque

from ledger.log import LogUnreachableError
from ledger.outbox.leading import StreamMovedError

LOG_FAULTS = ("lose answer", "lose append", "stay silent", "dawdle")
FAULTS = (*LOG_FAULTS, "stop publishing")
SILENCE = 5
DAWDLE_S = 0.01


class Trouble:
    """The faults that wait for the next append or publish, of whichever ledger."""

    def __init__(self) -> None:
        self._armed: deque[str] = deque()

    def arm(self, fault: str) -> None:
        self._armed.extend([fault] * (SILENCE if fault == "stay silent" else 1))

    def take(self, *faults: str) -> str | None:
        if self._armed and self._armed[0] in faults:
            return self._armed.popleft()
        return None


class FaultyLog:
    """Loses an append, or only its answer, or falls silent for longer than anybody asks again."""

    def __init__(self, log, trouble: Trouble) -> None:
        self._log = log
        self._trouble = trouble
        self.clock, self.now, self.load = log.clock, log.now, log.load

    async def append(self, changes, versions, not_after=None):
        fault = self._trouble.take(*LOG_FAULTS)
        if fault in ("lose append", "stay silent"):
            raise LogUnreachableError(fault)
        if fault == "dawdle":
            await asyncio.sleep(DAWDLE_S)
        appended = await self._log.append(changes, versions, not_after)
        if fault == "lose answer":
            raise LogUnreachableError(fault)
        return appended


class FaultyPublisher:
    """Starts again just after it has published, before the outbox knows."""

    def __init__(self, publisher, trouble: Trouble) -> None:
        self._publisher = publisher
        self._trouble = trouble
        self.state = publisher.state

    async def publish(self, one, **how):
        sequence = await self._publisher.publish(one, **how)
        if self._trouble.take("stop publishing"):
            raise StreamMovedError("told to")
        return sequence
