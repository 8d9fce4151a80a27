"""Photos, videos, documents and albums that the bot sends."""

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.methods.attachments import AttachmentKind, attachment
from infra.sandbox.telegram.methods.call import Call, caption_of
from infra.sandbox.telegram.methods.sending import Outgoing
from infra.sandbox.telegram.refusals import Breach
from infra.sandbox.telegram.world import TelegramWorld

ALBUM_MIN = 2
ALBUM_MAX = 10
KINDS: tuple[AttachmentKind, ...] = ("photo", "video", "document")


async def send_photo(world: TelegramWorld, call: Call) -> Json:
    return await _send_one(world, call, "photo")


async def send_video(world: TelegramWorld, call: Call) -> Json:
    return await _send_one(world, call, "video")


async def send_document(world: TelegramWorld, call: Call) -> Json:
    return await _send_one(world, call, "document")


async def send_media_group(world: TelegramWorld, call: Call) -> list[Json]:
    items: list[Json] = call.get("media")
    if not ALBUM_MIN <= len(items) <= ALBUM_MAX:
        raise Breach(f"an album must include {ALBUM_MIN}-{ALBUM_MAX} items")
    kinds = {item["type"] for item in items}
    if "document" in kinds and len(kinds) > 1:
        raise Breach("Can't use the media of the specified type in the album")
    Outgoing(world, call)  # Refused before the work on the files.
    contents = [await media_content(world, call, item) for item in items]
    group: Json = {"media_group_id": str(world.storage.next_number("album", first=13_000_000_001))}
    messages = Outgoing(world, call).deliver(*({**group, **content} for content in contents))
    return [message.wire for message in messages]


async def media_content(world: TelegramWorld, call: Call, item: Json) -> Json:
    """Return what a message shows of one InputMedia."""
    matching: list[AttachmentKind] = [kind for kind in KINDS if kind == item["type"]]
    if not matching:
        raise Breach(f'can\'t parse InputMedia: type "{item["type"]}" is not in the sandbox')
    caption = caption_of(item).as_caption()
    return {**await attachment(world, call, matching[0], item), **caption, **_looks(item)}


async def _send_one(world: TelegramWorld, call: Call, kind: AttachmentKind) -> Json:
    caption = call.caption().as_caption()
    Outgoing(world, call)  # Refused before the work on the file.
    shown = await attachment(world, call, kind, call.params)
    # Checked again: while the file was worked on, the person may have blocked the bot.
    [message] = Outgoing(world, call).deliver({**shown, **caption, **_looks(call.params)})
    return message.wire


def _looks(params: Json) -> Json:
    looks: Json = {}
    if params.get("has_spoiler"):
        looks["has_media_spoiler"] = True
    if params.get("show_caption_above_media"):
        looks["show_caption_above_media"] = True
    return looks
