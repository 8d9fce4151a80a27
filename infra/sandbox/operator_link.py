"""The operator's connection to NATS: kept, watched, and used to grant credits."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from contracts.bus import (
    Bus,
    BusSettings,
    NoAnswerError,
    PermissionViolationError,
    ask,
    open_bus,
)
from contracts.messages import Done, GetTerms, JobProgress, JobStage, Refusal, Terms, TopUp
from contracts.topology import TERMS, TOP_UP, Service, videogen_event

RECONNECT_PAUSE_S = 1.0
TERMS_EVERY_S = 2.0
TERMS_WAIT_S = 1.5
GRANT_LIMIT_S = 10.0
"""A grant happens within this time or never."""
GRANT_ANSWER_S = 16.0
GRANT_REASON = "sandbox"
STAGES_MAX = 500
PROGRESS = videogen_event("job_progress", ">")

log = structlog.get_logger()


class OperatorLink:
    """Everything here may fail for a while; nothing here ends the process."""

    def __init__(self, settings: BusSettings, now: Callable[[], datetime]) -> None:
        self.terms: Terms | None = None
        """What the ledger answered last; None while it does not answer."""
        self.stages: dict[UUID, JobStage] = {}
        self._settings = settings
        self._now = now
        self._bus: Bus | None = None

    @property
    def is_linked(self) -> bool:
        return self._bus is not None and self._bus.client.is_connected

    async def run(self) -> None:
        """Run until cancelled, which also ends a wait for a NATS that never comes."""
        while True:
            try:
                async with open_bus(self._settings, Service.OPERATOR) as bus:
                    await self._work(bus)
            except (OSError, TimeoutError, PermissionViolationError) as error:
                log.warning("NATS is not used for a moment", error=repr(error))
                await asyncio.sleep(RECONNECT_PAUSE_S)

    async def grant(self, account: str, credits_: int, grant_id: str) -> Done | Refusal | None:
        """Grant credits; None when the ledger stays silent: it may have happened or not.

        The same `grant_id` is asked again and again, so it happens once at most; an answer after
        the limit tells for certain whether it did.
        """
        begun = self._now()
        command = TopUp(
            account=account,
            correlation_id=grant_id,
            not_after=begun + timedelta(seconds=GRANT_LIMIT_S),
            grant_id=grant_id,
            credits=credits_,
            reason=GRANT_REASON,
        )
        while self._now() < begun + timedelta(seconds=GRANT_ANSWER_S):
            try:
                if self._bus is not None:
                    return await ask(self._bus, TOP_UP, command, Done)
            except NoAnswerError as error:
                log.info("the ledger did not answer a grant", error=str(error))
            await asyncio.sleep(RECONNECT_PAUSE_S)
        return None

    async def _work(self, bus: Bus) -> None:
        # nats-py leaves the type of an argument open that is not used here.
        await bus.client.subscribe(  # pyright: ignore[reportUnknownMemberType] - nats-py does not annotate its keyword arguments
            PROGRESS, cb=self._on_progress
        )
        self._bus = bus
        watching = asyncio.ensure_future(bus.watch(asyncio.Event()))
        try:
            while not watching.done():
                await self._ask_terms(bus)
                await asyncio.wait({watching}, timeout=TERMS_EVERY_S)
            watching.result()
        finally:
            watching.cancel()
            self._bus = self.terms = None

    async def _ask_terms(self, bus: Bus) -> None:
        try:
            answer = await ask(bus, TERMS, GetTerms(), Terms, wait_s=TERMS_WAIT_S)
        except NoAnswerError:
            self.terms = None
        else:
            self.terms = answer if isinstance(answer, Terms) else None

    async def _on_progress(self, message: Any) -> None:  # noqa: ANN401 - only contracts.bus knows NATS's type
        try:
            progress = JobProgress.model_validate_json(message.data)
        except ValidationError:
            log.warning("unreadable progress", subject=message.subject)
            return
        self.stages.pop(progress.job_id, None)
        self.stages[progress.job_id] = progress.stage
        while len(self.stages) > STAGES_MAX:
            del self.stages[next(iter(self.stages))]


def now_utc() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the edge of this process: its one clock
