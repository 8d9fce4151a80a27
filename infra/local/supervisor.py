"""Starts the steps of a stack in order, keeps what must run running, stops all in reverse."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence

from infra.local.child import Child, spawn
from infra.local.console import Console
from infra.local.errors import StackError
from infra.local.keeper import Keeper
from infra.local.state import READY, STARTING, STOPPING, ServiceState
from infra.local.steps import Act, Kept, Once, Step

STOP_LIMIT_S = 4.0  # of the 5 s promised; the rest is for killing and for our own end
ONCE_STOP_S = 0.5

Report = Callable[[str, dict[str, ServiceState]], None]


class Supervisor:
    """`report` is told the stack's state and every process, whenever one of them changes."""

    def __init__(self, steps: Sequence[Step], console: Console, report: Report) -> None:
        self._steps = steps
        self._console = console
        self._report = report
        self._keepers: list[Keeper] = []
        self._once: Child | None = None
        self._phase = STARTING

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None]) -> StackError | None:
        """Run the stack until `stop`; return why it could not be started, if it could not."""
        self._enter(STARTING)
        async with asyncio.TaskGroup() as tasks:
            try:
                trouble = await self._start(tasks, stop)
                if trouble is None and not stop.is_set():
                    self._enter(READY)
                    on_ready()
                    await stop.wait()
            finally:
                self._enter(STOPPING)
                await self._stop_all()
        return trouble

    async def _start(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> StackError | None:
        """Take the steps one by one; leave off when `stop` comes first."""
        starting = tasks.create_task(self._take_steps(tasks))
        stopped = tasks.create_task(stop.wait())
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if starting.done():
            return starting.result()
        starting.cancel()
        await asyncio.wait({starting})
        return None

    async def _take_steps(self, tasks: asyncio.TaskGroup) -> StackError | None:
        # An error is returned, not raised: the group would cancel what must be stopped in order.
        try:
            for step in self._steps:
                match step:
                    case Act():
                        await step.run()
                    case Once():
                        await self._run_once(step)
                    case Kept():
                        await self._keep(step, tasks)
        except StackError as error:
            return error
        except OSError as error:
            return StackError(str(error))
        return None

    async def _keep(self, step: Kept, tasks: asyncio.TaskGroup) -> None:
        keeper = Keeper(step, self._console, self._changed)
        self._keepers.append(keeper)
        tasks.create_task(keeper.keep())
        await keeper.until_ready()
        self._console.write("stack", f"{keeper.name} is ready")

    async def _run_once(self, step: Once) -> None:
        name = step.program.name
        child = self._once = await spawn(step.program)
        self._changed()
        try:
            async with asyncio.timeout(step.limit_s):
                code = await child.run(lambda line: self._console.write(name, line))
        except TimeoutError as error:
            raise StackError(f"{name} did not end within {step.limit_s:.0f} s") from error
        finally:
            await child.stop(signal.SIGTERM, ONCE_STOP_S)
            self._once = None
            self._changed()
        if code:
            last = child.tail[-1] if child.tail else "none"
            raise StackError(f"{name} failed with exit code {code}; its last word: {last}")

    async def _stop_all(self) -> None:
        deadline = time.monotonic() + STOP_LIMIT_S
        for at in reversed(range(len(self._keepers))):
            reserved_s = sum(keeper.kept.stop_share_s for keeper in self._keepers[:at])
            await self._keepers[at].stop(deadline - reserved_s - time.monotonic())

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._changed()

    def _changed(self) -> None:
        services = {keeper.name: keeper.state for keeper in self._keepers}
        if once := self._once:
            services[once.program.name] = ServiceState(once.birth.pid, 0, once.birth.at)
        self._report(self._phase, services)
