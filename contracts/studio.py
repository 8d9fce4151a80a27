"""How those who make videos say that they are at work, and how the bot reads it."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

HEARTBEAT_S = 5.0
HEARTBEAT_OLD = timedelta(seconds=30)
"""Longer than a worker's restart and than two clocks of different machines differ."""
STUDIO_KEY = "studio"


class StudioStatus(BaseModel):
    """The last word of any worker, under `STUDIO_KEY`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    beat_at: AwareDatetime

    def is_open(self, now: datetime) -> bool:
        return now - self.beat_at <= HEARTBEAT_OLD
