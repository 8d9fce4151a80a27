"""Read an answer: KIE says no with HTTP 200 and a `code`, or with an HTTP status, or with both."""

import json
from dataclasses import dataclass

from pydantic import JsonValue

from videogen.failures import Trouble
from videogen.kie.sorting import trouble_of_code, trouble_of_status

OK = 200
STATUSES_OK = range(200, 300)
GIST_LENGTH_MAX = 300


@dataclass(frozen=True)
class Answer:
    status: int
    code: int | None
    """From the body; None where the body is no envelope of KIE's, as of the edge before it."""
    message: str
    data: JsonValue = None

    @property
    def trouble(self) -> Trouble | None:
        if self.code is not None and self.code != OK:
            return trouble_of_code(self.code, self.message)
        if self.status not in STATUSES_OK:
            # A body that says yes under a status that says no proves neither.
            return Trouble.UNSORTED if self.code == OK else trouble_of_status(self.status)
        return Trouble.UNREADABLE if self.code is None else None

    def __str__(self) -> str:
        return f"HTTP {self.status}, code {self.code}: {self.message}"


def read_answer(status: int, body: str) -> Answer:
    try:
        parsed: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        return Answer(status, None, gist(body))
    code = _code_of(parsed)
    if not isinstance(parsed, dict) or code is None:
        return Answer(status, None, gist(json.dumps(parsed)))
    # Older endpoints call it `message`.
    said = parsed.get("msg") or parsed.get("message") or ""
    return Answer(status, code, gist(str(said)), parsed.get("data"))


def gist(text: str) -> str:
    """One short line for a log."""
    return " ".join(text.split())[:GIST_LENGTH_MAX]


def _code_of(parsed: JsonValue) -> int | None:
    code = parsed.get("code") if isinstance(parsed, dict) else None
    if isinstance(code, str) and code.isdecimal():
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None
