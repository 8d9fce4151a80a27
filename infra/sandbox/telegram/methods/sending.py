"""What all sends have in common: who may be written to, replies, keyboards, effects."""

from infra.sandbox.telegram.chats import Chat, ChatMessage
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.keyboards import kind_of_markup
from infra.sandbox.telegram.methods.call import Call, reachable_chat
from infra.sandbox.telegram.refusals import BadRequest, Breach
from infra.sandbox.telegram.world import TelegramWorld

NOT_FOR_PRIVATE_CHATS = {
    "business_connection_id": "business connection not found",
    "message_thread_id": "message thread not found",
    "direct_messages_topic_id": "message thread not found",
    "suggested_post_parameters": "suggested posts can be sent only to channel direct messages",
    "ephemeral_message_parameters": "ephemeral messages can be sent only to groups",
    "receiver_user_id": "ephemeral messages can be sent only to groups",
    "allow_paid_broadcast": "FLOODSKIP_NOT_ALLOWED",
}
FREE_EFFECTS = {
    "5104841245755180586",
    "5107584321108051014",
    "5104858069142078462",
    "5159385139981059251",
    "5046509860389126442",
    "5046589136895476101",
}


class Outgoing:
    """A checked send: everything that can be refused was, and `deliver` cannot fail."""

    def __init__(self, world: TelegramWorld, call: Call) -> None:
        for name, complaint in NOT_FOR_PRIVATE_CHATS.items():
            if call.get(name):
                raise Breach(complaint)
        self._world = world
        self.chat = reachable_chat(world, call.get("chat_id"))
        self._markup: Json | None = call.get("reply_markup")
        self._markup_kind = kind_of_markup(self._markup)
        self._shared = _shared_fields(call, self.chat)

    def deliver(self, *contents: Json) -> list[ChatMessage]:
        """Put the messages into the chat and return them."""
        chat = self.chat
        with self._world.change(chat):
            messages = [self._add(content) for content in contents]
            chat.action = None
            if self._markup_kind in ("reply", "force_reply"):
                chat.state.reply_markup = self._markup
            elif self._markup_kind == "remove":
                chat.state.reply_markup = None
        return messages

    def _add(self, content: Json) -> ChatMessage:
        keyboard = {"reply_markup": self._markup} if self._markup_kind == "inline" else {}
        return self._world.add_message(
            self.chat,
            {**self._shared, **content, **keyboard},
            outgoing=True,
            has_other_markup=self._markup_kind not in ("none", "inline"),
        )


def _shared_fields(call: Call, chat: Chat) -> Json:
    fields: Json = {}
    if call.get("protect_content"):
        fields["has_protected_content"] = True
    effect = call.get("message_effect_id")
    if effect is not None:
        if effect not in FREE_EFFECTS:
            raise Breach("EFFECT_ID_INVALID")
        fields["effect_id"] = effect
    replied = _replied(call, chat)
    if replied is not None:
        fields["reply_to_message"] = replied
    return fields


def _replied(call: Call, chat: Chat) -> Json | None:
    parameters: Json = call.get("reply_parameters") or {
        "message_id": call.get("reply_to_message_id"),
        "allow_sending_without_reply": call.get("allow_sending_without_reply"),
    }
    message_id = parameters.get("message_id")
    if message_id is None:
        if call.get("reply_parameters"):
            raise Breach('can\'t find field "message_id"')
        return None
    message = chat.messages.get(message_id)
    if message is None:
        if parameters.get("allow_sending_without_reply"):
            return None
        raise BadRequest("message to be replied not found")
    return {key: value for key, value in message.wire.items() if key != "reply_to_message"}
