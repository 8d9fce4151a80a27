"""What the ledger tells the operator about payments: logged always, and published for the chat."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

import structlog

from contracts.messages import OperatorAlert
from contracts.topology import ledger_alert

DETAIL_LENGTH_MAX = 300

log = structlog.get_logger()


class Publish(Protocol):
    """`contracts.bus.Bus.publish`."""

    def __call__(self, subject: str, body: OperatorAlert, *, message_id: str) -> Awaitable[int]: ...


class Alerts:
    def __init__(self, publish: Publish, now: Callable[[], datetime]) -> None:
        self._publish = publish
        self._now = now

    async def tell(self, code: str, about: str, detail: str = "", provider: str = "") -> None:
        """Say it once about each thing. That it cannot be said changes nothing else."""
        alert = OperatorAlert(
            alert_id=f"{code}-{about}",
            occurred_at=self._now(),
            provider=provider or "ledger",
            code=code,
            detail=f"{about}: {detail}"[:DETAIL_LENGTH_MAX] if detail else about,
        )
        log.error("the operator is told", **alert.model_dump(mode="json"))
        try:
            await self._publish(ledger_alert(code), alert, message_id=f"alert-{alert.alert_id}")
        except Exception as error:  # noqa: BLE001 - it stands in the log, and what it is about goes on
            log.warning("the alert was not published", code=code, error=repr(error))
