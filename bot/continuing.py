"""A draft goes on by itself after the payment, if the person agreed to that on the screen."""

from bot.bills import Agreement, Bill
from bot.desk import Desk, Person
from bot.draft import Draft, Step
from bot.drafting import ask_next
from bot.handlers.confirming import order_if_let_in


async def go_on(desk: Desk, person: Person, bill: Bill) -> None:
    """Confirm exactly what was agreed to, once; whoever calls holds the bill's lock.

    Raises `NoAnswerError` while it is unknown whether it was ordered: then the same again.
    """
    if bill.agreement is None or bill.hidden or bill.continued:
        return
    draft = await desk.drafts.load(person.account)
    if draft is not None and is_agreed(draft, bill.agreement):
        if not draft.ordered:
            await order_if_let_in(draft, desk, person)
    elif draft is not None and not draft.ordered:
        await desk.say(person, "pay-draft-changed")
        await ask_next(desk, person, draft)
    await desk.bills.change(bill, lambda found: found.noting(continued=True))


def is_agreed(draft: Draft, agreement: Agreement) -> bool:
    """Whether it is that very revision, complete, or was ordered meanwhile."""
    same = (draft.draft_id, draft.revision) == (agreement.draft_id, agreement.revision)
    return same and draft.step in (Step.CARD, Step.ORDERED)
