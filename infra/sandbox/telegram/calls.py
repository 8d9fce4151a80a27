"""The log of what the bot asked, and the violations: what a correct bot never asks."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.storage import Storage

CALLS_MAX = 2_000
SHOWN_MAX = 4_200
"""Characters of one parameter in the log."""
KIND = "violation"

Verdict = Literal["pending", "held", "ok", "refused", "fault", "gone"]


@dataclass
class CallRecord:
    number: int
    at: float
    method: str
    parameters: dict[str, str]
    files: dict[str, int] = field(default_factory=dict[str, int])
    """Size in bytes by name."""
    verdict: Verdict = "pending"
    code: int | None = None
    description: str | None = None
    fault: str | None = None


@dataclass
class Violation:
    at: float
    method: str
    problem: str
    parameters: dict[str, str]


class CallLog:
    def __init__(self, storage: Storage, now: Callable[[], float]) -> None:
        self._storage = storage
        self._now = now
        self._calls: deque[CallRecord] = deque(maxlen=CALLS_MAX)
        self._count = 0
        kept = sorted(storage.load(KIND), key=lambda row: int(row[0]))
        self._violations = [Violation(**body) for _, body in kept]

    def begin(
        self, method: str, parameters: Mapping[str, str], files: Mapping[str, int]
    ) -> CallRecord:
        self._count += 1
        shown = {name: value[:SHOWN_MAX] for name, value in parameters.items()}
        record = CallRecord(self._count, self._now(), method, shown, dict(files))
        self._calls.append(record)
        return record

    def violation(self, record: CallRecord, problem: str) -> None:
        found = Violation(self._now(), record.method, problem, record.parameters)
        self._violations.append(found)
        self._storage.put(KIND, len(self._violations), asdict(found))
        self._storage.commit()

    def calls(self, *, after: int = 0, method: str | None = None) -> list[Json]:
        wanted = method.lower() if method else None
        return [
            asdict(record)
            for record in self._calls
            if record.number > after and wanted in (None, record.method.lower())
        ]

    def violations(self) -> list[Json]:
        return [asdict(found) for found in self._violations]

    def forget_all(self) -> None:
        self._calls.clear()
        self._violations.clear()
        self._storage.clear(KIND)
