"""Everything else gets an answer too: wrong kinds of messages, edits, unknown buttons."""

from aiogram import Router
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.desk import Desk, Person
from bot.drafting import ask_next

KIND_TEXTS = {
    "voice": "wrong-kind-voice",
    "audio": "wrong-kind-voice",
    "video": "wrong-kind-video",
    "video_note": "wrong-kind-video",
    "animation": "wrong-photo-animated",
    "sticker": "wrong-kind-sticker",
}


def build_router() -> Router:
    router = Router(name="fallback")
    router.message.register(other_message)
    router.edited_message.register(edited)
    router.callback_query.register(unknown_button)
    router.my_chat_member.register(membership)
    return router


async def other_message(message: Message, desk: Desk, person: Person) -> None:
    """Say what was wrong, then what is awaited."""
    await desk.say(person, KIND_TEXTS.get(message.content_type, "wrong-kind-other"))
    draft = await desk.drafts.load(person.account)
    if draft is None or draft.ordered:
        await desk.say(person, "idle")
    else:
        await ask_next(desk, person, draft)


async def edited(_: Message, desk: Desk, person: Person) -> None:
    await desk.say(person, "wrong-edit")


async def unknown_button(query: CallbackQuery, desk: Desk, person: Person) -> None:
    await desk.answer(query, person.voice("wrong-button"))
    draft = await desk.drafts.load(person.account)
    if draft is not None and not draft.ordered:
        await ask_next(desk, person, draft)
    else:
        await desk.say(person, "idle")


async def membership(event: ChatMemberUpdated) -> None:
    """Blocking and unblocking need no answer; sending finds out for itself."""
