"""The log of what was asked of YooKassa and what it answered."""

from collections import deque
from dataclasses import asdict, dataclass

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.faults import Endpoint

CALLS_MAX = 10_000


@dataclass
class CallRecord:
    number: int
    at: float
    endpoint: Endpoint
    key: str = ""
    """The idempotence key."""
    status: int | None = None
    """None: it was not answered."""
    code: str = ""
    parameter: str = ""
    is_replay: bool = False
    fault: str | None = None


class CallLog:
    def __init__(self) -> None:
        self._calls: deque[CallRecord] = deque(maxlen=CALLS_MAX)
        self._count = 0

    def begin(self, endpoint: Endpoint, *, at: float, key: str) -> CallRecord:
        self._count += 1
        record = CallRecord(self._count, at, endpoint, key)
        self._calls.append(record)
        return record

    def listed(self, *, after: int = 0, endpoint: Endpoint | None = None) -> list[Json]:
        return [
            asdict(record)
            for record in self._calls
            if record.number > after and endpoint in (None, record.endpoint)
        ]

    def forget_all(self) -> None:
        self._calls.clear()
