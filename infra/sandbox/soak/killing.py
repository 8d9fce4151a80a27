"""Kill services at the planned moments; only a death that somebody else saw counts."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

from infra.local import processes
from infra.local.processes import Birth
from infra.local.running import Stack
from infra.sandbox.soak.evidence import Kill
from infra.sandbox.soak.plan import KillMoment

ALIVE_WAIT_S = 30.0
DEATH_WAIT_S = 5.0
POLL_S = 0.1


class Killer:
    def __init__(self, stack: Stack, tell: Callable[[Kill], None]) -> None:
        self._stack = stack
        self._tell = tell
        self._hands = asyncio.Lock()
        self.kills: list[Kill] = []

    async def kill(self, moment: KillMoment) -> None:
        """Wait for the moment and kill whoever lives then under that name."""
        await asyncio.sleep(moment.after_s)
        # One at a time: else the supervisor's word about a death could be about another one.
        async with self._hands:
            victim = await self._victim(moment.service)
            deaths = self._deaths(moment.service)
            if victim is None or not processes.is_alive(victim):
                return
            os.kill(victim.pid, signal.SIGKILL)
            at = time.time()
            has_died = await _until(
                lambda: not processes.is_alive(victim) and self._deaths(moment.service) > deaths,
                DEATH_WAIT_S,
            )
            if has_died:
                killed = Kill(at=at, cycle=moment.cycle, service=moment.service, pid=victim.pid)
                self.kills.append(killed)
                self._tell(killed)

    async def _victim(self, service: str) -> Birth | None:
        """Return the process of the service; one that is between two lives is waited for."""
        await _until(lambda: self._stack.pid_of(service) is not None, ALIVE_WAIT_S)
        pid = self._stack.pid_of(service)
        return processes.birth_of(pid) if pid else None

    def _deaths(self, service: str) -> int:
        told = f"{service} was ended by SIGKILL"
        return sum(1 for line in self._stack.log_lines() if told in line)


async def _until(probe: Callable[[], bool], wait_s: float) -> bool:
    give_up_at = time.monotonic() + wait_s
    while not probe():
        if time.monotonic() > give_up_at:
            return False
        await asyncio.sleep(POLL_S)
    return True
