"""The port to whoever makes videos: what a provider is given, and how it may fail."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from contracts.messages import FailureReason, JobStage
from contracts.orders import Format, Template

Tell = Callable[[JobStage], Awaitable[None]]


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


@dataclass(frozen=True)
class Desk:
    """Where a provider works on one brief: a folder of its own, and the way to say how far it is.

    `tell` may raise when somebody else ended the job meanwhile; let that pass through.
    """

    folder: Path
    tell: Tell


class ProviderFailure(Exception):
    """No video will come of this brief, for a reason that a person can be told."""

    def __init__(self, reason: FailureReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason


class Provider(Protocol):
    async def make(self, brief: Brief, desk: Desk) -> Path:
        """Return an MP4 inside the desk's folder. Raises `ProviderFailure`.

        Any other exception counts as a fault of ours: the job is tried again a few times.
        When cancelled it stops at once and leaves no process behind.
        """
        ...
