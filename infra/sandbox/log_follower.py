"""Keeps knowing how far the log has come and whether it adds up."""

import asyncio
import time

from infra.sandbox.log_check import Check
from infra.sandbox.log_reader import LogReader, Marks, NoLinkError
from ledger.database import Bell

BEHIND_POLL_S = 0.05
BEHIND_POLLS_MAX = 20
CHECK_PAUSE_S = 0.5
"""A check reads the whole log, so it is not done for every single event of a burst."""


class LogFollower:
    def __init__(self, reader: LogReader, bell: Bell) -> None:
        self.marks: Marks | None = None
        self.check: Check | None = None
        self.is_linked = False
        self._reader = reader
        self._bell = bell
        self._checked_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        polls = 0
        while not stop.is_set():
            await self._look()
            polls = polls + 1 if self._is_behind else 0
            if self.is_linked and self._is_behind and polls < BEHIND_POLLS_MAX:
                await asyncio.sleep(BEHIND_POLL_S)
            else:
                await self._bell.wait()

    @property
    def _is_behind(self) -> bool:
        """The views follow the log a moment later, as the check does, and ring no bell."""
        if self.marks is None or self.check is None:
            return True
        return min(self.marks.views, self.check.events) < self.marks.head

    async def _look(self) -> None:
        try:
            self.marks = await self._reader.marks()
            is_old = self.check is None or self.check.events != self.marks.head
            if is_old and time.monotonic() - self._checked_at >= CHECK_PAUSE_S:
                self.check = await self._reader.check()
                self._checked_at = time.monotonic()
        except NoLinkError:
            self.is_linked = False
        else:
            self.is_linked = True
