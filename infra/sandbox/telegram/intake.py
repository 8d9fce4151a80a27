"""How Telegram keeps what is sent to it: photos in sizes, files as they are."""

import asyncio
import mimetypes

from infra.sandbox.telegram import objects
from infra.sandbox.telegram.files import About, FileStore, StoredFile
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.media import photo_sizes, thumbnail


async def keep_photo(files: FileStore, data: bytes) -> list[Json]:
    """Return the PhotoSizes; raises what `photo_sizes` raises."""
    renditions = await asyncio.to_thread(photo_sizes, data)
    kept = [
        files.keep(one.data, About("photo", "image/jpeg", width=one.width, height=one.height))
        for one in renditions
    ]
    return [objects.photo_size(file) for file in files.join_sizes(kept)]


async def keep_document(
    files: FileStore,
    data: bytes,
    file_name: str,
    mime_type: str | None,
    thumbnail_id: str | None = None,
) -> StoredFile:
    if thumbnail_id is None:
        small = await asyncio.to_thread(thumbnail, data)
        if small is not None:
            about = About("thumbnail", "image/jpeg", width=small.width, height=small.height)
            thumbnail_id = files.keep(small.data, about).file_id
    guessed = mime_type or mimetypes.guess_type(file_name)[0] or "application/octet-stream"
    about = About("document", guessed, file_name, thumbnail_id=thumbnail_id)
    return files.keep(data, about)
