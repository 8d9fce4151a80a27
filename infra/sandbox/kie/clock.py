"""KIE's time: the wall clock, run faster, and put forward on request."""

from collections.abc import Callable


class ScaledClock:
    def __init__(self, wall: Callable[[], float], scale: float = 1.0) -> None:
        if scale <= 0:
            raise ValueError("a clock runs forwards")
        self.wall = wall
        """Real time, for what is measured against somebody else's clock: rates and signatures."""
        self._scale = scale
        self._origin = wall()
        self._skipped_s = 0.0

    def now(self) -> float:
        return self._origin + (self.wall() - self._origin) * self._scale + self._skipped_s

    def advance(self, seconds: float) -> None:
        self._skipped_s += seconds

    def wait_s(self, until: float) -> float:
        """Return how long that takes in real time."""
        return max(0.0, (until - self.now()) / self._scale)
