"""Tell how the soak goes; with JSON on stdout, the story goes to stderr."""

import sys
import time
from datetime import UTC, datetime

from infra.sandbox.soak.evidence import Cycle, Kill


class Story:
    def __init__(self, *, quiet: bool) -> None:
        self._stream = sys.stderr if quiet else sys.stdout
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()

    def tell_cycle(self, cycle: Cycle, done: int, of: int) -> None:
        number, end = cycle.number or "no job", cycle.end or "no end"
        line = f"{self._passed_s():6.1f} s  {done}/{of}  cycle {cycle.cycle}: {number}, {end}"
        if cycle.refused:
            line += f", sent away {cycle.refused} times"
        if cycle.trouble:
            line += f"; {cycle.trouble}"
        self.say(line)

    def tell_kill(self, kill: Kill) -> None:
        at = datetime.fromtimestamp(kill.at, UTC)
        self.say(
            f"{at:%H:%M:%S.%f} UTC  SIGKILL {kill.service}, pid {kill.pid}, "
            f"when cycle {kill.cycle} was confirmed"
        )

    def _passed_s(self) -> float:
        return time.monotonic() - self._began
