"""One call as its handler gets it, and what handlers ask of the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.sandbox.telegram.chats import Chat, ChatMessage
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import BadRequest, Breach, Forbidden
from infra.sandbox.telegram.text import Formatted, formatted_caption, formatted_text
from infra.sandbox.telegram.world import TelegramWorld


@dataclass(frozen=True)
class Upload:
    data: bytes
    file_name: str
    mime_type: str | None


@dataclass
class Call:
    method: str
    params: Json
    uploads: Mapping[str, Upload] = field(default_factory=dict[str, Upload])
    oversights: list[str] = field(default_factory=list[str])
    """What Telegram would pass over in silence, but a correct bot does not do."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON
        return self.params.get(name, default)

    def text(self) -> Formatted:
        return formatted_text(
            self.get("text"), self.get("parse_mode"), self.get("entities", default=[])
        )

    def caption(self) -> Formatted:
        return caption_of(self.params)


def caption_of(params: Json) -> Formatted:
    """Read the caption of a call or of an InputMedia."""
    return formatted_caption(
        params.get("caption"), params.get("parse_mode"), params.get("caption_entities", [])
    )


def known_chat(world: TelegramWorld, chat_id: object) -> Chat:
    chat = world.find_chat(chat_id) if isinstance(chat_id, int) else None
    if chat is None:
        raise BadRequest("chat not found")
    return chat


def reachable_chat(world: TelegramWorld, chat_id: object) -> Chat:
    """Return a chat that the bot may write to now."""
    chat = known_chat(world, chat_id)
    if chat.state.is_blocked:
        raise Forbidden("bot was blocked by the user")
    if not chat.state.is_started:
        raise Forbidden("bot can't initiate conversation with a user")
    return chat


def existing_message(chat: Chat, message_id: object, role: str) -> ChatMessage:
    """Return a message; `role` is how Telegram calls it, such as "message to edit"."""
    if message_id is None or message_id == 0:
        raise Breach("message identifier is not specified")
    message = chat.messages.get(message_id) if isinstance(message_id, int) else None
    if message is None:
        raise BadRequest(f"{role} not found")
    return message
