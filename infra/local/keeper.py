"""Keeps one program running: starts it, reads its log, and starts it again when it ends."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from infra.local.child import Child, spawn
from infra.local.console import Console, says_ready
from infra.local.errors import StackError
from infra.local.state import ServiceState
from infra.local.steps import Kept

POLL_S = 0.03
RESTART_DELAYS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_AFTER_S = 30.0
DEATHS_BEFORE_READY_MAX = 4
# Starting it again will not help: EX_CONFIG and EX_DATAERR of sysexits.h.
HOPELESS = {78: "refuses its settings", 65: "needs a decision"}


class Keeper:
    def __init__(self, kept: Kept, console: Console, changed: Callable[[], None]) -> None:
        self.kept = kept
        self.name = kept.program.name
        self._console = console
        self._changed = changed
        self._stopping = asyncio.Event()
        self._child: Child | None = None
        self._ended: Child | None = None
        self._announced = False
        self._restarts = 0

    @property
    def state(self) -> ServiceState:
        known = self._child or self._ended
        return ServiceState(
            pid=self._child.birth.pid if self._child else None,
            restarts=self._restarts,
            started_at=known.birth.at if known else 0.0,
        )

    async def keep(self) -> None:
        """Run the program again and again until `stop`."""
        deaths_in_a_row = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            outcome = await self._run_once()
            if self._stopping.is_set():
                return
            steady = time.monotonic() - started > STEADY_AFTER_S
            deaths_in_a_row = 1 if steady else deaths_in_a_row + 1
            delay_s = RESTART_DELAYS_S[min(deaths_in_a_row, len(RESTART_DELAYS_S)) - 1]
            self._restarts += 1
            self._console.write("stack", f"{self.name} {outcome}; again in {delay_s} s")
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._stopping.wait()

    async def until_ready(self) -> None:
        """Wait for readiness. Raises `StackError` when it does not come."""
        try:
            async with asyncio.timeout(self.kept.ready_within_s):
                while not await self._is_ready():
                    self._check_hope()
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            limit_s = self.kept.ready_within_s
            raise self._trouble(f"was not ready within {limit_s:g} s") from error

    async def stop(self, within_s: float) -> None:
        self._stopping.set()
        if self._child:
            await self._child.stop(self.kept.stop_signal, within_s)

    async def _run_once(self) -> str:
        self._announced = False
        try:
            child = await spawn(self.kept.program)
        except StackError as error:
            return str(error)
        if self._stopping.is_set():  # It was asked while the child was being born.
            await child.stop(signal.SIGKILL, 0)
            return "was stopped"
        self._child = child
        self._changed()
        try:
            code = await child.run(self._on_line)
        finally:
            self._child, self._ended = None, child
            if child.exit_code is None:  # We are cancelled, and nobody else knows the child.
                await child.stop(signal.SIGKILL, 0)
        self._changed()
        return _told(code)

    def _on_line(self, line: str) -> None:
        if says_ready(line):
            self._announced = True
        hides = self.kept.program.hides
        if not (hides and hides.search(line)):
            self._console.write(self.name, line)

    async def _is_ready(self) -> bool:
        if self._child is None:
            return False
        return await self.kept.is_ready() if self.kept.is_ready else self._announced

    def _check_hope(self) -> None:
        if self._ended and (what := HOPELESS.get(self._ended.exit_code or 0)):
            raise self._trouble(what)
        if self._restarts >= DEATHS_BEFORE_READY_MAX:
            raise self._trouble(f"ended {self._restarts} times before it was ready")

    def _trouble(self, what: str) -> StackError:
        known = self._child or self._ended
        last = next((line for line in reversed(known.tail) if line.strip()), "") if known else ""
        return StackError(f"{self.name} {what}; its last word: {last or 'none'}")


def _told(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
