"""A chat as its person sees it, ready for a page or for JSON."""

from typing import Any

from pydantic import BaseModel

from infra.sandbox.telegram.chats import Callback, Chat, ChatMessage
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.keyboards import action_of
from infra.sandbox.telegram.stars import Checkout
from infra.sandbox.telegram.world import TelegramWorld

MEDIA_KINDS = ("photo", "video", "document", "animation", "audio", "voice", "video_note", "sticker")
CALLBACKS_SHOWN = 20


class PersonView(BaseModel):
    person_id: int
    first_name: str
    last_name: str | None
    username: str | None
    language_code: str
    is_started: bool
    is_blocked: bool
    """The person has blocked the bot."""
    revision: int


class ButtonView(BaseModel):
    text: str
    action: str
    """`callback_data`, `url`, `copy_text`, `disabled` and so on."""
    value: Any
    """What belongs to the action: the data, the address, the text to copy."""
    style: str | None
    """`success` (green), `danger` (red), `primary` (blue) or none."""


class MediaView(BaseModel):
    kind: str
    file_id: str
    file_unique_id: str
    url: str
    """Where the content is, on this server."""
    size_bytes: int
    mime_type: str | None
    file_name: str | None
    width: int | None
    height: int | None
    duration_s: int | None
    thumbnail_url: str | None
    cover_url: str | None


class MessageView(BaseModel):
    message_id: int
    outgoing: bool
    """Sent by the bot."""
    at: int
    edited_at: int | None
    edits: int
    revision: int
    text: str
    """Text or caption."""
    entities: list[Json]
    media: MediaView | None
    media_group_id: str | None
    buttons: list[list[ButtonView]]
    reply_to_message_id: int | None
    reactions: list[str]
    wire: Json
    """The whole message as the Bot API has it."""


class CallbackView(BaseModel):
    callback_id: str
    data: str
    message_id: int
    tapped_at: float
    is_answered: bool
    text: str | None
    """The toast, or the alert."""
    show_alert: bool


class CheckoutView(BaseModel):
    """One press of a Pay button."""

    query_id: str
    message_id: int
    asked_at: float
    state: str
    """`waiting`, `paid`, `refused` or `unanswered`."""
    answered_after_s: float | None
    error: str | None
    """The bot's reason for a refusal."""
    charge_id: str | None


class ChatView(BaseModel):
    person: PersonView
    revision: int
    messages: list[MessageView]
    deleted_ids: list[int]
    action: str | None
    """What the bot says it is doing, such as `upload_video`."""
    reply_keyboard: list[list[str]] | None
    placeholder: str | None
    commands: list[Json]
    callbacks: list[CallbackView]
    """The last taps, the newest last."""
    checkouts: list[CheckoutView]
    """The last presses of Pay, the newest last."""
    stars: int
    """How many Stars the person owns."""


def person_view(chat: Chat) -> PersonView:
    person, state = chat.person, chat.state
    return PersonView(
        **vars(person),
        is_started=state.is_started,
        is_blocked=state.is_blocked,
        revision=state.revision,
    )


def chat_view(world: TelegramWorld, chat: Chat) -> ChatView:
    markup: Json = chat.state.reply_markup or {}
    keyboard: list[list[Json]] = markup.get("keyboard", [])
    rows = [[str(button["text"]) for button in row] for row in keyboard]
    person = chat.person
    return ChatView(
        person=person_view(chat),
        revision=chat.state.revision,
        messages=[message_view(message) for message in chat.messages.values()],
        deleted_ids=chat.state.deleted_ids,
        action=chat.action if chat.action_until > world.now() else None,
        reply_keyboard=rows or None,
        placeholder=markup.get("input_field_placeholder"),
        commands=world.profile.commands_for(person.person_id, person.language_code),
        checkouts=_checkouts(world, chat),
        stars=world.stars.balance(chat.chat_id),
        callbacks=[callback_view(callback) for callback in chat.callbacks[-CALLBACKS_SHOWN:]],
    )


def message_view(message: ChatMessage) -> MessageView:
    wire = message.wire
    return MessageView(
        message_id=message.message_id,
        outgoing=message.outgoing,
        at=wire["date"],
        edited_at=wire.get("edit_date"),
        edits=message.edits,
        revision=message.revision,
        text=wire.get("text") or wire.get("caption") or "",
        entities=wire.get("entities") or wire.get("caption_entities") or [],
        media=_media(wire),
        media_group_id=wire.get("media_group_id"),
        buttons=[[_button(button) for button in row] for row in message.keyboard],
        reply_to_message_id=wire.get("reply_to_message", {}).get("message_id"),
        reactions=message.reactions,
        wire=wire,
    )


def callback_view(callback: Callback) -> CallbackView:
    answer = callback.answer
    return CallbackView(
        callback_id=callback.callback_id,
        data=callback.data,
        message_id=callback.message_id,
        tapped_at=callback.tapped_at,
        is_answered=answer is not None,
        text=answer.text if answer else None,
        show_alert=answer.show_alert if answer else False,
    )


def checkout_view(checkout: Checkout, now: float) -> CheckoutView:
    return CheckoutView(
        query_id=checkout.query_id,
        message_id=checkout.message_id,
        asked_at=checkout.asked_at,
        state=checkout.state(now),
        answered_after_s=checkout.answered_after_s,
        error=checkout.error,
        charge_id=checkout.charge_id,
    )


def _checkouts(world: TelegramWorld, chat: Chat) -> list[CheckoutView]:
    made = [one for one in world.stars.checkouts if one.chat_id == chat.chat_id]
    return [checkout_view(one, world.now()) for one in made[-CALLBACKS_SHOWN:]]


def file_url(file_id: str) -> str:
    return f"/sim/files/{file_id}"


def _button(button: Json) -> ButtonView:
    action = action_of(button)
    value = button[action]
    if action == "copy_text":
        value = value["text"]
    return ButtonView(text=button["text"], action=action, value=value, style=button.get("style"))


def _media(wire: Json) -> MediaView | None:
    kind = next((kind for kind in MEDIA_KINDS if kind in wire), None)
    if kind is None:
        return None
    part: Json = wire[kind][-1] if kind == "photo" else wire[kind]
    cover: list[Json] = part.get("cover", [])
    return MediaView(
        kind=kind,
        file_id=part["file_id"],
        file_unique_id=part["file_unique_id"],
        url=file_url(part["file_id"]),
        size_bytes=part.get("file_size", 0),
        mime_type=part.get("mime_type", "image/jpeg" if kind == "photo" else None),
        file_name=part.get("file_name"),
        width=part.get("width"),
        height=part.get("height"),
        duration_s=part.get("duration"),
        thumbnail_url=_url_of(part.get("thumbnail")),
        cover_url=_url_of(cover[-1] if cover else None),
    )


def _url_of(part: Json | None) -> str | None:
    return None if part is None else file_url(part["file_id"])
