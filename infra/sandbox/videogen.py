"""videogen as the sandbox runs it: the same service, with a provider that can be made to fail.

`python -m infra.sandbox.videogen`. A product text that contains one of `FAILURE_PHRASES` ends in
that failure. While the fault `videogen-hold` is armed, every job stays in mid-render, and
`videogen-held` then holds the process id and the job id.
"""

import asyncio
import os
from pathlib import Path
from uuid import UUID

from contracts.service import run_service
from infra.sandbox.faults import Faults
from videogen.failures import Trouble
from videogen.main import serve
from videogen.provider import Brief, Desk, ProviderFailure, Submission, Task
from videogen.providers import CalledProvider, open_provider
from videogen.settings import VideogenSettings

FAILURE_PHRASES = {
    "проверка сбоя": Trouble.GENERATION_FAILED,
    "проверка фото": Trouble.CONTENT_REFUSED,
}
HOLD = "videogen-hold"
HELD = "videogen-held"
HOLD_POLL_S = 0.05


class _Around:
    """A provider that is another one in everything but how a task is brought."""

    def __init__(self, inner: CalledProvider) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def submits_for_free(self) -> bool:
        return self._inner.submits_for_free

    @property
    def goes_on_alone(self) -> bool:
        return self._inner.goes_on_alone

    @property
    def room(self) -> int:
        return self._inner.room

    @property
    def usual_s(self) -> float:
        return self._inner.usual_s

    async def submit(self, brief: Brief, desk: Desk) -> Submission:
        return await self._inner.submit(brief, desk)

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:
        return await self._inner.bring(task, brief, desk)

    async def find(self, job_id: UUID, task_id: str) -> Task | None:
        return await self._inner.find(job_id, task_id)

    def wake(self, task_id: str) -> None:
        self._inner.wake(task_id)


class FailingProvider(_Around):
    """Fails for product texts that ask for it, in mid-render as a real provider would."""

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:
        text = brief.product_text.casefold()
        for phrase, trouble in FAILURE_PHRASES.items():
            if phrase in text:
                await desk.rendering()
                raise ProviderFailure(trouble, "asked for by the product text")
        return await super().bring(task, brief, desk)


class SlowProvider(_Around):
    """Waits in mid-render while the hold is armed."""

    def __init__(self, inner: CalledProvider, faults: Faults) -> None:
        super().__init__(inner)
        self._faults = faults

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:
        if self._faults.armed(HOLD) is not None:
            await desk.rendering()
            self._faults.arm(HELD, f"{os.getpid()} {brief.job_id}")
            try:
                while self._faults.armed(HOLD) is not None:  # noqa: ASYNC110 - it is a file
                    await asyncio.sleep(HOLD_POLL_S)
            finally:
                self._faults.disarm(HELD)
        return await super().bring(task, brief, desk)


async def _serve(stop: asyncio.Event) -> None:
    settings = VideogenSettings()
    async with open_provider(settings) as provider:
        around = SlowProvider(FailingProvider(provider), Faults.from_settings())
        await serve(settings, around, stop)


if __name__ == "__main__":
    run_service(_serve, name="videogen")
