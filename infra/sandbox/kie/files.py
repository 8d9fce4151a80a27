"""Files that KIE keeps for a while: uploaded photos by path, and short links to results."""

from dataclasses import dataclass
from hashlib import sha256

from infra.sandbox.kie.settings import Timing
from infra.sandbox.kie.tasks import Photo

SIGNATURES = (
    (b"\xff\xd8\xff", 0, "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", "png"),
    (b"WEBP", 8, "image/webp", "webp"),
)
PHOTO_TYPES = {mime_type for _, _, mime_type, _ in SIGNATURES}
UNKNOWN = ("application/octet-stream", "bin")


@dataclass(frozen=True)
class StoredUpload:
    path: str
    photo: Photo
    mime_type: str
    uploaded_at: float
    expires_at: float


@dataclass(frozen=True)
class FreshLink:
    task_id: str
    expires_at: float


def photo_of(data: bytes) -> Photo:
    return Photo(sha256(data).hexdigest(), data)


def type_of(data: bytes) -> tuple[str, str]:
    """Return the media type and the file extension that the content shows."""
    for signature, start, mime_type, extension in SIGNATURES:
        if data[start:].startswith(signature):
            return mime_type, extension
    return UNKNOWN


class FileShelf:
    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._uploads: dict[str, StoredUpload] = {}
        self._links: dict[str, FreshLink] = {}
        self._upload_counts: dict[str, int] = {}

    def keep(self, path: str, data: bytes, *, now: float) -> StoredUpload:
        """Keep an upload under its path; an earlier one of that path is gone."""
        self._forget_expired(now)
        photo = photo_of(data)
        mime_type, _ = type_of(data)
        upload = StoredUpload(path, photo, mime_type, now, now + self._timing.upload_kept_s)
        self._uploads[path] = upload
        self._upload_counts[photo.digest] = self._upload_counts.get(photo.digest, 0) + 1
        return upload

    def uploaded(self, path: str, *, now: float) -> StoredUpload | None:
        upload = self._uploads.get(path)
        return upload if upload is not None and now < upload.expires_at else None

    def upload_counts(self) -> dict[str, int]:
        """Return how often each photo was uploaded, by the digest of its bytes."""
        return {**self._upload_counts}

    def open_link(self, token: str, task_id: str, *, now: float) -> None:
        self._links[token] = FreshLink(task_id, now + self._timing.fresh_link_s)

    def linked(self, token: str, *, now: float) -> str | None:
        """Return the task behind a fresh link that has not expired."""
        link = self._links.get(token)
        return link.task_id if link is not None and now < link.expires_at else None

    def forget_all(self) -> None:
        self._uploads.clear()
        self._links.clear()
        self._upload_counts.clear()

    def _forget_expired(self, now: float) -> None:
        for path in [path for path, kept in self._uploads.items() if kept.expires_at <= now]:
            del self._uploads[path]
