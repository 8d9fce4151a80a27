"""Show what can be bought, and what a draft lacks."""

from bot import pay_screens
from bot.desk import Desk, Person
from bot.draft import Draft
from bot.emails import hint_of
from bot.pay_screens import Gap
from contracts.bus import NoAnswerError
from contracts.messages import Plans, Refusal, Terms


async def offer(desk: Desk, person: Person) -> None:
    """Show what can be bought now."""
    await desk.purchases.leave_email(person.account)
    try:
        found = await desk.ledger.plans(person.account)
        terms = await desk.ledger.terms()
    except NoAnswerError:
        await desk.say(person, "unavailable-now")
        return
    if not isinstance(found, Plans) or not isinstance(terms, Terms):
        await desk.say(person, "wrong-not-started")
    elif not found.plans or not found.providers:
        screen = pay_screens.nothing_to_buy(person.voice, desk.settings.bot_support)
        await desk.show(person.chat_id, screen)
    else:
        given = (await desk.purchases.load(person.account)).email
        hint = hint_of(given) if given else found.email_hint
        screen = pay_screens.plans(person.voice, found, terms.price_credits, hint)
        await desk.show(person.chat_id, screen)


async def offer_for_draft(desk: Desk, person: Person, draft: Draft, refusal: Refusal) -> None:
    """Say what the draft lacks, and offer to buy it and go on at once."""
    gap = Gap(needed=refusal.needed or 0, balance=refusal.balance or 0)
    try:
        found = await desk.ledger.plans(person.account)
    except NoAnswerError:
        found = None
    screen = pay_screens.short_of_all(person.voice, gap)
    if isinstance(found, Plans) and found.providers and pay_screens.sufficient(found, gap):
        screen = pay_screens.short(person.voice, found, gap, draft)
    await desk.show(person.chat_id, screen)
