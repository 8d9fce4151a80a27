"""videogen as the sandbox runs it: the same service, with a provider that can be made to fail.

`python -m infra.sandbox.videogen`. A product text that contains one of `FAILURE_PHRASES` ends in
that failure. While the fault `videogen-hold` is armed, every job stays in mid-render, and
`videogen-held` then holds the process id and the job id.
"""

import asyncio
import os
from pathlib import Path

from contracts.messages import FailureReason, JobStage
from contracts.service import run_service
from infra.sandbox.faults import Faults
from videogen.main import VideogenSettings, provider_of, serve
from videogen.provider import Brief, Desk, Provider, ProviderFailure

FAILURE_PHRASES = {
    "проверка сбоя": FailureReason.PROVIDER_UNAVAILABLE,
    "проверка фото": FailureReason.CONTENT_REJECTED,
}
HOLD = "videogen-hold"
HELD = "videogen-held"
HOLD_POLL_S = 0.05


class FailingProvider:
    """Fails for product texts that ask for it, in mid-render as a real provider would."""

    def __init__(self, inner: Provider) -> None:
        self._inner = inner

    async def make(self, brief: Brief, desk: Desk) -> Path:
        text = brief.product_text.casefold()
        for phrase, reason in FAILURE_PHRASES.items():
            if phrase in text:
                await desk.tell(JobStage.RENDERING)
                raise ProviderFailure(reason, "asked for by the product text")
        return await self._inner.make(brief, desk)


class SlowProvider:
    """Waits in mid-render while the hold is armed."""

    def __init__(self, inner: Provider, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    async def make(self, brief: Brief, desk: Desk) -> Path:
        if self._faults.armed(HOLD) is not None:
            await desk.tell(JobStage.RENDERING)
            self._faults.arm(HELD, f"{os.getpid()} {brief.job_id}")
            try:
                while self._faults.armed(HOLD) is not None:  # noqa: ASYNC110 - it is a file
                    await asyncio.sleep(HOLD_POLL_S)
            finally:
                self._faults.disarm(HELD)
        return await self._inner.make(brief, desk)


async def _serve(stop: asyncio.Event) -> None:
    settings = VideogenSettings()
    provider = SlowProvider(FailingProvider(provider_of(settings)), Faults.from_settings())
    await serve(settings, provider, stop)


if __name__ == "__main__":
    run_service(_serve, name="videogen")
