"""What workers leave in the bucket `status` for each other and for the operator's console.

What the bot reads there is in `contracts.studio`.
"""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.studio import HEARTBEAT_OLD, Door
from videogen.failures import Trouble

_WORKER = "worker."
_BREAKER = "breaker."


class WorkerStatus(BaseModel):
    """The last word of one worker."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    beat_at: AwareDatetime
    started_at: AwareDatetime
    provider: str
    room: int
    """How many jobs it may have at the same time."""
    busy: int = 0
    jobs: tuple[UUID, ...] = ()
    is_draining: bool = False
    """It was told to stop: it brings to an end what it has and takes nothing new."""
    version: str = ""
    pid: int = 0
    host: str = ""

    def is_alive(self, now: datetime) -> bool:
        return now - self.beat_at <= HEARTBEAT_OLD


class BreakerStatus(BaseModel):
    """What the workers together conclude from the failures of one provider."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    door: Door = Door.OPEN
    since: AwareDatetime
    """When the door came to be as it is."""
    opened_at: AwareDatetime | None = None
    """When the breaker tripped, which shut the door; None while all is well."""
    until: AwareDatetime | None = None
    """A shut door is tried again from then on."""
    rest_s: float = 0.0
    """How long it stays shut; longer after each trial that failed."""
    failures: int = 0
    """In a row."""
    trouble: Trouble | None = None
    detail: str = ""
    trial: str = ""
    """Names the trial while there is one."""


def worker_key(worker: str) -> str:
    return f"{_WORKER}{worker}"


def breaker_key(provider: str) -> str:
    return f"{_BREAKER}{provider}"


def worker_of(key: str) -> str | None:
    """Return whose status lies under the key, or None when it is no worker's."""
    return key.removeprefix(_WORKER) if key.startswith(_WORKER) else None


def provider_of_breaker(key: str) -> str | None:
    return key.removeprefix(_BREAKER) if key.startswith(_BREAKER) else None
