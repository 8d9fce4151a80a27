"""What is still to come, by time; what comes at the same time comes in the order it was put in."""

import heapq
from collections.abc import Callable
from datetime import datetime

Deed = Callable[[], None]


class Agenda:
    def __init__(self) -> None:
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._count = 0

    def put(self, at: datetime, deed: Deed) -> None:
        self._count += 1
        heapq.heappush(self._deeds, (at, self._count, deed))

    def take(self) -> tuple[datetime, Deed]:
        at, _, deed = heapq.heappop(self._deeds)
        return at, deed
