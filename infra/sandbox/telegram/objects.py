"""Bot API objects, as Telegram writes them: nothing empty, nothing null."""

from infra.sandbox.telegram.files import FileStore, StoredFile
from infra.sandbox.telegram.json_types import Json


def compact(parts: Json) -> Json:
    return {key: value for key, value in parts.items() if value is not None}


def photo_size(file: StoredFile) -> Json:
    return {
        "file_id": file.file_id,
        "file_unique_id": file.file_unique_id,
        "file_size": file.size_bytes,
        "width": file.about.width,
        "height": file.about.height,
    }


def photo(files: FileStore, file: StoredFile) -> list[Json]:
    """Return all sizes of the photo that `file` is one size of."""
    sizes = [files.find(file_id) for file_id in file.sizes or [file.file_id]]
    return [photo_size(size) for size in sizes if size is not None]


def document(files: FileStore, file: StoredFile) -> Json:
    return compact(
        {
            "file_name": file.about.file_name,
            "mime_type": file.about.mime_type,
            "thumbnail": _thumbnail(files, file),
            "file_id": file.file_id,
            "file_unique_id": file.file_unique_id,
            "file_size": file.size_bytes,
        }
    )


def video(files: FileStore, file: StoredFile) -> Json:
    about = file.about
    return {
        "duration": about.duration_s or 0,
        "width": about.width or 0,
        "height": about.height or 0,
        **document(files, file),
    }


def _thumbnail(files: FileStore, file: StoredFile) -> Json | None:
    small = files.find(file.about.thumbnail_id) if file.about.thumbnail_id else None
    return None if small is None else photo_size(small)
