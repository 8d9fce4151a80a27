"""One running program: its process, its log, and its end together with all that it started."""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from infra.local import processes
from infra.local.errors import StackError
from infra.local.processes import Birth
from infra.local.steps import Program

LINE_BYTES_MAX = 64 * 1024
TAIL_LINES = 20
REST_OF_LOG_WAIT_S = 1.0

OnLine = Callable[[str], None]


class Child:
    def __init__(self, program: Program, process: asyncio.subprocess.Process, log: int) -> None:
        self.program = program
        # It may have ended already; then nothing but its number is left of it.
        self.birth = processes.birth_of(process.pid) or Birth(process.pid, time.time())
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._process = process
        self._log = log

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    async def run(self, on_line: OnLine) -> int:
        """Read the log until the program ends, end what it left behind, return its exit code."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read(on_line))
            code = await self._process.wait()
            processes.kill(processes.family(self.birth))
            # Something that hides in another session may still hold the pipe open.
            await asyncio.wait({reading}, timeout=REST_OF_LOG_WAIT_S)
            reading.cancel()
        return code

    async def stop(self, number: signal.Signals, within_s: float) -> None:
        """Ask it to end; kill it, and whatever it started, if it does not within the limit."""
        started = processes.family(self.birth)
        self._signal(number)
        # A frozen process obeys nothing but SIGKILL until it is thawed.
        self._signal(signal.SIGCONT)
        processes.thaw(started)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(within_s, 0)):
                await self._process.wait()
        self._signal(signal.SIGKILL)
        processes.kill([*started, *processes.family(self.birth)])
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        # Not through asyncio: it would first look whether the child has ended, and by that take
        # the exit code away from the watcher that waits for it.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    async def _read(self, on_line: OnLine) -> None:
        stream = asyncio.StreamReader(limit=LINE_BYTES_MAX)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(self._log, "rb", 0)
        )
        try:
            while line := await _next_line(stream):
                text = line.decode(errors="replace").rstrip()
                self.tail.append(text)
                on_line(text)
        finally:
            transport.close()


async def spawn(program: Program) -> Child:
    """Start a program in a session of its own, so that Ctrl-C reaches only the supervisor."""
    # A pipe of our own: asyncio's would let a leftover grandchild hold up `wait`.
    reader, writer = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env=dict(program.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            user=program.user,
            start_new_session=True,
        )
    except OSError as error:
        os.close(reader)
        raise StackError(f"{program.name} cannot be started: {error}") from error
    finally:
        os.close(writer)
    return Child(program, process, reader)


async def _next_line(stream: asyncio.StreamReader) -> bytes:
    """Return the next line, a part of one that is too long, or nothing at the end."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError:
        return await stream.read(LINE_BYTES_MAX)
