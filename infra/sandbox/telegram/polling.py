"""getUpdates, the webhook that excludes it, and how two pollers get in each other's way."""

import asyncio
from dataclasses import dataclass, field

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import Conflict
from infra.sandbox.telegram.settings import Timing
from infra.sandbox.telegram.updates import UpdateQueue

LIMIT_MAX = 100
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_SET = "terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


@dataclass
class _Parked:
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    conflict: str | None = None


class Polling:
    def __init__(self, queue: UpdateQueue, timing: Timing) -> None:
        self.webhook: Json | None = None
        self.is_closing = False
        self._queue = queue
        self._timing = timing
        self._parked: _Parked | None = None
        self._last_offset: int | None = None
        self._last_poll_at = float("-inf")
        self._next_conflict_at = float("-inf")
        queue.on_arrival = self._wake_parked

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[Json]:
        if self.webhook is not None:
            await self._refuse(WEBHOOK_ACTIVE)
        limit = min(max(limit, 1), LIMIT_MAX)
        timeout_s = min(max(timeout_s, 0), self._timing.poll_timeout_max_s)
        limit, timeout_s = self._slowed(offset, limit, timeout_s)
        updates = self._queue.take(offset, limit)
        if updates or timeout_s == 0 or self.is_closing:
            return updates
        self._end_parked(OTHER_POLLER)
        await self._park(_Parked(), timeout_s)
        return self._queue.take(max(offset, 0), limit)

    def set_webhook(self, webhook: Json | None) -> None:
        self.webhook = webhook
        if webhook is not None:
            self._end_parked(WEBHOOK_SET)

    def forget_all(self) -> None:
        """Be as if nobody had ever polled or set a webhook."""
        self.webhook = None
        self._wake_parked()
        self._parked = None
        self._last_offset = None

    def close(self) -> None:
        """Answer the parked poll and park no other."""
        self.is_closing = True
        self._wake_parked()

    async def _park(self, parked: _Parked, timeout_s: float) -> None:
        self._parked = parked
        try:
            async with asyncio.timeout(timeout_s):
                await parked.woken.wait()
        except TimeoutError:
            return
        finally:
            if self._parked is parked:
                self._parked = None
        if parked.conflict is not None:
            await self._refuse(parked.conflict)

    def _wake_parked(self) -> None:
        if self._parked is not None:
            self._parked.woken.set()

    def _end_parked(self, reason: str) -> None:
        if self._parked is not None:
            self._parked.conflict = reason
            self._parked.woken.set()

    def _slowed(self, offset: int, limit: int, timeout_s: float) -> tuple[int, float]:
        """A poller that asks the same again at once has to wait and gets little."""
        now = asyncio.get_running_loop().time()
        since_s, is_same = now - self._last_poll_at, offset == self._last_offset
        self._last_offset, self._last_poll_at = offset, now
        if is_same and since_s < self._timing.repeated_poll_s:
            timeout_s = max(timeout_s, self._timing.repeated_poll_s)
        if is_same and since_s < self._timing.hasty_poll_s:
            limit = 1
        return limit, timeout_s

    async def _refuse(self, reason: str) -> None:
        """The first conflict is answered at once, those that follow closely are delayed."""
        now = asyncio.get_running_loop().time()
        if now >= self._next_conflict_at:
            self._next_conflict_at = now + self._timing.conflict_delay_s
        else:
            await asyncio.sleep(self._timing.conflict_delay_s)
        raise Conflict(reason)
