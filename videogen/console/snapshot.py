"""All that NATS knows of videogen, read once; every question is answered from it."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from contracts.bus import (
    UNREACHABLE,
    Bus,
    BusSettings,
    PermissionViolationError,
    Values,
    open_bus,
)
from contracts.studio import STUDIO_KEY, StudioStatus
from contracts.topology import JOBS, STATUS, Service
from videogen.job import Job
from videogen.status import BreakerStatus, WorkerStatus, provider_of_breaker, worker_of

CONNECT_WAIT_S = 3.0

Read = TypeVar("Read", bound=BaseModel)


class NatsAwayError(Exception):
    """NATS does not answer, or does not let us in."""


@dataclass(frozen=True)
class Snapshot:
    now: datetime
    jobs: tuple[Job, ...] = ()
    """The newest first."""
    workers: dict[str, WorkerStatus] = field(default_factory=dict[str, WorkerStatus])
    breakers: dict[str, BreakerStatus] = field(default_factory=dict[str, BreakerStatus])
    studio: StudioStatus | None = None
    unreadable: tuple[str, ...] = ()
    """Keys whose values this version does not understand."""

    def is_alive(self, worker: str) -> bool:
        return worker in self.workers and self.workers[worker].is_alive(self.now)

    @property
    def alive(self) -> Iterator[WorkerStatus]:
        return (each for name, each in self.workers.items() if self.is_alive(name))


@asynccontextmanager
async def nats_of_settings() -> AsyncGenerator[Bus]:
    """Connect as the service itself, whose records these are. Raises `NatsAwayError`."""
    try:
        settings = BusSettings()
        async with open_bus(settings, Service.VIDEOGEN, connect_wait_s=CONNECT_WAIT_S) as bus:
            try:
                yield bus
            except TimeoutError as error:
                # What is forbidden is not answered; the server says it beside.
                raise bus.trouble or error from error
    except (*UNREACHABLE, PermissionViolationError) as error:
        raise NatsAwayError(f"NATS: {str(error) or repr(error)}") from error


async def snapshot_of_settings() -> Snapshot:
    async with nats_of_settings() as bus:
        return await read_snapshot(bus)


async def read_snapshot(bus: Bus) -> Snapshot:
    jobs = await Values.of(bus, JOBS).all()
    status = await Values.of(bus, STATUS).all()
    # The time is taken last, so that nothing in it is from the future.
    return snapshot_of(jobs, status, datetime.now(UTC))  # noqa: TID251 - the console is an edge


def snapshot_of(jobs: Mapping[str, bytes], status: Mapping[str, bytes], now: datetime) -> Snapshot:
    reading = _Reading()
    read = [job for key, value in jobs.items() if (job := reading.read(Job, key, value))]
    workers: dict[str, WorkerStatus] = {}
    breakers: dict[str, BreakerStatus] = {}
    studio = None
    for key, value in status.items():
        if (worker := worker_of(key)) is not None:
            if said := reading.read(WorkerStatus, key, value):
                workers[worker] = said
        elif (provider := provider_of_breaker(key)) is not None:
            if breaker := reading.read(BreakerStatus, key, value):
                breakers[provider] = breaker
        elif key == STUDIO_KEY:
            studio = reading.read(StudioStatus, key, value)
    newest_first = sorted(read, key=lambda job: (job.ordered_at, str(job.job_id)), reverse=True)
    return Snapshot(
        now=now,
        jobs=tuple(newest_first),
        workers=dict(sorted(workers.items())),
        breakers=dict(sorted(breakers.items())),
        studio=studio,
        unreadable=tuple(reading.unreadable),
    )


class _Reading:
    """Goes on past a value of another version, and remembers where it was."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []

    def read(self, kind: type[Read], key: str, value: bytes) -> Read | None:
        try:
            return kind.model_validate_json(value)
        except ValidationError:
            self.unreadable.append(key)
            return None
