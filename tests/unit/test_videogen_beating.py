"""The heartbeat of those who make videos."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from contracts.studio import STUDIO_KEY, StudioStatus
from tests.eventually import eventually
from tests.videogen_doubles import MemoryValues
from videogen import beating
from videogen.beating import beat

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def beats_of(values: MemoryValues, monkeypatch, count: int) -> list[datetime]:
    """Return the first beats, of a clock that is a minute later each time it is asked."""
    monkeypatch.setattr(beating, "HEARTBEAT_S", 0)
    asked = 0
    seen: list[datetime] = []

    def now() -> datetime:
        nonlocal asked
        asked += 1
        return NOON + timedelta(minutes=asked)

    async def all_seen() -> bool:
        if STUDIO_KEY in values.stored:
            value, _ = values.stored[STUDIO_KEY]
            beat_at = StudioStatus.model_validate_json(value).beat_at
            if beat_at not in seen:
                seen.append(beat_at)
        return len(seen) >= count

    beating_ = asyncio.ensure_future(beat(values, now))
    try:
        await eventually(all_seen)
    finally:
        beating_.cancel()
        with suppress(asyncio.CancelledError):
            await beating_
    return seen


async def test_each_beat_is_newer_than_the_one_before(monkeypatch):
    seen = await beats_of(MemoryValues(), monkeypatch, 3)
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)


class Interrupted(MemoryValues):
    """Away at first, and then another worker is always a little faster for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = [ConnectionError(), TimeoutError()]
        self.races = 2

    async def get(self, key):
        if self.troubles:
            raise self.troubles.pop()
        found = await super().get(key)
        if self.races:
            self.races -= 1
            self._write(key, found[0])
        return found


async def test_neither_an_outage_nor_another_worker_ends_it(monkeypatch):
    values = Interrupted()
    assert len(await beats_of(values, monkeypatch, 2)) == 2
    assert (values.troubles, values.races) == ([], 0)
