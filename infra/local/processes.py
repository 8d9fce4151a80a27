"""Processes that may outlive their parent: found by pid and birth, ended with their group."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# The system's notion of when it booted may move by a second while the clock is being set.
BIRTH_TOLERANCE_S = 2.0
KILLED_WAIT_S = 2.0
POLL_S = 0.02


@dataclass(frozen=True)
class Birth:
    """A process that is not confused with a later one of the same number."""

    pid: int
    at: float
    """Seconds since the epoch."""


def birth_of(pid: int) -> Birth | None:
    process = _process(pid)
    try:
        return Birth(pid, process.create_time()) if process else None
    except psutil.NoSuchProcess:
        return None


def is_alive(birth: Birth) -> bool:
    return _found(birth) is not None


def family(birth: Birth) -> list[psutil.Process]:
    """Return the process's descendants and whatever else is in its group, itself excluded."""
    leader = _process(birth.pid)
    if leader and not _is_same(leader, birth):
        return []  # The number was given to a stranger, so the group is his too.
    members = {process.pid: process for process in _group(birth.pid)}
    if leader:
        with suppress(psutil.NoSuchProcess):
            members |= {child.pid: child for child in leader.children(recursive=True)}
    members.pop(birth.pid, None)
    return list(members.values())


def end(birth: Birth, number: signal.Signals, within_s: float) -> None:
    """Ask a process to end, kill it if it does not, and kill what it started."""
    started = family(birth)
    thaw(started)
    end_alone(birth, number, within_s)
    kill(started)


def end_alone(birth: Birth, number: signal.Signals, within_s: float) -> None:
    process = _found(birth)
    if process is None:
        return
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
    thaw([process])
    if not _is_gone(birth, within_s):
        kill([process])
        _is_gone(birth, KILLED_WAIT_S)


def _is_gone(birth: Birth, within_s: float) -> bool:
    """Wait for the end of a process that need not be our child."""
    deadline = time.monotonic() + within_s
    while is_alive(birth):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def thaw(processes: Iterable[psutil.Process]) -> None:
    """Let frozen processes run on, or they could not obey a signal."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)


def kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        # psutil compares births again, so a reused number is not hit.
        with suppress(psutil.NoSuchProcess):
            process.kill()


def is_stranger(pid: int, data: Path) -> bool:
    """Say whether a living process is something else than the server on this data directory."""
    process = _process(pid)
    if process is None:
        return False
    try:
        return "postgres" not in process.name() or str(data) not in process.cmdline()
    except psutil.Error:
        return True


def _process(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return process
    except psutil.NoSuchProcess:
        pass
    return None


def _found(birth: Birth) -> psutil.Process | None:
    process = _process(birth.pid)
    return process if process and _is_same(process, birth) else None


def _is_same(process: psutil.Process, birth: Birth) -> bool:
    try:
        return abs(process.create_time() - birth.at) < BIRTH_TOLERANCE_S
    except psutil.NoSuchProcess:
        return False


def _group(group: int) -> list[psutil.Process]:
    members: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == group:
                members.append(process)
    return members
