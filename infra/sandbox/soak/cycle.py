"""One whole cycle as a person lives it: from the photo to the video, or to the credit's return."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx
from msgspec.structs import replace

from infra.sandbox.journey import scenes
from infra.sandbox.journey.person import NotSeenError, Person, said_by_bot
from infra.sandbox.journey.scenes import Card
from infra.sandbox.soak.chats import job_number, told_in
from infra.sandbox.soak.evidence import Cycle, Told, ToldKind
from infra.sandbox.soak.pictures import picture
from infra.sandbox.soak.plan import Order
from infra.sandbox.telegram.views import ChatView, MessageView

UNKNOWN_NOW = "Сейчас не могу это узнать"
NOT_NOW = (
    UNKNOWN_NOW,
    "временно недоступна",
    "большая очередь",
    "Слишком много заказов",
    "время вышло",
)
"""No credit was taken, and the person may try again."""
ANSWER_WAIT_S = 60.0
TRY_AGAIN_S = 2.0
ORDERED_WITHIN_S = 300.0
RESEND = "Прислать ещё раз"
ENDS = (ToldKind.VIDEO, ToldKind.LATE_VIDEO, ToldKind.REFUND)


async def live(
    person: Person, order: Order, before_confirm: Callable[[], Awaitable[None]], end_wait_s: float
) -> Cycle:
    """Live through the order, whatever happens, and tell of it."""
    told = Cycle(cycle=order.cycle, account=person.account)
    try:
        photo = await asyncio.to_thread(picture, order.cycle)
        card = await _card(person, photo, order.product)
        await before_confirm()
        began = time.monotonic()
        message, refused = await _ordered(person, card)
        told = replace(told, number=job_number(message), refused=refused)
        end = await _ended(person, job_number(message), end_wait_s)
        return replace(told, end=end.kind, took_s=round(time.monotonic() - began, 2))
    except (AssertionError, ValueError, httpx.HTTPError) as error:
        # Nothing of this order shall be left over for the next one.
        await person.text("/cancel")
        return replace(told, trouble=str(error) or type(error).__name__)


async def _card(person: Person, photo: bytes, product: str) -> Card:
    """Put the order together; the card names the balance, which has to be known."""
    before = await scenes.describe(person, photo, product)
    await person.hear(scenes.SCRIPT, after=before)
    while True:
        after = await person.last_message_id()
        await person.tap(scenes.ACCEPT)

        def look(view: ChatView, after: int = after) -> MessageView | None:
            answers = (
                *(one for one in said_by_bot(view, before) if scenes.CARD in one.text),
                *(one for one in said_by_bot(view, after) if UNKNOWN_NOW in one.text),
            )
            return next(iter(answers), None)

        answer = await person.see(look, "the card", ANSWER_WAIT_S)
        if scenes.CARD in answer.text:
            return Card(answer)
        await asyncio.sleep(TRY_AGAIN_S)


async def _ordered(person: Person, card: Card) -> tuple[MessageView, int]:
    """Tap until the order is taken; return the message of its job and how often it was not."""
    give_up_at = time.monotonic() + ORDERED_WITHIN_S
    refused = 0
    while True:
        answer = await _answer(person, card)
        if scenes.JOB in answer.text:
            return answer, refused
        refused += 1
        if time.monotonic() > give_up_at:
            raise NotSeenError(f"{person.name} was sent away {refused} times: {answer.text!r}")
        await asyncio.sleep(TRY_AGAIN_S)


async def _answer(person: Person, card: Card) -> MessageView:
    """Tap once; return the message of the job, or the one that says not now."""
    after = await person.last_message_id()
    await person.tap(card.confirm)

    def look(view: ChatView) -> MessageView | None:
        for message in said_by_bot(view, card.message.message_id):
            if message.text.startswith(scenes.JOB):
                return message
        said = said_by_bot(view, after)
        return next((one for one in said if any(text in one.text for text in NOT_NOW)), None)

    return await person.see(look, "an answer to the order", ANSWER_WAIT_S)


async def _ended(person: Person, number: str, wait_s: float) -> Told:
    """Wait for the video or the refund; have a video that may be lost sent again."""

    def look(view: ChatView) -> Told | None:
        found = [one for one in told_in(person.account, view) if one.number == number]
        ends = [one for one in found if one.kind in ENDS]
        return next(iter([*ends, *found]), None)

    seen = await person.see(look, f"how {number} ended", wait_s)
    if seen.kind is not ToldKind.UNCERTAIN:
        return seen
    await person.tap(RESEND)

    def arrived(view: ChatView) -> Told | None:
        found = told_in(person.account, view)
        return next((one for one in found if one.number == number and one.kind in ENDS), None)

    return await person.see(arrived, f"the video {number} again", wait_s)
