"""Buying credits: the plan, the address for the receipt, and the buttons of the bill."""

from uuid import UUID

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from bot import bill_screens, billing
from bot.bills import Agreement, Bill, tag_of
from bot.buttons import (
    CheckPaymentButton,
    EmailButton,
    HideBillButton,
    PlanAndDraftButton,
    PlanButton,
    ShowBillButton,
)
from bot.buying import Choice, ask_email, choose
from bot.desk import Desk, Person
from bot.drafting import ask_next
from bot.emails import NotAnEmail, read_email
from bot.offering import offer
from contracts.bus import NoAnswerError
from contracts.messages import Payment, PaymentState


async def answers_for_email(message: Message, desk: Desk, person: Person) -> bool:
    """Whether this text is the address that was asked for, or its replay."""
    found = await desk.purchases.load(person.account)
    return found.awaits_email or found.email_message_id == message.message_id


def build_router() -> Router:
    router = Router(name="payments")
    router.message.register(email, F.text, ~F.text.startswith("/"), answers_for_email)
    router.callback_query.register(plan, PlanButton.filter())
    router.callback_query.register(plan_and_draft, PlanAndDraftButton.filter())
    router.callback_query.register(other_email, EmailButton.filter())
    router.callback_query.register(check, CheckPaymentButton.filter())
    router.callback_query.register(hide, HideBillButton.filter())
    router.callback_query.register(show, ShowBillButton.filter())
    return router


async def plan(query: CallbackQuery, callback_data: PlanButton, desk: Desk, person: Person) -> None:
    await desk.answer(query)
    choice = Choice(callback_data.provider, callback_data.seen)
    await choose(desk, person, choice, f"tap/{query.id}")


async def plan_and_draft(
    query: CallbackQuery, callback_data: PlanAndDraftButton, desk: Desk, person: Person
) -> None:
    """Agree that the draft is confirmed after the payment, as long as it is the one shown."""
    draft = await desk.drafts.load(person.account)
    tapped = (callback_data.tag, callback_data.revision)
    if draft is None or draft.ordered or (tag_of(draft), draft.revision) != tapped:
        await desk.answer(query, person.voice("confirm-changed"))
        if draft is None or draft.ordered:
            await desk.say(person, "idle")
        else:
            await ask_next(desk, person, draft)
        return
    await desk.answer(query)
    agreement = Agreement(draft_id=draft.draft_id, revision=draft.revision)
    choice = Choice(callback_data.provider, callback_data.seen, agreement)
    await choose(desk, person, choice, f"tap/{query.id}")


async def other_email(
    query: CallbackQuery, callback_data: EmailButton, desk: Desk, person: Person
) -> None:
    await desk.answer(query)
    if callback_data.later:
        await desk.purchases.leave_email(person.account)
        await desk.say(person, "pay-email-left")
    else:
        await ask_email(desk, person)


async def email(message: Message, desk: Desk, person: Person) -> None:
    """Take the address, then go on with what was chosen. What is no address is asked again."""
    try:
        given = read_email(message.text or "")
    except NotAnEmail:
        await desk.say(person, "pay-email-wrong")
        return
    taken = {"email": given, "awaits_email": False, "email_message_id": message.message_id}
    found = await desk.purchases.change(person.account, lambda found: found.noting(**taken))
    if found.provider is None:
        await offer(desk, person)
    else:
        choice = Choice(found.provider, found.seen, found.agreement)
        await choose(desk, person, choice, f"message/{message.message_id}")


async def check(
    query: CallbackQuery, callback_data: CheckPaymentButton, desk: Desk, person: Person
) -> None:
    """Have the provider asked. That credits came is told by the ledger's own event."""
    try:
        found = await desk.ledger.check_payment(person.account, callback_data.order_id)
    except NoAnswerError:
        await desk.answer(query, person.voice("pay-check-unknown"), alert=True)
        return
    if not isinstance(found, Payment):
        await desk.answer(query, person.voice("pay-not-yours"), alert=True)
        return
    await desk.answer(query, _verdict(person, found), alert=True)
    await billing.renew(desk, await _bill(query, desk, person, found), found)


async def hide(
    query: CallbackQuery, callback_data: HideBillButton, desk: Desk, person: Person
) -> None:
    """Put the bill away, and with it the word to go on by itself. The order ends on its own."""
    await _redraw(query, callback_data.order_id, desk, person, hidden=True)


async def show(
    query: CallbackQuery, callback_data: ShowBillButton, desk: Desk, person: Person
) -> None:
    await _redraw(query, callback_data.order_id, desk, person, hidden=False)


async def _redraw(
    query: CallbackQuery, order_id: UUID, desk: Desk, person: Person, *, hidden: bool
) -> None:
    try:
        found = await desk.ledger.payment(person.account, order_id)
    except NoAnswerError:
        await desk.answer(query, person.voice("unavailable-now"), alert=True)
        return
    if not isinstance(found, Payment):
        await desk.answer(query, person.voice("pay-not-yours"), alert=True)
        return
    await desk.answer(query)
    bill = await _bill(query, desk, person, found)
    async with desk.bills.lock(order_id):
        bill = await desk.bills.change(bill, lambda stored: stored.noting(hidden=hidden))
        await billing.redraw(desk, bill, found)


async def _bill(query: CallbackQuery, desk: Desk, person: Person, payment: Payment) -> Bill:
    """Return the bill; one that the bot lost is the message that was tapped."""
    fresh = Bill(
        order_id=payment.order_id,
        account=person.account,
        chat_id=person.chat_id,
        locale=person.voice.locale,
        title=payment.title,
        message_id=query.message.message_id if query.message else None,
    )
    return await desk.bills.change(fresh, lambda found: found)


def _verdict(person: Person, payment: Payment) -> str:
    """Return what a tap is answered with; such an answer holds no more than 200 characters."""
    match payment.state:
        case PaymentState.COMPLETED:
            return person.voice("pay-check-completed")
        case PaymentState.CANCELED:
            return bill_screens.canceled(person.voice, payment.reason)
        case PaymentState.REQUESTED:
            return person.voice("pay-check-preparing")
        case PaymentState.OPENED:
            return person.voice("pay-check-waiting")
