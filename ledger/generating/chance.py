"""Chance with a seed, in the units of a story."""

import random
from datetime import timedelta
from uuid import UUID


class Chance:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def span(self, low_s: float, high_s: float) -> timedelta:
        return timedelta(seconds=round(self._random.uniform(low_s, high_s), 6))

    def pause(self, mean_s: float) -> timedelta:
        return timedelta(seconds=round(self._random.expovariate(1 / mean_s), 6))

    def whole(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def early_one(self, count: int) -> int:
        """Return an index below `count`; the first ones come more often than the last."""
        return int(count * self._random.random() ** 2)

    def uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def digest(self) -> str:
        return f"{self._random.getrandbits(256):064x}"
