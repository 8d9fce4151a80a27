"""Answering the tap on a button: once, and soon."""

from infra.sandbox.telegram.chats import Answer, Callback, Chat
from infra.sandbox.telegram.methods.call import Call
from infra.sandbox.telegram.refusals import BadRequest
from infra.sandbox.telegram.world import TelegramWorld

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


async def answer_callback_query(world: TelegramWorld, call: Call) -> bool:
    chat, callback = _open_callback(world, call.get("callback_query_id"))
    with world.change(chat):
        callback.answer = Answer(
            text=call.get("text"),
            show_alert=call.get("show_alert", default=False),
            url=call.get("url"),
            answered_at=world.now(),
        )
    return True


def _open_callback(world: TelegramWorld, callback_id: str) -> tuple[Chat, Callback]:
    oldest = world.now() - world.timing.callback_answer_s
    for chat in world.chats():
        for callback in chat.callbacks:
            is_open = callback.answer is None and callback.tapped_at > oldest
            if callback.callback_id == callback_id and is_open:
                return chat, callback
    raise BadRequest(TOO_OLD)
