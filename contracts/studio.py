"""What those who make videos say of themselves, and what the bot concludes before it sells one."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

HEARTBEAT_S = 5.0
HEARTBEAT_OLD = timedelta(seconds=30)
"""Longer than a worker's restart and than two clocks of different machines differ."""
WAIT_S_MAX = 480.0
"""Whoever would wait longer than this is not sold a video: its deadline includes the queue."""
TRIALS_MAX = 2
"""Orders that are let in while the provider is tried out after a failure."""
STUDIO_KEY = "studio"


class Door(StrEnum):
    """What the breaker of the provider says of new orders."""

    OPEN = "open"
    TRIAL = "trial"
    """It failed and rested: a few orders show whether it works again."""
    SHUT = "shut"


class Entrance(StrEnum):
    """What becomes of an order that is placed now."""

    FREE = "free"
    TRIAL = "trial"
    CLOSED = "closed"
    CROWDED = "crowded"


class StudioStatus(BaseModel):
    """The last word of the workers together, under `STUDIO_KEY` of the bucket `status`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    beat_at: AwareDatetime
    door: Door = Door.OPEN
    trial: str = ""
    """Names the trial, so that whoever lets orders in counts each trial anew."""
    waiting: int = 0
    """Jobs in the queue, of all accounts together."""
    wait_s: float = 0.0
    """How long an order that is placed now would wait for its turn."""
    making_s: float = 0.0
    """The median time from the start of a job to its video, of recent ones."""

    def entrance(self, now: datetime) -> Entrance:
        if now - self.beat_at > HEARTBEAT_OLD or self.door is Door.SHUT:
            return Entrance.CLOSED
        if self.wait_s > WAIT_S_MAX:
            return Entrance.CROWDED
        return Entrance.TRIAL if self.door is Door.TRIAL else Entrance.FREE
