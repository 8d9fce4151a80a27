"""One worker at a time makes a video, even when a job's message comes twice."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from videogen import job as jobs
from videogen.intake import OrderMissingError
from videogen.provider import ProviderFailure
from videogen.records import JobRecords
from videogen.starting import NotNowError

RENEW_S = jobs.CLAIM.total_seconds() / 3

log = structlog.get_logger()


class JobEndedError(Exception):
    """Somebody else ended the job while we worked on it."""


@asynccontextmanager
async def claimed(
    records: JobRecords, job_id: UUID, by: str, now: Callable[[], datetime]
) -> AsyncGenerator[None]:
    """Hold the job for the length of the block; whoever ends it need not let go of it.

    Raises `NotNowError` while another worker holds it, and `JobEndedError`.
    """
    await _claim(records, job_id, by, now())
    renewing = asyncio.ensure_future(_renew(records, job_id, by, now))
    try:
        yield
    except (ProviderFailure, OrderMissingError, JobEndedError):
        raise
    except BaseException:
        renewing.cancel()  # first, or it might take the job back
        await _release(records, job_id, by)
        raise
    finally:
        renewing.cancel()


async def _claim(records: JobRecords, job_id: UUID, by: str, now: datetime) -> None:
    _, job = await records.change(job_id, partial(jobs.claimed, by=by, now=now))
    if job.end is not None:
        raise JobEndedError
    if job.claimed_by != by:
        raise NotNowError("another worker makes it")


async def _renew(records: JobRecords, job_id: UUID, by: str, now: Callable[[], datetime]) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        try:
            await records.change(job_id, partial(jobs.claimed, by=by, now=now()))
        except Exception as error:  # noqa: BLE001 - the work goes on, and the next one may succeed
            log.warning("claim not renewed", error=repr(error))


async def _release(records: JobRecords, job_id: UUID, by: str) -> None:
    try:
        await records.change(job_id, partial(jobs.released, by=by))
    except Exception as error:  # noqa: BLE001 - the claim ends by itself, and the reason matters more
        log.warning("claim not released", error=repr(error))
