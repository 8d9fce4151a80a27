"""What people send although nobody asked: voice, stickers, videos, contacts, places."""

from typing import Literal, get_args

from infra.sandbox.telegram import objects
from infra.sandbox.telegram.files import About, FileStore
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.media import blank_picture

OtherKind = Literal[
    "voice", "video", "video_note", "animation", "audio", "sticker", "contact", "location"
]
OTHER_KINDS: tuple[str, ...] = get_args(OtherKind)
SECONDS = 3
SIDE = 512
NOT_REALLY_MEDIA = b"OggS and so on: nothing plays this"


def other_content(files: FileStore, kind: OtherKind) -> Json:
    match kind:
        case "contact":
            return {"contact": {"phone_number": "+70000000000", "first_name": "Анна"}}
        case "location":
            return {"location": {"latitude": 55.75, "longitude": 37.62}}
        case "sticker":
            return {"sticker": _sticker(files)}
        case "video_note":
            return {"video_note": {**_playable(files, kind), "length": SIDE}}
        case "video" | "animation":
            return {kind: {**_playable(files, kind), "width": SIDE, "height": SIDE}}
        case "voice" | "audio":
            return {kind: _playable(files, kind)}


def _playable(
    files: FileStore, kind: Literal["voice", "video", "video_note", "animation", "audio"]
) -> Json:
    mime_types = {"voice": "audio/ogg", "audio": "audio/mpeg"}
    mime_type = mime_types.get(kind, "video/mp4")
    file = files.keep(NOT_REALLY_MEDIA, About(kind, mime_type, duration_s=SECONDS))
    shown = objects.document(files, file)
    if kind == "video_note":
        del shown["mime_type"]
    return {**shown, "duration": SECONDS}


def _sticker(files: FileStore) -> Json:
    about = About("sticker", "image/webp", width=SIDE, height=SIDE)
    file = files.keep(blank_picture("WEBP"), about)
    return {
        **objects.photo_size(file),
        "type": "regular",
        "is_animated": False,
        "is_video": False,
        "emoji": "🙂",
    }
