"""What videogen says happened to a video."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from contracts.ids import AccountId, Sha256Hex
from contracts.messages.base import Message


class JobStage(StrEnum):
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
    INTERNAL = "internal"


class VideogenFact(Message):
    account: AccountId
    job_id: UUID
    occurred_at: AwareDatetime


class JobProgress(VideogenFact):
    stage: JobStage


class VideoReady(VideogenFact):
    """The video and its thumbnail are stored under the job id."""

    video_digest: Sha256Hex
    size_bytes: int
    duration_ms: int
    width: int
    height: int


class VideoFailed(VideogenFact):
    reason: FailureReason
