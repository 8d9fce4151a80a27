"""The library is synchronous: its interface in front of an asyncio recorder on a loop thread."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)

from ledger.database import Bell
from tests.library.recorder import Recorder

ANSWER_WAIT_S = 60.0
CONNECTIONS_MAX = 10

Result = TypeVar("Result")


class Loop:
    """An event loop in a thread of its own, which any thread may ask."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_WAIT_S)


class AggregateFacade(AggregateRecorder):
    def __init__(self, loop: Loop, recorder: Recorder) -> None:
        self._loop = loop
        self._recorder = recorder

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        self._loop.run(self._recorder.insert_events(stored_events, **kwargs))

    def select_events(self, originator_id, **limits: Any) -> Sequence[StoredEvent]:
        return self._loop.run(self._recorder.select_events(originator_id, **limits))


class ApplicationFacade(AggregateFacade, ApplicationRecorder):
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        return self._loop.run(self._recorder.insert_events(stored_events, **kwargs))

    def select_notifications(self, *args: Any, **kwargs: Any) -> Sequence[Notification]:
        return self._loop.run(self._recorder.select_notifications(*args, **kwargs))

    def max_notification_id(self) -> int | None:
        return self._loop.run(self._recorder.max_notification_id())

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return FacadeSubscription(self, gt, topics)

    def wait_for_notifications(self, after: int, topics: Sequence[str]) -> Sequence[Notification]:
        return self._loop.run(self._recorder.wait_for_notifications(after, topics))


class FacadeSubscription(Subscription[ApplicationFacade]):
    """Asks for what is next whenever the bell rang; needs no thread of its own."""

    _found: Sequence[Notification] = ()

    def __next__(self) -> Notification:
        while not self._found and not self._has_been_stopped:
            after = self._last_notification_id or 0
            self._found = self._recorder.wait_for_notifications(after, self._topics)
        if self._has_been_stopped:
            raise StopIteration
        notification, *self._found = self._found
        self._last_notification_id = notification.id
        return notification


@contextmanager
def open_loop() -> Iterator[Loop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Loop(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def open_facades(url: str) -> Iterator[tuple[AggregateFacade, ApplicationFacade]]:
    """Open both of the library's views on one log, as the role of `url`."""
    with open_loop() as loop:
        opened = loop.run(_Opened.open(url))
        try:
            recorder = Recorder(opened.pool, opened.bell)
            yield AggregateFacade(loop, recorder), ApplicationFacade(loop, recorder)
        finally:
            loop.run(opened.close())


class _Opened:
    def __init__(self, pool: asyncpg.Pool, url: str) -> None:
        self.pool = pool
        self.bell = Bell()
        self._stop = asyncio.Event()
        self._listening = asyncio.ensure_future(self.bell.listen(url, self._stop))

    @classmethod
    async def open(cls, url: str) -> "_Opened":
        return cls(await asyncpg.create_pool(url, min_size=1, max_size=CONNECTIONS_MAX), url)

    async def close(self) -> None:
        self._stop.set()
        await self._listening
        await self.pool.close()
