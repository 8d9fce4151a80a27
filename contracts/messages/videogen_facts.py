"""What videogen says happened to a video."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from contracts.ids import AccountId, Sha256Hex
from contracts.messages.base import Message


class JobStage(StrEnum):
    QUEUED = "queued"
    PREPARING = "preparing"
    RENDERING = "rendering"
    FINISHING = "finishing"


class FailureReason(StrEnum):
    """Why a video could not be made; each has its own sentence for the person."""

    PHOTO_UNREADABLE = "photo_unreadable"
    CONTENT_REJECTED = "content_rejected"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_MISCONFIGURED = "provider_misconfigured"
    ORDER_MISSING = "order_missing"
    STOPPED_BY_OPERATOR = "stopped_by_operator"
    INTERNAL = "internal"


class VideogenFact(Message):
    account: AccountId
    job_id: UUID
    occurred_at: AwareDatetime


class JobProgress(VideogenFact):
    stage: JobStage
    place: int | None = None
    """While it is queued: how many jobs come before it, and itself."""
    eta_s: int | None = None
    """While it is queued: seconds until its video is expected."""


class VideoReady(VideogenFact):
    """The video and its thumbnail are stored under the job id."""

    video_digest: Sha256Hex
    size_bytes: int
    duration_ms: int
    width: int
    height: int


class VideoFailed(VideogenFact):
    reason: FailureReason


class OperatorAlert(Message):
    """What only the operator can repair: said once when it begins and once when it is over."""

    alert_id: str
    occurred_at: AwareDatetime
    provider: str
    code: str
    """What went wrong, as in the table of failures."""
    detail: str = ""
    is_over: bool = False
