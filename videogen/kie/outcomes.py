"""What may come of asking KIE about a task: four views of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from videogen.failures import Failure


@dataclass(frozen=True)
class UploadedPhoto:
    """An address that `KieClient.upload` gave."""

    url: str

    def __post_init__(self) -> None:
        # The address of a file at Telegram holds the bot's token.
        if "/file/bot" in self.url:
            raise ValueError("the photo has to be uploaded, its address at Telegram is a secret")


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
