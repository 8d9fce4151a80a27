"""Send callbacks when they are due."""

import asyncio

import httpx
import structlog

from infra.sandbox.kie.callbacks import Delivery, signature
from infra.sandbox.kie.records import market_callback
from infra.sandbox.kie.tasks import Task
from infra.sandbox.kie.veo_records import veo_callback
from infra.sandbox.kie.world import KieWorld

ANSWER_S = 15.0
"""Of real time."""
IDLE_S = 60.0
PAUSE_S = 0.001
"""So that a time that rounds to just before what is due does not spin."""

log = structlog.get_logger()


class CallbackSender:
    def __init__(self, world: KieWorld, client: httpx.AsyncClient) -> None:
        self._world = world
        self._client = client

    async def run(self) -> None:
        """Send until the world is closed; cancelling ends it at once."""
        async with asyncio.TaskGroup() as tasks:
            while not self._world.feed.is_closed:
                for delivery in self._world.callbacks.take_due(self._world.clock.now()):
                    tasks.create_task(self._deliver(delivery))
                await self._until_due()

    async def _until_due(self) -> None:
        due_at = self._world.callbacks.next_due_at()
        wait_s = IDLE_S if due_at is None else self._world.clock.wait_s(due_at) + PAUSE_S
        await self._world.feed.wait_until(
            lambda: self._is_news(due_at), timeout_s=min(wait_s, IDLE_S)
        )

    def _is_news(self, due_at: float | None) -> bool:
        next_at = self._world.callbacks.next_due_at()
        is_due = next_at is not None and next_at <= self._world.clock.now()
        return is_due or next_at != due_at

    async def _deliver(self, delivery: Delivery) -> None:
        task = self._world.tasks.find(delivery.task_id)
        if task is None:
            return
        answer = await self._posted(delivery.url, task)
        self._world.callbacks.answered(delivery, answer, now=self._world.clock.now())
        self._world.feed.announce()

    async def _posted(self, url: str, task: Task) -> str:
        tell = veo_callback if task.order.api == "veo" else market_callback
        body = tell(task, task.ends_at or task.created_at)
        try:
            response = await self._client.post(
                url, json=body, headers=self._headers(task), timeout=ANSWER_S
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("a callback was not answered", url=url, error=repr(error))
            return type(error).__name__
        return str(response.status_code)

    def _headers(self, task: Task) -> dict[str, str]:
        key = self._world.accounts.account(task.account).webhook_hmac_key
        if key is None:
            return {}
        timestamp = str(int(self._world.clock.wall()))
        return {
            "X-Webhook-Timestamp": timestamp,
            "X-Webhook-Signature": signature(task.task_id, timestamp, key),
        }
