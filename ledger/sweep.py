"""Give back the credits of jobs that are past their deadline, even when videogen is dead."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from contracts.service import pause
from ledger.database import UNREACHABLE, Pool
from ledger.domain.commands import Refund
from ledger.domain.events import DEADLINE
from ledger.domain.refusals import LedgerRefusal, Overloaded
from ledger.log import EventLog, LogUnreachableError, Origin
from ledger.service import Ledger
from ledger.views.jobs import overdue

SWEEP_MAX = 100
BACKLOG_WAIT_MAX = timedelta(minutes=2)
"""How long an unread outcome may hold a refund back: the video may have been ready in time."""

log = structlog.get_logger()

BacklogIsDrained = Callable[[], Awaitable[bool]]


class Sweep:
    def __init__(
        self, pool: Pool, event_log: EventLog, ledger: Ledger, backlog_is_drained: BacklogIsDrained
    ) -> None:
        self._pool = pool
        self._log = event_log
        self._ledger = ledger
        self._backlog_is_drained = backlog_is_drained

    async def run(self, interval_s: float, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.sweep()
            except (*UNREACHABLE, LogUnreachableError) as error:
                log.warning("sweep waits", error=repr(error))
            await pause(interval_s, stop)

    async def sweep(self) -> int:
        """Refund what is due and return how many jobs it was."""
        now = await self._log.now()
        due = await overdue(self._pool, now, SWEEP_MAX)
        if not due:
            return 0
        drained = await self._backlog_is_drained()
        refunds = 0
        for job_id, account, deadline_at in due:
            if drained or now - deadline_at > BACKLOG_WAIT_MAX:
                refunds += await self._refund(job_id, account, deadline_at)
        return refunds

    async def _refund(self, job_id: UUID, account: str, deadline_at: datetime) -> int:
        command = Refund(account_id=account, job_id=job_id, reason=DEADLINE)
        origin = Origin(actor="sweep", correlation_id=str(job_id))
        try:
            outcome = await self._ledger.execute(command, origin)
        except Overloaded:
            log.warning("refund waits, the ledger is overloaded", job_id=str(job_id))
            return 0
        except LedgerRefusal as refusal:
            # The view that named the job may be a moment behind the log.
            log.info("nothing to refund", job_id=str(job_id), code=refusal.code)
            return 0
        log.warning("refunded at the deadline", job_id=str(job_id), deadline_at=str(deadline_at))
        return 0 if outcome.repeat else 1
