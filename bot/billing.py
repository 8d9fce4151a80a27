"""Keep the bill of an order in the chat true: one message, edited when there is news."""

from bot import bill_screens
from bot.bills import Agreement, Bill
from bot.desk import Desk, Person
from bot.texts import Voice, locale_of
from contracts.ids import telegram_user
from contracts.messages import Payment, PaymentState


def bare_bill(payment: Payment) -> Bill | None:
    """Return a bill that the bot lost, or None for no Telegram user."""
    user_id = telegram_user(payment.account)
    if user_id is None:
        return None
    return Bill(
        order_id=payment.order_id,
        account=payment.account,
        chat_id=user_id,
        locale=locale_of(None),
    )


async def note(
    desk: Desk, person: Person, payment: Payment, *, title: str, agreement: Agreement | None
) -> Bill:
    """Remember what was shown and agreed to last, before anything can be paid."""
    fresh = Bill(order_id=payment.order_id, account=person.account, chat_id=person.chat_id)
    said = {"title": title, "locale": person.voice.locale, "agreement": agreement, "hidden": False}
    return await desk.bills.change(fresh, lambda found: found.noting(**said))


async def put_up(desk: Desk, person: Person, bill: Bill, payment: Payment, cause: str) -> None:
    """Show the bill as the last message of the chat, unless this very tap has done so already."""
    async with desk.bills.lock(bill.order_id):
        bill = await desk.bills.load(bill.order_id) or bill
        if bill.message_id is not None and bill.cause == cause:
            return
        sent = await desk.show(person.chat_id, bill_screens.bill(person.voice, payment, bill))
        before = bill.message_id
        shown = {"message_id": sent.message_id, "cause": cause, "shown": payment.state}
        bill = await desk.bills.change(bill, lambda found: found.noting(**shown))
        if before is not None:
            await desk.redraw(person.chat_id, before, bill_screens.moved(person.voice))
    if payment.state is PaymentState.REQUESTED:
        # Its link may have come before there was a message to put it into.
        found = await desk.ledger.payment(person.account, bill.order_id)
        if isinstance(found, Payment):
            await renew(desk, bill, found)


async def renew(desk: Desk, bill: Bill, payment: Payment) -> None:
    """Redraw the bill if it says something else; it never goes back to what was before."""
    async with desk.bills.lock(bill.order_id):
        bill = await desk.bills.load(bill.order_id) or bill
        if bill.message_id is None or bill.shown is payment.state or bill.is_past(payment.state):
            return
        await redraw(desk, bill, payment)


async def redraw(desk: Desk, bill: Bill, payment: Payment) -> None:
    """Edit the message as it is to be now; whoever calls holds the bill's lock."""
    if bill.message_id is None:
        return
    screen = bill_screens.bill(Voice(desk.texts, bill.locale), payment, bill)
    await desk.redraw(bill.chat_id, bill.message_id, screen)
    await desk.bills.change(bill, lambda found: found.noting(shown=payment.state))
