"""What a supervisor can be told to do, one step after the other."""

import re
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """All of it: nothing is inherited."""
    user: int | None = None
    hides: re.Pattern[str] | None = None
    """Lines of its log that tell nobody anything."""


@dataclass(frozen=True)
class Once:
    """A program that must end well before the next step."""

    program: Program
    limit_s: float = 120.0


@dataclass(frozen=True)
class Kept:
    """A program that is kept running: started again whenever it ends."""

    program: Program
    is_ready: Callable[[], Awaitable[bool]] | None = None
    """None: it says so itself, by logging "service ready"."""
    ready_within_s: float = 90.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_share_s: float = 0.65
    """Its part of the time in which the whole stack stops; what others leave over is added."""


@dataclass(frozen=True)
class Act:
    """Something that the launcher does itself."""

    name: str
    run: Callable[[], Awaitable[None]]


Step = Once | Kept | Act
