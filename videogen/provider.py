"""The port to whoever makes videos: what a provider is given, and how it may fail.

A job is submitted at most once, because nobody can tell a provider that two of our requests mean
the same video. What came of the submission is kept; from then on the task is only followed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.messages import FailureReason
from contracts.orders import Format, OrderScript, Template
from videogen.failures import TABLE, Failure, Trouble


@dataclass(frozen=True)
class Brief:
    """What the video is to be made of."""

    job_id: UUID
    photo: bytes
    product_text: str
    template: Template
    scenario: str | None = None
    wishes: str | None = None
    locale: str = "ru"
    format: Format = Format.VERTICAL
    script: OrderScript | None = None
    """What the person accepted; without it a provider works from the texts."""


@dataclass(frozen=True)
class Desk:
    """Where a provider works on one brief: a folder of its own, and the ways to say how far it is.

    Both may raise when the job ended meanwhile or belongs to another worker; let that pass through.
    """

    folder: Path
    rendering: Callable[[], Awaitable[None]]
    """The provider is at work on it. May be said again."""
    fetching: Callable[[Decimal | None], Awaitable[None]]
    """The video is there and is now being brought; with what it cost, in the provider's credits."""


class Task(BaseModel):
    """What has to be kept to ask a provider for a task again."""

    model_config = ConfigDict(frozen=True)

    provider: str
    task_id: str = Field(min_length=1, max_length=100)
    key_id: str = ""
    """Which of our accounts there made it: only that one sees it."""
    route: str = ""


@dataclass(frozen=True)
class Submitted:
    task: Task


@dataclass(frozen=True)
class Rejected:
    """It is certain that no task was made."""

    failure: Failure
    detail: str = ""


@dataclass(frozen=True)
class SubmitUnknown:
    """A task may have been made and be paid for: never submit this job again.

    Either the provider's callback names the task or the job's deadline ends the wait.
    """

    failure: Failure
    detail: str = ""


Submission = Submitted | Rejected | SubmitUnknown


class ProviderFailure(Exception):
    """No video will come of this task, for a reason that a person can be told."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
        self.failure = TABLE[trouble]
        self.detail = detail

    @property
    def reason(self) -> FailureReason:
        return self.failure.reason


class Provider(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def submits_for_free(self) -> bool:
        """Whether a submission may be repeated, because it costs nothing and leaves nothing."""
        ...

    @property
    def goes_on_alone(self) -> bool:
        """Whether a task continues while nobody follows it, as on another machine."""
        ...

    @property
    def room(self) -> int:
        """How many jobs one worker may have here at the same time."""
        ...

    @property
    def usual_s(self) -> float:
        """How long a video takes, as long as nothing was measured."""
        ...

    async def submit(self, brief: Brief, desk: Desk) -> Submission:
        """Ask for a video, at most once. Whoever calls has stored before that it is about to."""
        ...

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:
        """Follow the task and return an MP4 of the brief's format inside the desk's folder.

        Raises `ProviderFailure`. Any other exception counts as a fault of ours: the task is
        followed again a few times. When cancelled it stops at once and leaves no process behind.
        """
        ...
