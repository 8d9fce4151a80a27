"""The one button that spends credits."""

from aiogram.types import CallbackQuery

from bot.buttons import ConfirmButton
from bot.desk import Desk, Person
from bot.draft import Draft, Step
from bot.drafting import ask_next, close_card, send_card
from bot.ledger import UnexpectedRefusalError
from bot.offering import offer_for_draft
from bot.ordering import PhotoGoneError, order, put_up_cards
from bot.screens import in_minutes
from contracts.bus import NoAnswerError
from contracts.messages import Done, Refusal, RefusalCode
from contracts.studio import Entrance


async def confirm(
    query: CallbackQuery, callback_data: ConfirmButton, desk: Desk, person: Person
) -> None:
    """Order the revision that the person saw. A repeated tap finds the order and changes nothing.

    Raises `NoAnswerError` while the outcome is unknown: the update then comes again, and with it
    the same job ids.
    """
    draft = await desk.drafts.load(person.account)
    if draft is None or draft.draft_id != callback_data.draft_id:
        await _stale(query, draft, desk, person)
    elif draft.ordered:
        await desk.answer(query, person.voice("confirm-repeated"))
        await desk.say(person, "confirm-started-nothing-twice")
    elif draft.revision != callback_data.revision or draft.step is not Step.CARD:
        await desk.answer(query, person.voice("confirm-changed"))
        await ask_next(desk, person, draft)
    else:
        await desk.answer(query, person.voice("confirm-accepted"))
        await order_if_let_in(draft, desk, person)


async def order_if_let_in(draft: Draft, desk: Desk, person: Person) -> None:
    """What the ledger may have already is found out first, whatever the workers say now."""
    answer = None if draft.asked else await desk.studio.let_in(draft, desk.now())
    if answer is None or answer.is_yes:
        await _order(await _noted(draft, desk, person, asked=True), desk, person)
    elif answer.entrance is Entrance.CROWDED:
        minutes = in_minutes(answer.wait_s)
        await desk.say(person, "confirm-crowded", minutes=minutes)
    else:
        await desk.say(person, "confirm-closed")


async def _noted(draft: Draft, desk: Desk, person: Person, **noted: bool) -> Draft:
    """Note something that makes no new revision."""
    return await desk.drafts.change(
        person.account, lambda found: (found or draft).model_copy(update=noted)
    )


async def _order(draft: Draft, desk: Desk, person: Person) -> None:
    try:
        outcome = await order(desk, person, draft)
    except NoAnswerError:
        await _say_unsure_once(draft, desk, person)
        raise
    except PhotoGoneError:
        desk.studio.give_back(draft)
        asked = await desk.drafts.change(
            person.account, lambda found: (found or draft).changed(photo=None)
        )
        await ask_next(desk, person, asked)
        return
    if isinstance(outcome, Done):
        await _accepted(outcome, draft, desk, person)
    else:
        desk.studio.give_back(draft)
        await _noted(draft, desk, person, asked=False)
        await _refused(outcome, draft, desk, person)


async def _accepted(done: Done, draft: Draft, desk: Desk, person: Person) -> None:
    """Put up the cards before the draft is closed: a crash in between only repeats this."""
    await put_up_cards(desk, person, draft, done)
    ordered = await desk.drafts.change(
        person.account,
        lambda found: (
            found.model_copy(update={"ordered": True})
            if found and found.draft_id == draft.draft_id
            else found or draft.model_copy(update={"ordered": True})
        ),
    )
    await close_card(desk, person, ordered)


async def _refused(refusal: Refusal, draft: Draft, desk: Desk, person: Person) -> None:
    match refusal.code:
        case RefusalCode.INSUFFICIENT_CREDITS:
            await offer_for_draft(desk, person, draft, refusal)
        case RefusalCode.TOO_MANY_OPEN:
            await desk.say(person, "confirm-too-many")
        case RefusalCode.TOO_LATE:
            await desk.say(person, "confirm-late")
        case RefusalCode.PRICE_CHANGED:
            await desk.say(person, "confirm-price-changed")
            await send_card(desk, person, draft)
        case RefusalCode.ACCOUNT_UNKNOWN:
            await desk.say(person, "wrong-not-started")
        case _:
            raise UnexpectedRefusalError(refusal.code)


async def _stale(query: CallbackQuery, draft: Draft | None, desk: Desk, person: Person) -> None:
    await desk.answer(query, person.voice("wrong-button"))
    if draft is None or draft.ordered:
        await desk.say(person, "idle")
    else:
        await desk.say(person, "wrong-draft")
        await ask_next(desk, person, draft)


async def _say_unsure_once(draft: Draft, desk: Desk, person: Person) -> None:
    if not draft.unsure_told:
        await _noted(draft, desk, person, unsure_told=True)
        await desk.say(person, "confirm-unsure")
