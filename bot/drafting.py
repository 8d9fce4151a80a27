"""Lead a person from the photo to the card, one question at a time."""

from dataclasses import dataclass

from aiogram.types import BufferedInputFile

from bot import screens, script_screens
from bot.desk import Desk, Person
from bot.draft import Draft, Step, with_script
from bot.writing import write
from contracts.bus import NoAnswerError
from contracts.messages import Balance, Terms


async def ask_next(desk: Desk, person: Person, draft: Draft) -> None:
    """Show what the draft needs next: a question, or the card to confirm."""
    match draft.step:
        case Step.SCRIPT | Step.CAPTIONS:
            await send_script(desk, person, draft)
        case Step.CARD:
            await send_card(desk, person, draft)
        case Step.ORDERED:
            await desk.say(person, "idle")
        case _:
            await desk.show(person.chat_id, screens.ask(person.voice, draft))


async def send_script(desk: Desk, person: Person, draft: Draft) -> None:
    """Show the script to be accepted, or to be changed; written now if it is not there yet."""
    if draft.script is None:
        await ask_next(desk, person, await _with_script(desk, person, draft))
        return
    show = script_screens.captions if draft.awaits_captions else script_screens.script
    await desk.show(person.chat_id, show(person.voice, draft, draft.script))


async def _with_script(desk: Desk, person: Person, draft: Draft) -> Draft:
    script = await write(desk, person, draft)
    return await desk.drafts.change(
        person.account, lambda found: with_script(found or draft, draft, script)
    )


async def send_card(desk: Desk, person: Person, draft: Draft) -> None:
    """Send the card as a new message with the photo, so that it is the last one in the chat."""
    offer = await _offer(desk, person)
    if offer is None:
        return
    photo = await desk.photos.load(person.account, draft.photo.digest) if draft.photo else None
    if photo is None:
        forgotten = await desk.drafts.change(
            person.account, lambda found: (found or draft).changed(photo=None)
        )
        await ask_next(desk, person, forgotten)
        return
    screen = screens.card(person.voice, draft, offer.balance, offer.price)
    sent = await desk.bot.send_photo(
        person.chat_id,
        BufferedInputFile(photo, "photo.jpg"),
        caption=screen.text,
        reply_markup=screen.keyboard,
    )
    await _remember(desk, person, draft, sent.message_id, offer.price)


async def redraw_card(desk: Desk, person: Person, draft: Draft, message_id: int) -> None:
    offer = await _offer(desk, person)
    if offer is not None:
        screen = screens.card(person.voice, draft, offer.balance, offer.price)
        await desk.redraw_caption(person.chat_id, message_id, screen)
        await _remember(desk, person, draft, message_id, offer.price)


async def close_card(desk: Desk, person: Person, draft: Draft) -> None:
    """Take the buttons off a card whose order was taken."""
    if draft.card_message_id is not None:
        screen = screens.card_ordered(person.voice, draft)
        await desk.redraw_caption(person.chat_id, draft.card_message_id, screen)


async def _remember(
    desk: Desk, person: Person, draft: Draft, message_id: int, price_credits: int
) -> None:
    """Note what the person was shown: a confirmation orders at that price or not at all."""
    shown = {"card_message_id": message_id, "shown_price": price_credits}
    await desk.drafts.change(
        person.account, lambda found: (found or draft).model_copy(update=shown)
    )


@dataclass(frozen=True)
class _Offer:
    """Today's balance and price per video, in credits."""

    balance: int
    price: int


async def _offer(desk: Desk, person: Person) -> _Offer | None:
    """Return what the card needs of the ledger, or tell the person why not and return None.

    The draft stays: whatever the person writes next shows the card again.
    """
    try:
        balance = await desk.ledger.balance(person.account)
        terms = await desk.ledger.terms()
    except NoAnswerError:
        await desk.say(person, "unavailable-now")
        return None
    if isinstance(balance, Balance) and isinstance(terms, Terms):
        return _Offer(balance.balance, terms.price_credits)
    await desk.say(person, "wrong-not-started")
    return None
