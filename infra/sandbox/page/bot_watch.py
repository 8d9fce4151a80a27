"""Whether the bot listens: seen by its getUpdates calls."""

import time
from collections.abc import Callable

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.world import TelegramWorld

LOOK_EVERY_S = 1.0
SILENCE_MAX_S = 10.0


class BotWatch:
    def __init__(self, world: TelegramWorld, clock: Callable[[], float] = time.monotonic) -> None:
        self._world = world
        self._clock = clock
        self._looked_at = float("-inf")
        self._last: Json | None = None

    @property
    def is_polling(self) -> bool:
        self._look()
        if self._last is None:
            return False
        # A poll that waits is pending; between two polls a moment may pass.
        return self._last["verdict"] == "pending" or self._age_s(self._last) < SILENCE_MAX_S

    def _look(self) -> None:
        if self._clock() - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = self._clock()
        after = self._last["number"] - 1 if self._last else 0
        found = self._world.log.calls(after=after, method="getUpdates")
        self._last = found[-1] if found else None

    def _age_s(self, call: Json) -> float:
        return self._world.now() - float(call["at"])
