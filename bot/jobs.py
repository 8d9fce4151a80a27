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
FINAL = (Stage.DONE, Stage.REFUNDED, Stage.CANCELLED)
ENDED = (Stage.SENDING, *FINAL)


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
    place: int | None = None
    """In the queue, counted from 1; the rest of the line is of the same message."""
    eta_s: int | None = None
    placed_at: datetime | None = None
    shown_stage: Stage | None = None
    shown_place: int | None = None
    shown_at: datetime | None = None
    send_attempts: int = 0
    """How often a video was about to be sent; more than `sent` tells means a crash in between."""
    file_id: str | None = None
    unreachable: bool = False
    uncertain_told: bool = False
    refund_attempts: int = 0
    refund_told: bool = False
    late_attempts: int = 0
    late_told: bool = False

    @property
    def number(self) -> str:
        return self.job_id.hex[:6].upper()

    def at(self, stage: Stage) -> "JobCard":
        """Move to `stage` unless the card is further already."""
        if ORDER.index(stage) <= ORDER.index(self.stage):
            return self
        return self.model_copy(update={"stage": stage})

    def placed(self, place: int | None, eta_s: int | None, at: datetime) -> "JobCard":
        """Note its place in the queue, unless it left the queue or a later word is known."""
        is_old = self.placed_at is not None and at <= self.placed_at
        if place is None or is_old or self.stage is not Stage.QUEUED:
            return self
        return self.model_copy(update={"place": place, "eta_s": eta_s, "placed_at": at})

    @property
    def is_shown(self) -> bool:
        """The message in the chat says it already."""
        if self.stage is not self.shown_stage:
            return False
        return self.stage is not Stage.QUEUED or self.place == self.shown_place

    def noting(self, **changes: object) -> "JobCard":
        return self.model_copy(update=changes)
