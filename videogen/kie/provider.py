"""KIE.AI as a provider of the service: asked once for each job, then followed by its poller."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from videogen.beside import tasks_beside
from videogen.failures import ProviderCallError, Whose
from videogen.fitting import fit
from videogen.kie.catalogue import read_catalogue
from videogen.kie.client import NAME, KieClient
from videogen.kie.opening import open_kie
from videogen.kie.ordering import Ordering, RejectedError, offer_of
from videogen.kie.outcomes import Failed, Finished
from videogen.kie.polling import Poller
from videogen.kie.routes import Route
from videogen.kie.settings import POLL_S, KieSettings
from videogen.kie.tokens import Tokens, tokens_of
from videogen.provider import Brief, Desk, ProviderFailure, Submission, Task

USUAL_S = 120.0


@asynccontextmanager
async def open_kie_provider(
    settings: KieSettings, new_name: Callable[[], str]
) -> AsyncGenerator["KieProvider"]:
    """Look at tasks until the block is left. Raises `CatalogueError`."""
    offer = offer_of(read_catalogue(settings.kie_catalogue), settings.kie_offer)
    async with open_kie(settings) as client, tasks_beside() as start:
        poller = Poller(client.look, poll_s=settings.kie_poll_s)
        start(poller.run())
        yield KieProvider(
            client=client,
            ordering=Ordering(client, offer, new_name),
            poller=poller,
            tokens=tokens_of(settings),
            room=settings.kie_tasks_max,
            haste=settings.kie_poll_s / POLL_S,
            usual_s=USUAL_S * settings.kie_poll_s / POLL_S,
        )


@dataclass(frozen=True)
class KieProvider:
    client: KieClient
    ordering: Ordering
    poller: Poller
    tokens: Tokens
    room: int
    haste: float = 1.0
    """What waits between two calls are multiplied by."""
    name: str = NAME
    submits_for_free: bool = False
    goes_on_alone: bool = True
    usual_s: float = USUAL_S

    async def submit(self, brief: Brief, desk: Desk) -> Submission:  # noqa: ARG002 - of the port
        try:
            wish = await self.ordering.wish_of(brief)
        except RejectedError as error:
            return error.rejected
        token = self.tokens.token_of(brief.job_id)
        adapter = self.ordering.offer.adapter
        return await self.client.submit(adapter, wish, callback_token=token)

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:
        await desk.rendering()
        end = await self.poller.ended(task)
        if isinstance(end, Failed):
            raise ProviderFailure(end.failure.trouble, end.detail)
        await desk.fetching(end.cost_credits)
        fetched, film = desk.folder / "fetched.mp4", desk.folder / "film.mp4"
        await self._fetch(task, end, fetched)
        await fit(fetched, brief.format, film)
        return film

    async def find(self, job_id: UUID, task_id: str) -> Task | None:
        """Return the task that a callback for the job named, if it was made for this job.

        Raises `ProviderCallError` as long as that cannot be known.
        """
        token, trouble = self.tokens.token_of(job_id), None
        ours = self.ordering.offer.adapter.route
        # The offer may have been another one when the job was submitted.
        for route in sorted(Route, key=lambda each: each is not ours):
            try:
                task = await self.client.find(task_id, route, callback_token=token)
            except ProviderCallError as error:
                trouble = error
                continue
            if task is not None:
                return task
        if trouble is not None:
            raise trouble
        return None

    def wake(self, task_id: str) -> None:
        """Look at a followed task at once."""
        self.poller.wake(task_id)

    async def _fetch(self, task: Task, finished: Finished, file: Path) -> None:
        """Raises `ProviderCallError` for what may pass, since the video is there and paid for."""
        retries = 0
        while True:
            try:
                return await self.client.fetch(task, finished, file)
            except ProviderCallError as error:
                delays_s = error.failure.retry_delays_s
                if retries >= len(delays_s):
                    if error.failure.whose is Whose.PASSING:
                        raise
                    raise ProviderFailure(error.failure.trouble, error.detail) from error
                await asyncio.sleep(delays_s[retries] * self.haste)
                retries += 1
