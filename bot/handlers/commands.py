"""Commands: /start, /new, /buy, /balance, /history, /help, /terms, /cancel."""

from aiogram import Router
from aiogram.filters import Command, CommandStart
from aiogram.types import Message

from bot import screens
from bot.desk import Desk, Person
from bot.draft import Draft
from bot.drafting import ask_next
from bot.offering import offer
from bot.screens import Screen
from contracts.bus import NoAnswerError
from contracts.messages import Balance, Done, History, Terms

HISTORY_PAGE = 10


def build_router() -> Router:
    router = Router(name="commands")
    router.message.register(start, CommandStart())
    router.message.register(new, Command("new"))
    router.message.register(buy, Command("buy"))
    router.message.register(balance, Command("balance"))
    router.message.register(history, Command("history"))
    router.message.register(help_, Command("help"))
    router.message.register(terms, Command("terms"))
    router.message.register(cancel, Command("cancel"))
    return router


async def start(message: Message, desk: Desk, person: Person) -> None:
    """Open the account. Asked again until it is known, because the bonus is money."""
    done = await desk.ledger.open_account(
        person.account, desk.settings.bot_terms_version, f"start-{message.message_id}"
    )
    offered = await desk.ledger.terms()
    found = await desk.ledger.balance(
        person.account, done.position if isinstance(done, Done) else 0
    )
    if not isinstance(found, Balance) or not isinstance(offered, Terms):
        await desk.say(person, "unavailable-now")
        return
    fresh = isinstance(done, Done) and not done.repeat
    bonus = done.bonus_credits if isinstance(done, Done) else 0
    screen = _welcome(person, found, offered, bonus) if fresh else _welcome_back(person, found)
    await desk.show(person.chat_id, screen)


async def new(_: Message, desk: Desk, person: Person) -> None:
    await begin(desk, person)


async def begin(desk: Desk, person: Person) -> None:
    """Start a new draft in place of an unfinished one."""
    await desk.purchases.leave_email(person.account)
    fresh = Draft(draft_id=desk.new_id())
    draft = await desk.drafts.change(person.account, lambda _: fresh)
    await ask_next(desk, person, draft)


async def buy(_: Message, desk: Desk, person: Person) -> None:
    await offer(desk, person)


async def balance(_: Message, desk: Desk, person: Person) -> None:
    await show_balance(desk, person)


async def show_balance(desk: Desk, person: Person) -> None:
    try:
        found = await desk.ledger.balance(person.account)
    except NoAnswerError:
        await desk.say(person, "unavailable-now")
        return
    if isinstance(found, Balance):
        screen = screens.balance(person.voice, found, desk.settings.bot_support)
        await desk.show(person.chat_id, screen)
    else:
        await desk.say(person, "wrong-not-started")


async def history(_: Message, desk: Desk, person: Person) -> None:
    await show_history(desk, person)


async def show_history(desk: Desk, person: Person, before_position: int | None = None) -> None:
    try:
        found = await desk.ledger.history(person.account, HISTORY_PAGE, before_position)
    except NoAnswerError:
        await desk.say(person, "unavailable-now")
        return
    entries = found.entries if isinstance(found, History) else ()
    await desk.show(person.chat_id, screens.history(person.voice, entries, HISTORY_PAGE))


async def help_(_: Message, desk: Desk, person: Person) -> None:
    await show_help(desk, person)


async def show_help(desk: Desk, person: Person) -> None:
    offered = await _offered(desk, person)
    if offered:
        price = person.voice.credits(offered.price_credits)
        text = person.voice("help", price=price)
        await desk.show(person.chat_id, Screen(text, screens.menu(person.voice)))


async def terms(_: Message, desk: Desk, person: Person) -> None:
    offered = await _offered(desk, person)
    if offered:
        await desk.say(
            person,
            "terms",
            price=person.voice.credits(offered.price_credits),
            minutes=max(1, round(offered.deadline_s / 60)),
            version=desk.settings.bot_terms_version,
        )


async def cancel(_: Message, desk: Desk, person: Person) -> None:
    """Drop what is being put together. A job in the queue has its own button.

    Whoever was asked for an address takes that back first, and keeps the draft.
    """
    if await desk.purchases.leave_email(person.account):
        await desk.say(person, "pay-email-left")
        return
    draft = await desk.drafts.load(person.account)
    if draft is None or draft.ordered:
        await desk.say(person, "nothing-to-cancel")
        return
    await desk.drafts.drop(person.account)
    await desk.say(person, "dropped")


async def _offered(desk: Desk, person: Person) -> Terms | None:
    try:
        offered = await desk.ledger.terms()
    except NoAnswerError:
        offered = None
    if isinstance(offered, Terms):
        return offered
    await desk.say(person, "unavailable-now")
    return None


def _welcome(person: Person, found: Balance, offered: Terms, bonus: int) -> Screen:
    voice = person.voice
    price = voice.credits(offered.price_credits)
    amount = voice.credits(found.balance)
    if bonus:
        text = voice("welcome-new", price=price, bonus=voice.credits(bonus), balance=amount)
    else:
        text = voice("welcome-new-no-bonus", price=price, balance=amount)
    return Screen(text, screens.menu(voice))


def _welcome_back(person: Person, found: Balance) -> Screen:
    text = person.voice("welcome-back", balance=person.voice.credits(found.balance))
    return Screen(text, screens.menu(person.voice))
