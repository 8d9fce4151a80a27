"""Progress is for a person at a terminal; a file or a pipe gets none of it."""

import io
import sys

from ledger.progress import open_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_how_far_it_is_and_is_left_clean(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with open_progress("events checked") as progress:
        progress(500, 1_000)
        assert " 50%  500 of 1000 events checked" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_pipe_sees_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())
    with open_progress("events checked") as progress:
        progress(500, 1_000)
    assert pipe.getvalue() == ""
