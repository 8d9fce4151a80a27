"""Text messages, copies and forwards, and the line that says what the bot is doing."""

from aiogram.enums import ChatAction

from infra.sandbox.telegram.chats import ChatMessage
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.methods.call import Call, existing_message, known_chat, reachable_chat
from infra.sandbox.telegram.methods.sending import Outgoing
from infra.sandbox.telegram.refusals import BadRequest, Breach
from infra.sandbox.telegram.world import TelegramWorld

ACTIONS = {action.value for action in ChatAction}
CAPTIONED = {"photo", "video", "document", "animation", "audio", "voice"}
NEVER_COPIED = {"invoice", "successful_payment", "refunded_payment"}
NOT_COPIED = {
    "message_id",
    "from",
    "chat",
    "date",
    "edit_date",
    "reply_to_message",
    "reply_markup",
    "media_group_id",
    "effect_id",
    "forward_origin",
    "has_protected_content",
}


async def send_message(world: TelegramWorld, call: Call) -> Json:
    text = call.text()
    options = call.get("link_preview_options")
    preview: Json = {"link_preview_options": options} if options else {}
    [message] = Outgoing(world, call).deliver({**text.as_text(), **preview})
    return message.wire


async def send_chat_action(world: TelegramWorld, call: Call) -> bool:
    if call.get("action") not in ACTIONS:
        raise Breach("wrong parameter action in request")
    chat = reachable_chat(world, call.get("chat_id"))
    with world.change(chat):
        chat.action = call.get("action")
        chat.action_until = world.now() + world.timing.chat_action_s
    return True


async def copy_message(world: TelegramWorld, call: Call) -> Json:
    original = _original(world, call, "copy")
    if NEVER_COPIED & set(original.wire) or original.wire.get("has_protected_content"):
        raise BadRequest("message can't be copied")
    content = _content(original)
    if "caption" in call.params and CAPTIONED & set(content):
        content = {key: value for key, value in content.items() if not key.startswith("caption")}
        content |= call.caption().as_caption()
    [message] = Outgoing(world, call).deliver(content)
    return {"message_id": message.message_id}


async def forward_message(world: TelegramWorld, call: Call) -> Json:
    original = _original(world, call, "forward")
    if original.wire.get("has_protected_content"):
        raise BadRequest("message can't be forwarded")
    origin: Json = original.wire.get("forward_origin") or {
        "type": "user",
        "sender_user": original.wire["from"],
        "date": original.wire["date"],
    }
    [message] = Outgoing(world, call).deliver({"forward_origin": origin, **_content(original)})
    return message.wire


def _original(world: TelegramWorld, call: Call, verb: str) -> ChatMessage:
    chat = known_chat(world, call.get("from_chat_id"))
    return existing_message(chat, call.get("message_id"), f"message to {verb}")


def _content(message: ChatMessage) -> Json:
    return {key: value for key, value in message.wire.items() if key not in NOT_COPIED}
