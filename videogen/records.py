"""Jobs at rest: read, change and compare, so that of two workers one wins."""

from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from contracts.bus import KeyExistsError, KeyMissingError, RevisionMovedError
from videogen.job import Job, Transition

RACES_MAX = 20


class KeyValues(Protocol):
    """The part of `contracts.bus.Values` that videogen's records need."""

    async def get(self, key: str) -> tuple[bytes, int]: ...
    async def create(self, key: str, value: bytes) -> int: ...
    async def update(self, key: str, value: bytes, revision: int) -> int: ...
    async def delete(self, key: str) -> None: ...


class JobMissingError(Exception):
    """There is no record of the job, or no longer."""


class JobRecords:
    def __init__(self, values: KeyValues) -> None:
        self._values = values

    async def read(self, job_id: UUID) -> Job | None:
        try:
            value, _ = await self._values.get(str(job_id))
        except KeyMissingError:
            return None
        return Job.model_validate_json(value)

    async def create(self, job: Job) -> bool:
        """Store a record where there is none."""
        return await put(self._values, str(job.job_id), job, None)

    async def change(
        self, job_id: UUID, transition: Transition, known: Job | None = None
    ) -> tuple[Job, Job]:
        """Apply `transition` to what is there now, and return the job before and after.

        `known` takes the place of a record that NATS has lost. Raises `JobMissingError`.
        """
        for _ in range(RACES_MAX):
            try:
                value, revision = await self._values.get(str(job_id))
            except KeyMissingError:
                if known is None:
                    raise JobMissingError(str(job_id)) from None
                before, revision = known, None
            else:
                before = Job.model_validate_json(value)
            after = transition(before)
            is_stored = revision is not None and after == before
            if is_stored or await put(self._values, str(job_id), after, revision):
                return before, after
        raise RuntimeError(f"job {job_id}: its state changed {RACES_MAX} times in a row")


async def put(values: KeyValues, key: str, value: BaseModel, revision: int | None) -> bool:
    """Write over `revision`, or where nothing is. False when somebody was faster."""
    data = value.model_dump_json().encode()
    try:
        if revision is None:
            await values.create(key, data)
        else:
            await values.update(key, data, revision)
    except (KeyExistsError, RevisionMovedError):
        return False
    return True
