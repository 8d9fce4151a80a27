"""Have a script written for a draft, while the person sees that somebody writes."""

import asyncio

import structlog
from aiogram.enums import ChatAction
from aiogram.exceptions import TelegramAPIError

from bot.desk import Desk, Person
from bot.draft import NO_WISHES, Draft
from bot.scripts import Ask, Language, Script, Target
from bot.telegram import without_token

PROMPT_LENGTH_MAX = 1_000
"""As the models with the least room take it. An order is frozen before a worker chooses among
them, so its prompt has to suit each; so has its language, which all of them know."""
TARGET = Target(language=Language.EN, prompt_length_max=PROMPT_LENGTH_MAX)
TYPING_AFTER_S = 0.3
"""A template is written sooner."""
TYPING_S = 4.0
"""Telegram shows it for five seconds."""

log = structlog.get_logger()


class UnfinishedDraftError(Exception):
    """A script was asked for before everything was said that it is made of: a bug of ours."""


async def write(desk: Desk, person: Person, draft: Draft) -> Script:
    """Return the script that the draft wants now. The same draft wants the same one."""
    ask = _ask_of(draft, person)
    typing = asyncio.ensure_future(_show_typing(desk, person.chat_id))
    try:
        return await desk.scripts.write(ask, TARGET)
    finally:
        typing.cancel()


def _ask_of(draft: Draft, person: Person) -> Ask:
    if draft.product_text is None or draft.template is None:
        raise UnfinishedDraftError
    return Ask(
        draft_id=draft.draft_id,
        revision=draft.wording,
        attempt=draft.attempt,
        template=draft.template,
        product_text=draft.product_text,
        wishes=draft.wishes or NO_WISHES,
        scenario=draft.scenario or "",
        language=Language(person.voice.locale),
        captions=draft.captions,
    )


async def _show_typing(desk: Desk, chat_id: int) -> None:
    """Whether it is shown or not, the script is written."""
    await asyncio.sleep(TYPING_AFTER_S)
    try:
        while True:
            await desk.bot.send_chat_action(chat_id, ChatAction.TYPING)
            await asyncio.sleep(TYPING_S)
    except TelegramAPIError as error:
        log.info("typing was not shown", error=without_token(str(error)))
