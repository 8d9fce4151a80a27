"""Send notifications when they are due, and let happen what time brings about."""

import asyncio

import httpx
import structlog

from infra.sandbox.yookassa.notifications import Delivery
from infra.sandbox.yookassa.world import YooKassaWorld

IDLE_S = 60.0
PAUSE_S = 0.001
"""So that a time that rounds to just before what is due does not spin."""

log = structlog.get_logger()


class NotificationSender:
    def __init__(self, world: YooKassaWorld, client: httpx.AsyncClient) -> None:
        self._world = world
        self._client = client

    async def run(self) -> None:
        """Send until the world is closed; cancelling ends it at once."""
        async with asyncio.TaskGroup() as tasks:
            while not self._world.feed.is_closed:
                self._world.catch_up()
                for delivery in self._world.notifications.take_due(self._world.clock.now()):
                    tasks.create_task(self._deliver(delivery))
                await self._until_due()

    async def _until_due(self) -> None:
        due_at = self._world.next_change_at()
        wait_s = IDLE_S if due_at is None else self._world.clock.wait_s(due_at) + PAUSE_S
        await self._world.feed.wait_until(
            lambda: self._is_news(due_at), timeout_s=min(wait_s, IDLE_S)
        )

    def _is_news(self, due_at: float | None) -> bool:
        next_at = self._world.next_change_at()
        is_due = next_at is not None and next_at <= self._world.clock.now()
        return is_due or next_at != due_at

    async def _deliver(self, delivery: Delivery) -> None:
        answer = await self._posted(delivery)
        self._world.notifications.answered(delivery, answer, now=self._world.clock.now())
        self._world.keep(delivery)

    async def _posted(self, delivery: Delivery) -> str:
        try:
            response = await self._client.post(
                delivery.url,
                json=delivery.body,
                headers=delivery.headers,
                timeout=self._world.timing.answer_limit_s,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("a notification was not answered", url=delivery.url, error=repr(error))
            return type(error).__name__
        return str(response.status_code)
