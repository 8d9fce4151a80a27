"""Buttons under messages. Any old button still works: it shows what is stored now."""

from collections.abc import Callable

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.buttons import (
    CancelJobButton,
    ConfirmButton,
    CountButton,
    DropButton,
    EditButton,
    FormatButton,
    HistoryButton,
    MenuButton,
    MenuItem,
    NoWishesButton,
    Part,
    ResendButton,
    ScriptButton,
    TemplateButton,
)
from bot.desk import Desk, Person
from bot.draft import (
    NO_WISHES,
    Draft,
    Step,
    with_choice,
    with_count,
    with_format,
    with_template,
)
from bot.drafting import ask_next, redraw_card
from bot.handlers import commands, confirming, jobs
from bot.offering import offer

FORGOTTEN: dict[Part, dict[str, object]] = {
    Part.TEXT: {"product_text": None},
    Part.TEMPLATE: {"template": None, "scenario": None},
    Part.WISHES: {"wishes": None},
    Part.SCRIPT: {"accepted": False, "awaits_captions": False},
}


def build_router() -> Router:
    router = Router(name="buttons")
    router.callback_query.register(menu, MenuButton.filter())
    router.callback_query.register(older_history, HistoryButton.filter())
    router.callback_query.register(template, TemplateButton.filter())
    router.callback_query.register(no_wishes, NoWishesButton.filter())
    router.callback_query.register(script, ScriptButton.filter())
    router.callback_query.register(count, CountButton.filter())
    router.callback_query.register(format_, FormatButton.filter())
    router.callback_query.register(edit, EditButton.filter())
    router.callback_query.register(drop, DropButton.filter())
    router.callback_query.register(confirming.confirm, ConfirmButton.filter())
    router.callback_query.register(jobs.cancel_job, CancelJobButton.filter())
    router.callback_query.register(jobs.resend, ResendButton.filter())
    return router


async def menu(query: CallbackQuery, callback_data: MenuButton, desk: Desk, person: Person) -> None:
    await desk.answer(query)
    match callback_data.item:
        case MenuItem.NEW:
            await commands.begin(desk, person)
        case MenuItem.BUY:
            await offer(desk, person)
        case MenuItem.BALANCE:
            await commands.show_balance(desk, person)
        case MenuItem.HISTORY:
            await commands.show_history(desk, person)
        case MenuItem.HELP:
            await commands.show_help(desk, person)


async def older_history(
    query: CallbackQuery, callback_data: HistoryButton, desk: Desk, person: Person
) -> None:
    await desk.answer(query)
    await commands.show_history(desk, person, callback_data.before_position)


async def template(
    query: CallbackQuery, callback_data: TemplateButton, desk: Desk, person: Person
) -> None:
    draft = await _current(query, callback_data.draft_id, desk, person)
    if draft is not None:
        chosen = callback_data.template
        await _change(desk, person, draft, lambda found: with_template(found, chosen))


async def no_wishes(
    query: CallbackQuery, callback_data: NoWishesButton, desk: Desk, person: Person
) -> None:
    draft = await _current(query, callback_data.draft_id, desk, person)
    if draft is not None:
        await _change(desk, person, draft, lambda found: found.changed(wishes=NO_WISHES))


async def script(
    query: CallbackQuery, callback_data: ScriptButton, desk: Desk, person: Person
) -> None:
    """Accept the script, or ask for another one. One that is gone is shown as it is now."""
    draft = await _current(query, callback_data.draft_id, desk, person)
    if draft is not None:
        number, choice = callback_data.number, callback_data.choice
        await _change(desk, person, draft, lambda found: with_choice(found, number, choice))


async def count(
    query: CallbackQuery, callback_data: CountButton, desk: Desk, person: Person
) -> None:
    draft = await _current(query, callback_data.draft_id, desk, person)
    if draft is not None:
        chosen = callback_data.count
        await _change_card(desk, person, draft, lambda found: with_count(found, chosen))


async def format_(
    query: CallbackQuery, callback_data: FormatButton, desk: Desk, person: Person
) -> None:
    draft = await _current(query, callback_data.draft_id, desk, person)
    if draft is not None:
        chosen = callback_data.format
        await _change_card(desk, person, draft, lambda found: with_format(found, chosen))


async def _change_card(
    desk: Desk, person: Person, draft: Draft, change: Callable[[Draft], Draft]
) -> None:
    """Change something that is chosen on the card itself."""
    changed = await desk.drafts.change(person.account, lambda found: change(found or draft))
    if changed.step is Step.CARD and changed.card_message_id is not None:
        await redraw_card(desk, person, changed, changed.card_message_id)
    else:
        await ask_next(desk, person, changed)


async def edit(query: CallbackQuery, callback_data: EditButton, desk: Desk, person: Person) -> None:
    """Forget one part, so that the bot asks for it again; or the yes to the script."""
    draft = await _current(query, callback_data.draft_id, desk, person)
    if draft is None:
        return
    forgotten = FORGOTTEN[callback_data.part]
    await _change(desk, person, draft, lambda found: found.changed(**forgotten))


async def drop(query: CallbackQuery, callback_data: DropButton, desk: Desk, person: Person) -> None:
    draft = await _current(query, callback_data.draft_id, desk, person)
    if draft is not None:
        await desk.drafts.drop(person.account)
        await desk.say(person, "dropped")


async def _current(
    query: CallbackQuery, draft_id: object, desk: Desk, person: Person
) -> Draft | None:
    """Return the draft that the button belongs to; otherwise say that the button is stale.

    Whoever goes on with the draft is asked for no address any more: the next text is the draft's.
    Drafts are loaded by who tapped, so nobody reaches another person's draft.
    """
    draft = await desk.drafts.load(person.account)
    if draft is not None and draft.draft_id == draft_id and not draft.ordered:
        await desk.answer(query)
        await desk.purchases.leave_email(person.account)
        return draft
    if draft is not None and draft.draft_id == draft_id:
        await desk.answer(query, person.voice("confirm-repeated"))
        return None
    await desk.answer(query, person.voice("wrong-button"))
    if draft is None or draft.ordered:
        await desk.say(person, "idle")
    else:
        await desk.say(person, "wrong-draft")
        await ask_next(desk, person, draft)
    return None


async def _change(
    desk: Desk, person: Person, draft: Draft, change: Callable[[Draft], Draft]
) -> None:
    changed = await desk.drafts.change(person.account, lambda found: change(found or draft))
    await ask_next(desk, person, changed)
