"""A worker that dies at one of its outside calls: before it, or right after it took effect."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from contracts.messages import Done, GetJob, Message, Refusal, Start
from contracts.messages import Job as LedgerJob
from tests.memory_values import MemoryValues
from tests.videogen_doubles import (
    FakeLedger,
    FakeProvider,
    MemoryObjects,
    MemoryStream,
    Studio,
)
from videogen.provider import Brief, Desk, Submission, Task

Result = TypeVar("Result")


class KilledError(BaseException):
    """What a SIGKILL is from inside: nothing is counted, said or cleaned up any more."""


class Side(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass
class Mortal:
    """Ends its worker at the outside call number `dies_at`, and lets it do nothing afterwards."""

    dies_at: int
    side: Side
    calls: list[str] = field(default_factory=list)
    is_dead: bool = False

    async def call(self, name: str, act: Callable[[], Awaitable[Result]]) -> Result:
        self._die_if(self.is_dead)
        self.calls.append(name)
        is_last = len(self.calls) == self.dies_at
        self._die_if(is_last and self.side is Side.BEFORE)
        try:
            return await act()
        finally:
            self._die_if(is_last)

    def _die_if(self, it_is_time: bool) -> None:  # noqa: FBT001 - the sentence reads that way
        if it_is_time:
            self.is_dead = True
            raise KilledError(self.calls[-1])


@dataclass
class MortalValues(MemoryValues):
    """Writes of one worker to a bucket that others have too."""

    mortal: Mortal
    shared: MemoryValues
    name: str

    async def get(self, key: str) -> tuple[bytes, int]:
        return await self.shared.get(key)

    async def create(self, key: str, value: bytes) -> int:
        return await self.mortal.call(self.name, lambda: self.shared.create(key, value))

    async def update(self, key: str, value: bytes, revision: int) -> int:
        return await self.mortal.call(self.name, lambda: self.shared.update(key, value, revision))


@dataclass
class MortalObjects(MemoryObjects):
    mortal: Mortal
    shared: MemoryObjects

    async def get(self, name: str) -> bytes:
        return await self.shared.get(name)

    async def put(self, name: str, data: bytes) -> None:
        await self.mortal.call("video", lambda: self.shared.put(name, data))


@dataclass(kw_only=True)
class MortalStream(MemoryStream):
    mortal: Mortal
    shared: MemoryStream

    async def __call__(self, subject: str, body: Message, *, message_id: str) -> int:
        return await self.mortal.call(
            "publish", lambda: self.shared(subject, body, message_id=message_id)
        )


@dataclass(kw_only=True)
class MortalLedger(FakeLedger):
    mortal: Mortal
    shared: FakeLedger

    async def start(self, start: Start) -> Done | Refusal:
        return await self.mortal.call("start", lambda: self.shared.start(start))

    async def job(self, query: GetJob) -> LedgerJob | Refusal:
        return await self.mortal.call("ask", lambda: self.shared.job(query))


@dataclass(kw_only=True)
class MortalProvider(FakeProvider):
    mortal: Mortal
    shared: FakeProvider

    async def submit(self, brief: Brief, desk: Desk) -> Submission:
        return await self.mortal.call("submit", lambda: self.shared.submit(brief, desk))

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:
        return await self.mortal.call("bring", lambda: self.shared.bring(task, brief, desk))


def mortal_studio(studio: Studio, mortal: Mortal) -> Studio:
    """Return the studio as a worker sees it that will die."""
    return replace(
        studio,
        provider=MortalProvider(
            submits_for_free=studio.provider.submits_for_free,
            goes_on_alone=studio.provider.goes_on_alone,
            mortal=mortal,
            shared=studio.provider,
        ),
        ledger=MortalLedger(mortal=mortal, shared=studio.ledger),
        values=MortalValues(mortal, studio.values, "record"),
        status=MortalValues(mortal, studio.status, "breaker"),
        videos=MortalObjects(mortal, studio.videos),
        stream=MortalStream(mortal=mortal, shared=studio.stream),
    )
