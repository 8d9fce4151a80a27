"""Captions that a person writes in place of ours: one to a line, taken word for word."""

from bot.scripts.script import CAPTION_LENGTH_MAX, SCENES_MAX
from bot.scripts.words import cleaned, says_something


class RejectedCaptions(Exception):
    """They cannot be used; `code` is `none`, `too_many`, `too_long` or `no_words`."""

    def __init__(self, code: str, *, line: int = 0, found: int = 0, limit: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        """Which line is wrong, counted from one."""
        self.found = found
        self.limit = limit


def read_captions(text: str) -> tuple[str, ...]:
    """Return the lines that say something to read. Raises `RejectedCaptions`."""
    lines = tuple(cleaned(text).split("\n"))
    if lines == ("",):
        raise RejectedCaptions("none")
    if len(lines) > SCENES_MAX:
        raise RejectedCaptions("too_many", found=len(lines), limit=SCENES_MAX)
    for number, line in enumerate(lines, start=1):
        if len(line) > CAPTION_LENGTH_MAX:
            raise RejectedCaptions(
                "too_long", line=number, found=len(line), limit=CAPTION_LENGTH_MAX
            )
        if not says_something(line):
            raise RejectedCaptions("no_words", line=number)
    return lines
