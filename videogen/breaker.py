"""The breaker: stops selling what cannot be made, tries again after a rest, and says so once.

After Nygard's circuit breaker. All workers share its state, one value for each provider.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from contracts.bus import KeyMissingError
from contracts.messages import OperatorAlert
from contracts.studio import Door
from contracts.topology import NO_ACCOUNT, videogen_event
from videogen.failures import Failure, Trouble, Whose
from videogen.records import RACES_MAX, KeyValues, put
from videogen.status import BreakerStatus, breaker_key

REST_MAX = timedelta(minutes=10)
IN_A_ROW = {Whose.OPERATOR: 1, Whose.PASSING: 4, Whose.UNKNOWN: 4}
"""Failures that shut the door. What only the operator can repair fails every job alike."""
ONLY_BUSY = frozenset({Trouble.RATE_LIMITED, Trouble.BUSY, Trouble.UPLOAD_NOT_FETCHED})
"""These say that the provider works, or that one photo did not get there."""
REFUSES_EVERYTHING = frozenset(
    {
        Trouble.KEY_REFUSED,
        Trouble.KEY_MISSING,
        Trouble.KEY_CAPPED,
        Trouble.BALANCE_EMPTY,
        Trouble.MODEL_GONE,
        Trouble.ADDRESS_WRONG,
        Trouble.MAINTENANCE,
        Trouble.EDGE_BLOCKED,
        Trouble.UNREACHABLE,
    }
)
"""Troubles of asking for a task. That one was made shows that they are over."""
DETAIL_LENGTH_MAX = 300

log = structlog.get_logger()

Change = Callable[[BreakerStatus], BreakerStatus]


def failed(failure: Failure, detail: str, now: datetime, rest: timedelta) -> Change:
    """Count a failure; the door shuts after enough of them, and at once during a trial."""

    def fail(breaker: BreakerStatus) -> BreakerStatus:
        if failure.trouble in ONLY_BUSY or breaker.door is Door.SHUT:
            return breaker
        if failure.whose is Whose.PERSON:
            return breaker.model_copy(update={"failures": 0})
        counted = breaker.model_copy(
            update={
                "failures": breaker.failures + 1,
                "trouble": failure.trouble,
                "detail": detail[:DETAIL_LENGTH_MAX],
            }
        )
        is_enough = counted.failures >= IN_A_ROW[failure.whose]
        return _shut(counted, now, rest) if is_enough or breaker.door is Door.TRIAL else counted

    return fail


def accepted(now: datetime) -> Change:
    """A task was made: what the operator had to repair is repaired."""

    def accept(breaker: BreakerStatus) -> BreakerStatus:
        is_repaired = breaker.trouble is not None and breaker.trouble in REFUSES_EVERYTHING
        return _opened(breaker, now) if breaker.door is Door.TRIAL and is_repaired else breaker

    return accept


def made(now: datetime) -> Change:
    """A video came."""

    def open_(breaker: BreakerStatus) -> BreakerStatus:
        if breaker.door is Door.SHUT:
            # It was ordered before the trouble; the trial will show.
            return breaker
        return _opened(breaker, now)

    return open_


def rested(now: datetime) -> Change:
    """Try again when it is time."""

    def try_again(breaker: BreakerStatus) -> BreakerStatus:
        if breaker.door is not Door.SHUT or breaker.until is None or now < breaker.until:
            return breaker
        trial = f"{now:%Y%m%dT%H%M%S.%f}"
        return breaker.model_copy(update={"door": Door.TRIAL, "since": now, "trial": trial})

    return try_again


class Publish(Protocol):
    """`contracts.bus.Bus.publish`."""

    def __call__(self, subject: str, body: OperatorAlert, *, message_id: str) -> Awaitable[int]: ...


class Breaker:
    """The breaker of one provider, shared through the bucket `status`."""

    def __init__(
        self,
        provider: str,
        values: KeyValues,
        publish: Publish,
        now: Callable[[], datetime],
        rest: timedelta,
    ) -> None:
        self._provider = provider
        self._values = values
        self._publish = publish
        self._now = now
        self._rest = rest

    async def note_failure(self, failure: Failure, detail: str) -> None:
        now = self._now()
        await self._change(failed(failure, detail, now, self._rest))
        if failure.alerts and failure.whose is not Whose.OPERATOR:
            # Nobody foresaw it, so somebody has to look at it, but once an hour is enough.
            await self._alert(f"{failure.trouble}-{now:%Y%m%dT%H}", failure.trouble, detail)

    async def note_accepted(self) -> None:
        await self._change(accepted(self._now()))

    async def note_made(self) -> None:
        await self._change(made(self._now()))

    async def try_again_when_rested(self) -> None:
        await self._change(rested(self._now()))

    async def read(self) -> BreakerStatus:
        breaker, _ = await self._read()
        return breaker

    async def _change(self, change: Change) -> None:
        for _ in range(RACES_MAX):
            before, revision = await self._read()
            after = change(before)
            if after == before:
                return
            if await put(self._values, breaker_key(self._provider), after, revision):
                await self._tell(before, after)
                return
        raise RuntimeError(f"the breaker of {self._provider} changed {RACES_MAX} times in a row")

    async def _tell(self, before: BreakerStatus, after: BreakerStatus) -> None:
        """The operator hears of the first failure and of the recovery, not of trials between."""
        if before.door is not after.door:
            log.warning("the breaker", provider=self._provider, door=after.door, why=after.trouble)
        if after.door is Door.SHUT and before.opened_at is None and after.opened_at:
            await self._alert(_since(after.opened_at), after.trouble, after.detail)
        elif after.door is Door.OPEN and before.opened_at is not None:
            await self._alert(_since(before.opened_at), before.trouble, is_over=True)

    async def _alert(
        self, name: str, trouble: Trouble | None, detail: str = "", *, is_over: bool = False
    ) -> None:
        alert = OperatorAlert(
            alert_id=f"{self._provider}-{name}",
            occurred_at=self._now(),
            provider=self._provider,
            code=trouble or "",
            detail=detail[:DETAIL_LENGTH_MAX],
            is_over=is_over,
        )
        log.error("the operator is told", **alert.model_dump(mode="json"))
        suffix = "over" if is_over else "begun"
        message_id = f"alert-{alert.alert_id}-{suffix}"
        await self._publish(videogen_event("alert", NO_ACCOUNT), alert, message_id=message_id)

    async def _read(self) -> tuple[BreakerStatus, int | None]:
        try:
            value, revision = await self._values.get(breaker_key(self._provider))
        except KeyMissingError:
            return BreakerStatus(since=self._now()), None
        return BreakerStatus.model_validate_json(value), revision


def _shut(breaker: BreakerStatus, now: datetime, rest: timedelta) -> BreakerStatus:
    """Rest twice as long after each trial that failed."""
    longer = min(timedelta(seconds=2 * breaker.rest_s), REST_MAX) if breaker.rest_s else rest
    return breaker.model_copy(
        update={
            "door": Door.SHUT,
            "since": now,
            "opened_at": breaker.opened_at or now,
            "until": now + longer,
            "rest_s": longer.total_seconds(),
            "trial": "",
        }
    )


def _opened(breaker: BreakerStatus, now: datetime) -> BreakerStatus:
    if breaker.door is Door.OPEN and not breaker.failures:
        return breaker
    since = breaker.since if breaker.door is Door.OPEN else now
    return BreakerStatus(since=since)


def _since(opened_at: datetime) -> str:
    return f"{opened_at:%Y%m%dT%H%M%S.%f}"
