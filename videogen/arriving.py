"""Messages of the ledger become records, and are done with: a record outlives its message."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from contracts.bus import Delivery, NoAnswerError, UnprocessableMessageError
from contracts.messages import Deducted, GetJob, JobState, Refunded, Refusal, RefusalCode
from contracts.messages import Job as LedgerJob
from videogen import job as jobs
from videogen.records import JobMissingError, JobRecords

log = structlog.get_logger()

AskJob = Callable[[GetJob], Awaitable[LedgerJob | Refusal]]

UNKNOWN_HERE = frozenset({RefusalCode.JOB_UNKNOWN, RefusalCode.ACCOUNT_UNKNOWN})


class Arrivals:
    """Handles each message of the consumer `videogen-jobs`."""

    def __init__(self, records: JobRecords, ask: AskJob, now: Callable[[], datetime]) -> None:
        self._records = records
        self._ask = ask
        self._now = now

    async def handle(self, delivery: Delivery) -> None:
        match delivery.name:
            case "deducted":
                await self._deducted(delivery.parse(Deducted), delivery.refill_until)
            case "refunded":
                await self._refunded(delivery.parse(Refunded))
            case name:
                raise UnprocessableMessageError(f"nothing to do about {name}")

    async def _deducted(self, fact: Deducted, refill_until: int) -> None:
        """Make a record, unless there is one, or nobody waits for the video any more.

        The ledger knows what no record tells: that the job had begun before its record was lost.
        Then a provider may have been asked, and is never asked again.
        """
        if await self._records.read(fact.job_id) is not None:
            return
        known = await job_of(self._ask, fact, max(fact.position, refill_until))
        if known is None or known.state in (JobState.SETTLED, JobState.REFUNDED):
            log.info("nothing to make", job_id=str(fact.job_id))
            return
        now = self._now()
        fresh = jobs.ordered(fact, now, is_refill=refill_until > 0)
        if known.state is JobState.STARTED:
            fresh = jobs.lost(now, "it had begun before its record was made")(fresh)
        await self._records.create(fresh)

    async def _refunded(self, fact: Refunded) -> None:
        try:
            await self._records.change(fact.job_id, jobs.closed(fact.reason, self._now()))
        except JobMissingError:
            log.debug("nothing is known of a refunded job", job_id=str(fact.job_id))


async def job_of(ask: AskJob, job: Deducted | jobs.Job, position: int = 0) -> LedgerJob | None:
    """Return what the ledger knows of a job. Raises `NoAnswerError` when it cannot say yet."""
    answer = await ask(GetJob(account=job.account, job_id=job.job_id, min_position=position))
    if isinstance(answer, LedgerJob):
        return answer
    if answer.code in UNKNOWN_HERE:
        return None
    raise NoAnswerError(f"the ledger does not tell of the job: {answer.code}")


async def reconcile(
    records: JobRecords, ask: AskJob, job: jobs.Job, now: Callable[[], datetime]
) -> None:
    """Learn how the ledger ended a job whose end we should have heard of long ago."""
    known = await job_of(ask, job)
    if known is None:
        await records.change(job.job_id, jobs.dropped(now(), "the ledger does not know it"))
    elif known.state is JobState.REFUNDED:
        await records.change(job.job_id, jobs.closed(known.reason or "", now()))
    elif known.state is JobState.SETTLED and job.state not in jobs.ENDS:
        await records.change(job.job_id, jobs.dropped(now(), "the ledger has settled it"))
