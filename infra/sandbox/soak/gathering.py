"""Gather the evidence from outside: SQL as the reader, the emulators' counters, the chats."""

from collections.abc import AsyncIterator, Iterable, Sequence

from contracts.bus import Bus, KeyMissingError, Values
from contracts.topology import JOBS
from infra.sandbox.journey.books import Entry
from infra.sandbox.journey.person import Person
from infra.sandbox.journey.stage import Stage
from infra.sandbox.soak.chats import told_in
from infra.sandbox.soak.evidence import Cycle, Evidence, Kill, Record, Task, Told
from infra.sandbox.soak.provider_faults import SIM
from infra.sandbox.telegram.json_types import Json
from videogen.job import Job


class Gatherer:
    """`bus` belongs to somebody who may read what the workers keep of jobs."""

    def __init__(self, stage: Stage, bus: Bus, people: Sequence[Person]) -> None:
        self._stage = stage
        self._people = people
        self._records = Values.of(bus, JOBS)

    async def gather(
        self, cycles: Sequence[Cycle], kills: Sequence[Kill], troubles: Sequence[str] = ()
    ) -> Evidence:
        # The log comes last: then nothing can be told of that it does not hold yet.
        told = [one for person in self._people for one in await _told(person)]
        tasks = await self._tasks()
        entries = await self._stage.books.events(None)
        records = [record async for record in self._kept(entries)]
        return Evidence(
            cycles=tuple(cycles),
            entries=tuple(entries),
            told=tuple(told),
            tasks=tuple(tasks),
            records=tuple(records),
            kills=tuple(kills),
            troubles=tuple(troubles),
        )

    async def _kept(self, entries: Iterable[Entry]) -> AsyncIterator[Record]:
        for job_id in [one.job_id for one in entries if one.kind == "deducted"]:
            try:
                value, _ = await self._records.get(str(job_id))
            except KeyMissingError:
                continue
            job = Job.model_validate_json(value)
            yield Record(
                job_id=job.job_id,
                state=job.state,
                is_over=job.is_over,
                closed=job.closed,
                task_id=job.task.task_id if job.task else None,
            )

    async def _tasks(self) -> list[Task]:
        listed: list[Json] = (
            (await self._stage.client.get(f"{SIM}/tasks")).raise_for_status().json()
        )
        return [
            Task(
                task_id=one["task_id"],
                digests=tuple(one["digests"]),
                never_ends=one["ends_at"] is None,
            )
            for one in listed
        ]


async def _told(person: Person) -> list[Told]:
    return told_in(person.account, await person.chat())
