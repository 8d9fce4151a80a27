"""Files that Telegram keeps: content on disk by digest, and a `file_id` for each way to send it."""

import base64
import hashlib
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from infra.sandbox.telegram.storage import Storage

FileKind = Literal[
    "photo",
    "video",
    "document",
    "thumbnail",
    "voice",
    "sticker",
    "animation",
    "video_note",
    "audio",
]
PREFIXES: dict[FileKind, str] = {
    "photo": "AgACAgIAAxkBAAI",
    "video": "BAACAgIAAxkBAAI",
    "document": "BQACAgIAAxkBAAI",
    "thumbnail": "AAMCAgADGQEAAgI",
    "voice": "AwACAgIAAxkBAAI",
    "sticker": "CAACAgIAAxkBAAI",
    "animation": "CgACAgIAAxkBAAI",
    "video_note": "DQACAgIAAxkBAAI",
    "audio": "CQACAgIAAxkBAAI",
}
FOLDERS: dict[FileKind, str] = {"photo": "photos", "video": "videos", "document": "documents"}
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/ogg": "oga",
}
KIND = "file"


@dataclass(frozen=True)
class About:
    """What is told about a file when it is kept."""

    kind: FileKind
    mime_type: str | None = None
    file_name: str | None = None
    width: int | None = None
    height: int | None = None
    duration_s: int | None = None
    thumbnail_id: str | None = None


@dataclass(frozen=True)
class StoredFile:
    file_id: str
    file_unique_id: str
    size_bytes: int
    file_path: str
    """What getFile answers, below `/file/bot<token>/`."""
    digest: str | None
    """None: the sandbox only claims that so many bytes exist."""
    about: About
    sizes: list[str] = field(default_factory=list[str])
    """Of a photo: the file ids of all its sizes."""


READ = TypeAdapter(StoredFile)


class FileStore:
    def __init__(self, directory: Path, storage: Storage) -> None:
        self._directory = directory
        self._storage = storage
        self._files = {key: READ.validate_python(body) for key, body in storage.load(KIND)}
        self._by_path = {file.file_path: file for file in self._files.values()}
        self._links: dict[str, float] = {}

    def keep(self, data: bytes, about: About) -> StoredFile:
        digest = hashlib.sha256(data).hexdigest()
        path = self._directory / digest
        if not path.exists():
            self._directory.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_bytes(data)
            partial.replace(path)
        return self._register(digest, digest, len(data), about)

    def keep_hollow(self, size_bytes: int, about: About) -> StoredFile:
        """Register a file of that size without any content, as nobody will get to download it."""
        identity = hashlib.sha256(f"{about.file_name}/{size_bytes}".encode()).hexdigest()
        return self._register(identity, None, size_bytes, about)

    def join_sizes(self, files: list[StoredFile]) -> list[StoredFile]:
        """Make the sizes of one photo know each other: any of their ids sends the whole photo."""
        ids = [file.file_id for file in files]
        joined = [replace(file, sizes=ids) for file in files]
        for file in joined:
            self._put(file)
        return joined

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def path_of(self, file: StoredFile) -> Path | None:
        return None if file.digest is None else self._directory / file.digest

    def open_link(self, file: StoredFile, *, until: float) -> str:
        self._links[file.file_path] = until
        return file.file_path

    def linked(self, file_path: str, *, now: float) -> StoredFile | None:
        """Return the file behind a download link that has not expired."""
        if self._links.get(file_path, 0) <= now:
            return None
        return self._by_path.get(file_path)

    def forget_all(self) -> None:
        self._storage.clear(KIND)
        self._files.clear()
        self._by_path.clear()
        self._links.clear()
        if self._directory.exists():
            shutil.rmtree(self._directory)

    def _register(
        self, identity: str, digest: str | None, size_bytes: int, about: About
    ) -> StoredFile:
        number = self._storage.next_number("file")
        token = hashlib.sha256(f"{identity}/{number}".encode()).digest()
        folder = FOLDERS.get(about.kind, about.kind)
        file = StoredFile(
            file_id=PREFIXES[about.kind] + base64.urlsafe_b64encode(token).decode().rstrip("="),
            file_unique_id="AQAD" + identity[:12],
            size_bytes=size_bytes,
            file_path=f"{folder}/file_{number}.{_extension(about)}",
            digest=digest,
            about=about,
        )
        self._put(file)
        return file

    def _put(self, file: StoredFile) -> None:
        self._files[file.file_id] = file
        self._by_path[file.file_path] = file
        self._storage.put(KIND, file.file_id, asdict(file))
        # At once: the content is on disk, whatever becomes of the message that shows it.
        self._storage.commit()


def _extension(about: About) -> str:
    _, dot, extension = (about.file_name or "").rpartition(".")
    if dot and extension.isalnum():
        return extension.lower()
    return EXTENSIONS.get(about.mime_type or "", "bin")
