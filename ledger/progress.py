"""A line of progress on stderr, for a person at a terminal and nobody else."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

WIDTH = 30
REDRAW_S = 0.2
CLEAR_LINE = "\r\x1b[K"


@contextmanager
def open_progress(what: str) -> Generator[Callable[[int, int], None]]:
    """Give a function that is told how many are done of how many; the line goes at the end."""
    if not sys.stderr.isatty():
        yield _stay_silent
        return
    started_at = time.monotonic()
    redraw_at = started_at

    def draw(done: int, total: int) -> None:
        nonlocal redraw_at
        now = time.monotonic()
        if now < redraw_at:
            return
        redraw_at = now + REDRAW_S
        share = done / total if total else 1.0
        bar = ("█" * int(WIDTH * share)).ljust(WIDTH, "·")
        rate = done / max(now - started_at, REDRAW_S)
        sys.stderr.write(f"{CLEAR_LINE}{bar} {share:4.0%}  {done} of {total} {what}, {rate:,.0f}/s")
        sys.stderr.flush()

    try:
        yield draw
    finally:
        sys.stderr.write(CLEAR_LINE)
        sys.stderr.flush()


def _stay_silent(_done: int, _total: int) -> None:
    pass
