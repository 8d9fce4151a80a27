"""One question at a time about each thing: whoever asks meanwhile shares the next answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

KEPT_MAX = 10_000

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class TooManyQuestionsError(Exception):
    """So many are waiting already that another one had better come again later."""


class Turns(Generic[Key, Answer]):
    """`ask` is called for a key at most every `cooldown_s`, and never twice at a time.

    Nobody gets an answer that was asked for before they came: it could be an old one.
    """

    def __init__(
        self,
        ask: Callable[[Key], Awaitable[Answer]],
        tasks: asyncio.TaskGroup,
        *,
        cooldown_s: float,
        waiting_max: int,
    ) -> None:
        self._ask = ask
        self._tasks = tasks
        self._cooldown_s = cooldown_s
        self._waiting_max = waiting_max
        self._waiting: dict[Key, asyncio.Future[Answer]] = {}
        self._asking: set[Key] = set()
        self._asked_at: dict[Key, float] = {}

    async def answer(self, key: Key) -> Answer:
        """Raises what `ask` raises, and `TooManyQuestionsError`."""
        waiting = self._waiting.get(key)
        if waiting is None:
            if len(self._waiting) >= self._waiting_max:
                raise TooManyQuestionsError(str(key))
            waiting = asyncio.get_running_loop().create_future()
            self._waiting[key] = waiting
            if key not in self._asking:
                self._asking.add(key)
                self._tasks.create_task(self._take_turns(key))
        return await asyncio.shield(waiting)

    async def _take_turns(self, key: Key) -> None:
        try:
            while key in self._waiting:
                await self._cool_down(key)
                await self._turn(key, self._waiting.pop(key))
        finally:
            self._asking.discard(key)

    async def _turn(self, key: Key, waiting: asyncio.Future[Answer]) -> None:
        try:
            answer = await self._ask(key)
        except asyncio.CancelledError:
            waiting.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            waiting.set_exception(error)
            # Whoever asked may be gone; then nobody looks at it.
            waiting.exception()
        else:
            waiting.set_result(answer)
        self._remember(key)

    async def _cool_down(self, key: Key) -> None:
        asked_at = self._asked_at.get(key)
        if asked_at is not None:
            rest_s = asked_at + self._cooldown_s - asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, rest_s))

    def _remember(self, key: Key) -> None:
        self._asked_at.pop(key, None)
        self._asked_at[key] = asyncio.get_running_loop().time()
        if len(self._asked_at) > KEPT_MAX:
            del self._asked_at[next(iter(self._asked_at))]
