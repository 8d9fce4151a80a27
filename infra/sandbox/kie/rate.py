"""A token bucket."""

from collections.abc import Callable


class TokenBucket:
    def __init__(self, size: int, period_s: float, now: Callable[[], float]) -> None:
        self._size = size
        self._per_second = size / period_s
        self._now = now
        self._tokens = float(size)
        self._filled_at = now()

    def take(self) -> bool:
        now = self._now()
        gained = (now - self._filled_at) * self._per_second
        self._tokens, self._filled_at = min(self._size, self._tokens + gained), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
