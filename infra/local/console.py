"""The logs of all programs as one, each line with the name of its program before it."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

COLOURS = ("36", "33", "32", "35", "34", "31")
READY = re.compile(
    # structlog's lines for people and for machines; other text that has the words does not count.
    r'^\S+ \[info +\] service ready\b|^\{.*"event": ?"service ready"'
)


class Console:
    def __init__(self, stream: TextIO, names: Sequence[str] = ()) -> None:
        self._stream = stream
        self._width = max(map(len, names), default=0)
        self._colours: dict[str, str] = {}
        if stream.isatty():
            self._colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}

    def write(self, name: str, line: str) -> None:
        head = f"{name:<{self._width}} |"
        if colour := self._colours.get(name):
            head = f"\x1b[{colour}m{head}\x1b[0m"
        # A terminal that was closed must not keep the stack from being stopped in order.
        with suppress(OSError):
            self._stream.write(f"{head} {line}\n")
            self._stream.flush()


def says_ready(line: str) -> bool:
    return READY.match(line) is not None
