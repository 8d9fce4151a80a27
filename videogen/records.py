"""Jobs at rest: read, change and compare, so that of two workers one wins."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from contracts.bus import KeyExistsError, KeyMissingError, RevisionMovedError
from videogen.job import Job

RACES_MAX = 20


class KeyValues(Protocol):
    """The part of `contracts.bus.Values` that records need."""

    async def get(self, key: str) -> tuple[bytes, int]: ...
    async def create(self, key: str, value: bytes) -> int: ...
    async def update(self, key: str, value: bytes, revision: int) -> int: ...


class JobRecords:
    def __init__(self, values: KeyValues) -> None:
        self._values = values

    async def read(self, job_id: UUID) -> Job:
        job, _ = await self._read(job_id)
        return job

    async def change(self, job_id: UUID, transition: Callable[[Job], Job]) -> tuple[Job, Job]:
        """Apply `transition` to what is there now, and return the job before and after."""
        for _ in range(RACES_MAX):
            before, revision = await self._read(job_id)
            after = transition(before)
            if after == before or await self._write(job_id, after, revision):
                return before, after
        raise RuntimeError(f"job {job_id}: its state changed {RACES_MAX} times in a row")

    async def _read(self, job_id: UUID) -> tuple[Job, int | None]:
        try:
            value, revision = await self._values.get(str(job_id))
        except KeyMissingError:
            return Job(), None
        return Job.model_validate_json(value), revision

    async def _write(self, job_id: UUID, job: Job, revision: int | None) -> bool:
        value = job.model_dump_json().encode()
        try:
            if revision is None:
                await self._values.create(str(job_id), value)
            else:
                await self._values.update(str(job_id), value, revision)
        except (KeyExistsError, RevisionMovedError):
            return False
        return True
