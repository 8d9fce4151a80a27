"""What may come of asking KIE: a submission's three outcomes, and a task's four views."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from videogen.failures import Failure
from videogen.kie.routes import Route


class TaskRef(BaseModel):
    """What has to be kept to ask for a task again: only its own key sees it."""

    model_config = ConfigDict(frozen=True)

    task_id: str = Field(min_length=1, max_length=100)
    key_id: str
    route: Route


@dataclass(frozen=True)
class UploadedPhoto:
    """An address that `KieClient.upload` gave."""

    url: str

    def __post_init__(self) -> None:
        # The address of a file at Telegram holds the bot's token.
        if "/file/bot" in self.url:
            raise ValueError("the photo has to be uploaded, its address at Telegram is a secret")


@dataclass(frozen=True)
class Submitted:
    task: TaskRef


@dataclass(frozen=True)
class Rejected:
    """It is certain that no task was made."""

    failure: Failure
    detail: str


@dataclass(frozen=True)
class SubmitUnknown:
    """A task may have been made and be paid for: never submit this job again.

    Either KIE's callback names the task or the job's deadline ends the wait. A submission that was
    cancelled, or that a crash interrupted, is this too.
    """

    failure: Failure
    detail: str


Submission = Submitted | Rejected | SubmitUnknown


@dataclass(frozen=True)
class Running:
    stage: str
    """KIE's own word."""
    callback_url: str | None = None


@dataclass(frozen=True)
class Finished:
    url: str
    cost_credits: Decimal | None
    """What KIE took from our account; it does not say so for every model."""
    created_at: datetime | None = None
    ended_at: datetime | None = None
    callback_url: str | None = None


@dataclass(frozen=True)
class Failed:
    """Final, and not charged for as a rule. A new task for the same job would be a second one."""

    failure: Failure
    detail: str
    cost_credits: Decimal | None
    callback_url: str | None = None


@dataclass(frozen=True)
class NotVisible:
    """KIE knows no such task, which is normal in the first seconds of one."""


TaskView = Running | Finished | Failed | NotVisible
