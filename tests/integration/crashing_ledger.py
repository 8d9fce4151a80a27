"""The ledger that dies where it is told to: `python -m tests.integration.crashing_ledger`.

The product's own `serve_ledger`, its ports wrapped. A death is a SIGKILL of the whole process.
"""

import asyncio
import os
import signal

from contracts.service import run_service
from infra.sandbox.faults import Faults
from ledger.main import serve_ledger

BEFORE_APPEND = "before-append"
AFTER_APPEND = "after-append"
BEFORE_PUBLISH = "before-publish"
AFTER_PUBLISH = "after-publish"
DEATHS = (BEFORE_APPEND, AFTER_APPEND, BEFORE_PUBLISH, AFTER_PUBLISH)


class MortalLog:
    def __init__(self, log, faults: Faults) -> None:
        self._log = log
        self._faults = faults
        self.clock, self.now, self.load = log.clock, log.now, log.load

    async def append(self, changes, versions, not_after=None):
        _die(self._faults, BEFORE_APPEND)
        appended = await self._log.append(changes, versions, not_after)
        _die(self._faults, AFTER_APPEND)
        return appended


class MortalPublisher:
    def __init__(self, publisher, faults: Faults) -> None:
        self._publisher = publisher
        self._faults = faults
        self.state = publisher.state

    async def publish(self, one, **how):
        _die(self._faults, BEFORE_PUBLISH)
        sequence = await self._publisher.publish(one, **how)
        _die(self._faults, AFTER_PUBLISH)
        return sequence


def _die(faults: Faults, where: str) -> None:
    if faults.take(where) is not None:
        os.kill(os.getpid(), signal.SIGKILL)


async def _serve(stop: asyncio.Event) -> None:
    faults = Faults.from_settings()
    await serve_ledger(
        stop,
        wrap_log=lambda log: MortalLog(log, faults),
        wrap_publisher=lambda publisher: MortalPublisher(publisher, faults),
    )


if __name__ == "__main__":
    run_service(_serve, name="ledger")
