"""Runs one stack in the foreground: takes its lock, cleans up, supervises, keeps its state."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from infra.local import processes
from infra.local.composition import Composition
from infra.local.console import Console
from infra.local.layout import Layout
from infra.local.recovery import end_leftovers
from infra.local.state import Places, ServiceState, state_now, write_state
from infra.local.steps import Act
from infra.local.supervisor import Supervisor

FOLLOW_POLL_S = 1.0


async def run_stack(
    layout: Layout,
    compose: Callable[[], Composition],
    *,
    console: Callable[[list[str]], Console],
    on_ready: Callable[[Places], None],
    follow_pid: int | None = None,
) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, or until the process `follow_pid` is gone.

    Raises `StackBusyError` if the stack runs already, `StackError` if it cannot be started.
    """
    stop = _stop_on_signals()
    layout.make()
    with layout.locked():
        ended = end_leftovers(layout)
        made = compose()
        names = [step.program.name for step in made.steps if not isinstance(step, Act)]
        out = console(names)
        if ended:
            out.write("stack", f"left from last time and ended now: {', '.join(ended)}")

        def report(phase: str, services: dict[str, ServiceState]) -> None:
            write_state(layout, state_now(made.places, phase, services))

        supervisor = Supervisor(made.steps, out, report)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(_follow(follow_pid, stop))
            trouble = await supervisor.run(stop, lambda: on_ready(made.places))
            following.cancel()
        # Only now: what a broken stop leaves behind, the next start must be able to find.
        layout.state_file.unlink()
        if trouble is not None:
            raise trouble


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # A stack started with nohup goes on when its terminal is closed.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, stop.set)
    return stop


async def _follow(pid: int | None, stop: asyncio.Event) -> None:
    """Stop the stack when the process it was started for is gone without having said so."""
    if pid is None:
        return
    followed = processes.birth_of(pid)
    while followed and processes.is_alive(followed):
        with suppress(TimeoutError):
            async with asyncio.timeout(FOLLOW_POLL_S):
                await stop.wait()
                return
    stop.set()
