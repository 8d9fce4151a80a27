"""Which provider makes the videos, as the settings say, and who hears its callbacks."""

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

from videogen.kie.callback_server import OnCallback, hearing_callbacks
from videogen.kie.provider import open_kie_provider
from videogen.kie.settings import KieSettings
from videogen.local import LocalProvider
from videogen.provider import Provider, Task
from videogen.settings import VideogenSettings

NAME_BYTES = 24


class CalledProvider(Provider, Protocol):
    """One that may be told from outside that a task has news."""

    async def find(self, job_id: UUID, task_id: str) -> Task | None:
        """Return the task of that id, if it was made for the job.

        Raises `ProviderCallError` as long as that cannot be known.
        """
        ...

    def wake(self, task_id: str) -> None:
        """Look at once at a task that is being followed."""
        ...


@asynccontextmanager
async def open_provider(settings: VideogenSettings) -> AsyncGenerator[CalledProvider]:
    """What is set for a provider is read only when it is the chosen one."""
    match settings.videogen_provider:
        case "local":
            yield LocalProvider(room=settings.videogen_workers)
        case "kie":
            new_name = partial(secrets.token_urlsafe, NAME_BYTES)
            async with open_kie_provider(_kie_settings(), new_name) as provider:
                yield provider


def callbacks_heard(
    settings: VideogenSettings, on_callback: OnCallback, now: Callable[[], datetime]
) -> AbstractAsyncContextManager[int | None]:
    """Hear callbacks until the block is left, where the provider makes any and a port is set."""
    if settings.videogen_provider != "kie":
        return nullcontext(None)
    return hearing_callbacks(_kie_settings(), on_callback, now)


def _kie_settings() -> KieSettings:
    return KieSettings.model_validate({})
