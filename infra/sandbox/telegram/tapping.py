"""Pressing a button: which one is meant, and what the bot hears of it."""

from dataclasses import dataclass, field

from infra.sandbox.telegram.chats import Callback, Chat, ChatMessage
from infra.sandbox.telegram.impossible import ImpossibleError
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.keyboards import action_of
from infra.sandbox.telegram.world import TelegramWorld

CALLBACKS_KEPT = 200
FIRST_CALLBACK_ID = 4_000_000_000_000_000_001


@dataclass(frozen=True)
class Tap:
    """What is pressed: a `label`, or a button's callback `data`.

    Without `message_id` it is the newest message that has such a button.
    """

    label: str | None = None
    data: str | None = None
    message_id: int | None = None
    anyway: bool = False
    """Send `data` although no button carries it (any more), as an old or foreign client may."""
    inaccessible: bool = False
    """Let the bot see no more of the message than its number."""


@dataclass(frozen=True)
class Tapped:
    action: str
    """`callback_data`, `text`, or what the button did without telling the bot (`url`, ...)."""
    value: object = None
    message_id: int | None = None
    callback_ids: list[str] = field(default_factory=list[str])
    update_ids: list[int] = field(default_factory=list[int])


def pick(world: TelegramWorld, chat: Chat, tap: Tap, times: int) -> Tapped:
    if tap.anyway:
        if tap.data is None:
            raise ImpossibleError("a tap anyway needs data")
        message_id = tap.message_id or max(chat.messages, default=1)
        return _call_back(world, chat, tap, tap.data, message_id, times)
    message, button = _find(chat, tap)
    action = action_of(button)
    if action == "disabled":
        raise ImpossibleError("the button is disabled")
    if action != "callback_data":
        return Tapped(action, button[action], message.message_id)
    return _call_back(world, chat, tap, button[action], message.message_id, times)


def _find(chat: Chat, tap: Tap) -> tuple[ChatMessage, Json]:
    if tap.label is None and tap.data is None:
        raise ImpossibleError("name a label or data")
    for message in reversed(chat.messages.values()):
        if tap.message_id in (None, message.message_id):
            for button in (button for row in message.keyboard for button in row):
                fits = tap.label in (None, button["text"])
                if fits and tap.data in (None, button.get("callback_data")):
                    return message, button
    wanted = tap.label if tap.label is not None else tap.data
    seen = [button["text"] for m in chat.messages.values() for row in m.keyboard for button in row]
    raise ImpossibleError(f"there is no button {wanted!r}; there are {seen}")


def _call_back(  # noqa: PLR0913, PLR0917 - one tap in all its parts
    world: TelegramWorld, chat: Chat, tap: Tap, data: str, message_id: int, times: int
) -> Tapped:
    tapped = Tapped("callback_data", data, message_id)
    with world.change(chat):
        for _ in range(times):
            number = world.storage.next_number("callback", first=FIRST_CALLBACK_ID)
            callback = Callback(str(number), data, message_id, world.now())
            chat.callbacks = [*chat.callbacks[-CALLBACKS_KEPT:], callback]
            query: Json = {
                "id": callback.callback_id,
                "from": chat.person.as_user(),
                "message": _message(chat, tap, message_id),
                "chat_instance": str(-chat.chat_id * 1_000_003),
                "data": data,
            }
            tapped.callback_ids.append(callback.callback_id)
            update_id = world.queue.add("callback_query", query)
            if update_id is not None:
                tapped.update_ids.append(update_id)
    return tapped


def _message(chat: Chat, tap: Tap, message_id: int) -> Json:
    message = chat.messages.get(message_id)
    if message is None or tap.inaccessible:
        return {"chat": chat.person.as_chat(), "message_id": message_id, "date": 0}
    return message.wire
