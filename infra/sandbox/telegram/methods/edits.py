"""Changing, deleting and reacting to messages."""

from typing import cast

from infra.sandbox.telegram.chats import Chat, ChatMessage
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.keyboards import inline_markup
from infra.sandbox.telegram.methods.call import Call, existing_message, known_chat, reachable_chat
from infra.sandbox.telegram.methods.media import KINDS, media_content
from infra.sandbox.telegram.methods.texts import CAPTIONED
from infra.sandbox.telegram.refusals import BadRequest, Breach
from infra.sandbox.telegram.schema import reaction_emoji
from infra.sandbox.telegram.world import TelegramWorld

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TEXT_FIELDS = {"text", "entities", "link_preview_options"}
CAPTION_FIELDS = {"caption", "caption_entities", "show_caption_above_media"}
MEDIA_FIELDS = {*KINDS, *CAPTION_FIELDS, *TEXT_FIELDS, "has_media_spoiler"}
VOLATILE = {"file_id", "thumbnail", "file_name"}
"""Differs between two uploads of the same file."""
DELETED_MAX = 100
REACTIONS_MAX = 1


async def edit_message_text(world: TelegramWorld, call: Call) -> Json:
    text = call.text()
    chat, message = _editable(world, call)
    if "text" not in message.wire:
        raise Breach("there is no text in the message to edit")
    options = call.get("link_preview_options")
    preview: Json = {"link_preview_options": options} if options else {}
    return _replace(world, call, chat, message, TEXT_FIELDS, {**text.as_text(), **preview})


async def edit_message_caption(world: TelegramWorld, call: Call) -> Json:
    caption = call.caption()
    chat, message = _editable(world, call)
    if not CAPTIONED & set(message.wire):
        raise Breach("there is no caption in the message to edit")
    return _replace(world, call, chat, message, CAPTION_FIELDS, caption.as_caption())


async def edit_message_media(world: TelegramWorld, call: Call) -> Json:
    _editable(world, call)
    content = await media_content(world, call, call.get("media"))
    chat, message = _editable(world, call)
    return _replace(world, call, chat, message, MEDIA_FIELDS, content)


async def edit_message_reply_markup(world: TelegramWorld, call: Call) -> Json:
    chat, message = _editable(world, call)
    return _replace(world, call, chat, message, set(), {})


async def delete_message(world: TelegramWorld, call: Call) -> bool:
    chat = known_chat(world, call.get("chat_id"))
    message = existing_message(chat, call.get("message_id"), "message to delete")
    if world.now() - message.wire["date"] > world.timing.delete_age_max_s:
        raise BadRequest("message can't be deleted for everyone")
    with world.change(chat):
        world.remove_message(chat, message.message_id)
    return True


async def delete_messages(world: TelegramWorld, call: Call) -> bool:
    """Messages that are not there are skipped."""
    message_ids: list[int] = call.get("message_ids")
    if not message_ids:
        raise Breach("message identifiers are not specified")
    if len(message_ids) > DELETED_MAX:
        raise Breach("too many message identifiers specified")
    chat = known_chat(world, call.get("chat_id"))
    with world.change(chat):
        for message_id in set(message_ids) & set(chat.messages):
            world.remove_message(chat, message_id)
    return True


async def set_message_reaction(world: TelegramWorld, call: Call) -> bool:
    reactions: list[Json] = call.get("reaction", [])
    if len(reactions) > REACTIONS_MAX:
        raise Breach("REACTIONS_TOO_MANY")
    if any(one.get("emoji") not in reaction_emoji() for one in reactions):
        raise Breach("REACTION_INVALID")
    chat = reachable_chat(world, call.get("chat_id"))
    message = existing_message(chat, call.get("message_id"), "message to react")
    with world.change(chat):
        message.reactions = [one["emoji"] for one in reactions]
        world.save_message(chat, message)
    return True


def _editable(world: TelegramWorld, call: Call) -> tuple[Chat, ChatMessage]:
    if call.get("inline_message_id"):
        raise Breach("MESSAGE_ID_INVALID")
    chat = reachable_chat(world, call.get("chat_id"))
    message = existing_message(chat, call.get("message_id"), "message to edit")
    if not message.outgoing or message.has_other_markup:
        raise Breach("message can't be edited")
    return chat, message


def _replace(  # noqa: PLR0913, PLR0917 - the whole of one edit
    world: TelegramWorld,
    call: Call,
    chat: Chat,
    message: ChatMessage,
    replaced: set[str],
    content: Json,
) -> Json:
    """Without a new keyboard the old one goes away, whatever is edited."""
    markup = inline_markup(call.get("reply_markup"))
    keyboard: Json = {"reply_markup": markup} if markup else {}
    fields = {*replaced, "reply_markup", "edit_date"}
    kept = {key: value for key, value in message.wire.items() if key not in fields}
    wire = {**kept, **content, **keyboard}
    if _comparable(wire) == _comparable({**message.wire, "edit_date": None}):
        raise BadRequest(NOT_MODIFIED)
    with world.change(chat):
        message.wire = {**wire, "edit_date": int(world.now())}
        message.edits += 1
        world.save_message(chat, message)
    return message.wire


def _comparable(value: object) -> object:
    """Reduce a message to what a person could see differ."""
    if isinstance(value, dict):
        items = cast("Json", value).items()
        return {
            key: _comparable(item)
            for key, item in items
            if key not in VOLATILE and item is not None
        }
    if isinstance(value, list):
        return [_comparable(item) for item in cast("list[object]", value)]
    return value
