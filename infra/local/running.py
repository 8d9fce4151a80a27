"""A stack for a program: started beside it as a process of its own, watched, and stopped."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from infra.local import processes
from infra.local.composition import module
from infra.local.environment import for_own_stack
from infra.local.errors import StackError
from infra.local.layout import Layout, layout_at
from infra.local.private import FILE_MODE
from infra.local.recovery import end_leftovers
from infra.local.state import READY, State, live_state, read_state

START_LIMIT_S = 240.0
STOP_LIMIT_S = 8.0
POLL_S = 0.05
LOG_LINES_SHOWN = 15


class Stack:
    """A running stack, seen from outside."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def state(self) -> State:
        """Return what the stack says of itself now. Raises `StackError` if it is gone."""
        state = live_state(self.layout)
        if state is None:
            raise StackError(f"the stack in {self.layout.directory} is gone{self.last_lines()}")
        return state

    def pid_of(self, service: str) -> int | None:
        """Return the pid of a service, None while it is down between two lives."""
        return self.state().services[service].pid

    def log_lines(self) -> list[str]:
        try:
            return self.layout.log_file.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def last_lines(self) -> str:
        lines = self.log_lines()[-LOG_LINES_SHOWN:]
        return "".join(f"\n  {line}" for line in lines)


@asynccontextmanager
async def running_stack(
    directory: Path, env: Mapping[str, str] | None = None, *, keep: bool = False
) -> AsyncGenerator[Stack]:
    """Start a stack in `directory` and stop it at the end, unless it is to be kept.

    It takes no settings but `env`: neither our DATABASE_URL nor a real bot's token reaches it.
    Unless kept it also stops when we die. Raises `StackError` with the last lines of its log.
    """
    layout = layout_at(directory)
    layout.make()
    follow = () if keep else ("--follow-pid", str(os.getpid()))
    command = module("infra.local", "up", "--dir", str(layout.directory), *follow)
    log = os.open(layout.log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    try:
        supervisor = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module; it returns at once
            command,
            env={**for_own_stack(os.environ), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)
    stack = Stack(layout)
    kept = False
    try:
        await _until_ready(stack, supervisor)
        kept = keep
        yield stack
    finally:
        if kept:
            # It is meant to outlive us, of which Popen would complain.
            supervisor.returncode = 0
        else:
            await asyncio.to_thread(_stop, supervisor, layout)


async def _until_ready(stack: Stack, supervisor: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        state = read_state(stack.layout)
        if state and state.supervisor_pid == supervisor.pid and state.state == READY:
            return
        if supervisor.poll() is not None:
            raise StackError(f"the stack did not start:{stack.last_lines()}")
        if time.monotonic() > deadline:
            raise StackError(f"the stack was not ready in {START_LIMIT_S:.0f} s")
        await asyncio.sleep(POLL_S)


def _stop(supervisor: "subprocess.Popen[bytes]", layout: Layout) -> None:
    supervisor.send_signal(signal.SIGTERM)
    try:
        supervisor.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
        end_leftovers(layout)


def stop_stack(layout: Layout) -> bool:
    """Stop the stack of a folder, whoever started it; say whether one was running."""
    state = live_state(layout)
    if state:
        # It alone: what it started it ends itself, and a browser that it opened stays.
        processes.end_alone(state.supervisor, signal.SIGTERM, STOP_LIMIT_S)
    # After a supervisor that was killed, now or earlier, its children are still there.
    left = end_leftovers(layout)
    return state is not None or bool(left)
