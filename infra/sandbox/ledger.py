"""The ledger with faults to switch on: `python -m infra.sandbox.ledger`.

It is the product's own `serve_ledger` with two ports wrapped; the product knows nothing of it.
"""

import asyncio
import os
import signal
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from contracts.service import run_service
from infra.sandbox.faults import Faults
from ledger.codec import kind_of
from ledger.log import Change, EventLog, Loaded, Recorded
from ledger.main import serve_ledger
from ledger.outbox.leading import Publisher
from ledger.outbox.standing import StreamState

CLOCK_AHEAD = "ledger-clock-ahead"
"""While armed, the ledger decides as if it were as many seconds later as the fault's content."""
CRASH_BEFORE_PUBLISH = "ledger-crash-before-publish"
"""Taken once: the process dies before it publishes an event of the kind in the fault's content."""


class ShiftedLog:
    """The log with a clock that runs ahead."""

    def __init__(self, log: EventLog, faults: Faults) -> None:
        self._log = log
        self._faults = faults

    def clock(self) -> datetime | None:
        moment = self._log.clock()
        return None if moment is None else self._shifted(moment)

    async def now(self) -> datetime:
        return self._shifted(await self._log.now())

    async def load(
        self,
        accounts: Collection[str],
        keys: Collection[str] = (),
        orders: Collection[UUID] = (),
        *,
        settled: bool = False,
    ) -> Loaded:
        loaded = await self._log.load(accounts, keys, orders, settled=settled)
        return replace(loaded, now=self._shifted(loaded.now))

    async def append(
        self,
        changes: Sequence[Change],
        versions: Mapping[str, int],
        not_after: datetime | None = None,
    ) -> Sequence[Recorded]:
        return await self._log.append(changes, versions, not_after)

    def _shifted(self, moment: datetime) -> datetime:
        return moment + timedelta(seconds=float(self._faults.armed(CLOCK_AHEAD) or 0))


class CrashingPublisher:
    """The LEDGER stream, reached by a process that may die in the middle of a batch."""

    def __init__(self, publisher: Publisher, faults: Faults) -> None:
        self._publisher = publisher
        self._faults = faults

    async def state(self) -> StreamState:
        return await self._publisher.state()

    async def publish(
        self, batch: Sequence[Recorded], *, log_id: str, after: int, refill_until: int
    ) -> int:
        fatal = self._faults.armed(CRASH_BEFORE_PUBLISH)
        kinds = [kind_of(one.event) for one in batch]
        if fatal not in kinds:
            return await self._publisher.publish(
                batch, log_id=log_id, after=after, refill_until=refill_until
            )
        if before := batch[: kinds.index(fatal)]:
            await self._publisher.publish(
                before, log_id=log_id, after=after, refill_until=refill_until
            )
        self._faults.disarm(CRASH_BEFORE_PUBLISH)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable: the process is dead")


async def _serve(stop: asyncio.Event) -> None:
    faults = Faults.from_settings()
    await serve_ledger(
        stop,
        wrap_log=lambda log: ShiftedLog(log, faults),
        wrap_publisher=lambda publisher: CrashingPublisher(publisher, faults),
    )


if __name__ == "__main__":
    run_service(_serve, name="ledger")
