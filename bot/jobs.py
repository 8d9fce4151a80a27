"""What the bot remembers of each job: where its card is, and what was sent about it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Stage(StrEnum):
    QUEUED = "queued"
    PREPARING = "preparing"
    RENDERING = "rendering"
    FINISHING = "finishing"
    SENDING = "sending"
    DONE = "done"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


ORDER = tuple(Stage)
"""A card only moves forward: a late progress message never overwrites an end."""


class JobCard(BaseModel):
    """Stored under the job id; `balance` is the one that the ledger named last."""

    model_config = ConfigDict(frozen=True)

    job_id: UUID
    account: str
    chat_id: int
    locale: str = "ru"
    title: str = ""
    balance: int = 0
    message_id: int | None = None
    stage: Stage = Stage.QUEUED
    shown_stage: Stage | None = None
    shown_at: datetime | None = None
    send_attempts: int = 0
    """How often a video was about to be sent; more than `sent` tells means a crash in between."""
    file_id: str | None = None
    unreachable: bool = False
    uncertain_told: bool = False
    refund_attempts: int = 0
    refund_told: bool = False

    @property
    def number(self) -> str:
        return self.job_id.hex[:6].upper()

    def at(self, stage: Stage) -> "JobCard":
        """Move to `stage` unless the card is further already."""
        if ORDER.index(stage) <= ORDER.index(self.stage):
            return self
        return self.model_copy(update={"stage": stage})

    def noting(self, **changes: object) -> "JobCard":
        return self.model_copy(update=changes)
