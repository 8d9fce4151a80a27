"""Files that come with a call, or are named by it: checked, kept, described as Telegram does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from infra.sandbox.telegram import mp4, objects
from infra.sandbox.telegram.files import About, StoredFile
from infra.sandbox.telegram.intake import keep_document, keep_photo
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.media import (
    NotAPhotoError,
    WrongDimensionsError,
    accepted_thumbnail,
)
from infra.sandbox.telegram.methods.call import Call, Upload
from infra.sandbox.telegram.refusals import BadRequest, Breach
from infra.sandbox.telegram.world import TelegramWorld

AttachmentKind = Literal["photo", "video", "document"]

MB = 1024 * 1024
PHOTO_BYTES_MAX = 10 * MB
PROBED_BYTES_MAX = 10 * MB
"""Telegram reads the geometry of smaller videos itself; of a larger one it believes what it is
told, and told nothing it keeps `UNKNOWN_GEOMETRY`."""
UNKNOWN_GEOMETRY = mp4.Geometry(width=320, height=320, duration_s=0)


async def attachment(
    world: TelegramWorld, call: Call, kind: AttachmentKind, given: Mapping[str, object]
) -> Json:
    """Return the part of a message that shows a file.

    `given` are the parameters of the call, or one InputMedia of it; the file is named by the
    field `kind` or `media`.
    """
    reference = given.get(kind) or given.get("media")
    found = _find(world, call, str(reference or ""), kind)
    if isinstance(found, StoredFile):
        return {kind: _describe(world, kind, found)}
    if not found.data:
        raise Breach("file must be non-empty")
    return await KEEPERS[kind](world, call, found, given)


def _find(
    world: TelegramWorld, call: Call, reference: str, kind: AttachmentKind
) -> Upload | StoredFile:
    if reference.startswith("attach://"):
        upload = call.uploads.get(reference.removeprefix("attach://"))
        if upload is None:
            raise Breach(f"there is no {kind} in the request")
        return upload
    if reference.startswith(("http://", "https://")):
        # The sandbox never leaves this machine.
        raise BadRequest("failed to get HTTP URL content")
    file = world.files.find(reference)
    if file is None:
        raise BadRequest("wrong file identifier/HTTP URL specified")
    if file.about.kind != kind:
        raise Breach(f"can't use file of type {file.about.kind.title()} as {kind.title()}")
    return file


def _describe(world: TelegramWorld, kind: AttachmentKind, file: StoredFile) -> object:
    match kind:
        case "photo":
            return objects.photo(world.files, file)
        case "video":
            return objects.video(world.files, file)
        case "document":
            return objects.document(world.files, file)


async def _photo(
    world: TelegramWorld, call: Call, upload: Upload, given: Mapping[str, object]
) -> Json:
    del call, given
    return {"photo": await _photo_sizes(world, upload)}


async def _photo_sizes(world: TelegramWorld, upload: Upload) -> list[Json]:
    size_bytes = len(upload.data)
    if size_bytes > PHOTO_BYTES_MAX:
        raise Breach(f"file of size {size_bytes} bytes is too big for a photo")
    try:
        return await keep_photo(world.files, upload.data)
    except NotAPhotoError:
        raise Breach("IMAGE_PROCESS_FAILED") from None
    except WrongDimensionsError:
        raise Breach("PHOTO_INVALID_DIMENSIONS") from None


async def _video(
    world: TelegramWorld, call: Call, upload: Upload, given: Mapping[str, object]
) -> Json:
    if not mp4.is_mp4(upload.data):
        call.oversights.append("a video that is not MP4 is shown as a document")
        return await _document(world, call, upload, given)
    geometry = await asyncio.to_thread(_geometry, upload, given)
    about = About(
        kind="video",
        mime_type="video/mp4",
        file_name=upload.file_name,
        width=geometry.width,
        height=geometry.height,
        duration_s=geometry.duration_s,
        thumbnail_id=_keep_thumbnail(world, call, given),
    )
    file = world.files.keep(upload.data, about)
    shown: Json = {"video": objects.video(world.files, file)}
    cover = given.get("cover")
    if cover:
        shown["video"]["cover"] = await _cover(world, call, str(cover))
    return shown


async def _cover(world: TelegramWorld, call: Call, reference: str) -> list[Json]:
    found = _find(world, call, reference, "photo")
    if isinstance(found, StoredFile):
        return objects.photo(world.files, found)
    return await _photo_sizes(world, found)


def _geometry(upload: Upload, given: Mapping[str, object]) -> mp4.Geometry:
    is_probed = len(upload.data) <= PROBED_BYTES_MAX
    known = (mp4.geometry_of(upload.data) if is_probed else None) or UNKNOWN_GEOMETRY
    return mp4.Geometry(
        width=_number(given.get("width")) or known.width,
        height=_number(given.get("height")) or known.height,
        duration_s=_number(given.get("duration")) or known.duration_s,
    )


async def _document(
    world: TelegramWorld, call: Call, upload: Upload, given: Mapping[str, object]
) -> Json:
    thumbnail_id = _keep_thumbnail(world, call, given)
    file = await keep_document(
        world.files, upload.data, upload.file_name, upload.mime_type, thumbnail_id
    )
    return {"document": objects.document(world.files, file)}


def _keep_thumbnail(world: TelegramWorld, call: Call, given: Mapping[str, object]) -> str | None:
    """Keep a thumbnail that obeys the rules; Telegram passes over any other in silence."""
    reference = str(given.get("thumbnail") or "")
    if not reference:
        return None
    upload = call.uploads.get(reference.removeprefix("attach://"))
    try:
        if upload is None or not reference.startswith("attach://"):
            raise ValueError("a thumbnail must be uploaded with the file")  # noqa: TRY301 - one place tells all its faults
        small = accepted_thumbnail(upload.data)
    except ValueError as error:
        call.oversights.append(str(error))
        return None
    about = About("thumbnail", "image/jpeg", width=small.width, height=small.height)
    return world.files.keep(small.data, about).file_id


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


KEEPERS: Mapping[
    AttachmentKind,
    Callable[[TelegramWorld, Call, Upload, Mapping[str, object]], Awaitable[Json]],
] = {"photo": _photo, "video": _video, "document": _document}
