"""Buy credits: make the order, put up its bill."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from bot import billing, pay_screens, stars
from bot.bills import Agreement, Bill, order_id_of
from bot.desk import Desk, Person
from bot.ledger import UnexpectedRefusalError
from bot.money import CURRENCIES, price_of
from bot.offering import offer
from contracts.bus import NoAnswerError
from contracts.messages import (
    Buy,
    Payment,
    PaymentProvider,
    Plan,
    Plans,
    Refusal,
    RefusalCode,
)

NOT_AFTER = timedelta(seconds=60)
REFUSED = {
    RefusalCode.TOO_MANY_OPEN: "pay-too-many",
    RefusalCode.BALANCE_LIMIT: "pay-balance-limit",
    RefusalCode.TOO_LATE: "pay-late",
    RefusalCode.CAPPED: "pay-capped",
    RefusalCode.ACCOUNT_UNKNOWN: "wrong-not-started",
}
CHANGED = (
    RefusalCode.PLAN_UNKNOWN,
    RefusalCode.PLAN_RETIRED,
    RefusalCode.PRICE_CHANGED,
    RefusalCode.PROVIDER_OFF,
)


@dataclass(frozen=True)
class Choice:
    """A plan as its button showed it, and what the person agreed to with it."""

    provider: PaymentProvider
    seen: str
    agreement: Agreement | None = None


@dataclass(frozen=True)
class _Purchase:
    """A choice whose plan is on sale, and the tap or message that it came from."""

    choice: Choice
    plan: Plan
    cause: str


async def choose(desk: Desk, person: Person, choice: Choice, cause: str) -> None:
    """Order what was chosen. The same `cause` again is the same order and the same bill.

    Raises `NoAnswerError` while it is unknown whether the order was made: the update then comes
    again, and with it the same order.
    """
    try:
        found = await desk.ledger.plans(person.account)
    except NoAnswerError:
        await desk.say(person, "unavailable-now")
        return
    if not isinstance(found, Plans):
        await desk.say(person, "wrong-not-started")
        return
    plan = _plan_of(found, choice)
    if plan is None:
        await _changed(desk, person)
        return
    given = (await desk.purchases.load(person.account)).email
    if choice.provider is PaymentProvider.YOOKASSA and found.email_needed and given is None:
        await ask_email(desk, person, choice)
        return
    await _buy(desk, person, _Purchase(choice, plan, cause))


async def ask_email(desk: Desk, person: Person, choice: Choice | None = None) -> None:
    """Ask where receipts go; with a choice, the purchase goes on when the address has come."""
    asked = {
        "awaits_email": True,
        "provider": choice.provider if choice else None,
        "seen": choice.seen if choice else "",
        "agreement": choice.agreement if choice else None,
    }
    await desk.purchases.change(person.account, lambda found: found.noting(**asked))
    await desk.show(person.chat_id, pay_screens.ask_email(person.voice))


async def _buy(desk: Desk, person: Person, wanted: _Purchase) -> None:
    choice, plan = wanted.choice, wanted.plan
    order_id = order_id_of(person.account, wanted.cause)
    email = (await desk.purchases.load(person.account)).email
    try:
        outcome = await desk.ledger.buy(
            Buy(
                account=person.account,
                correlation_id=order_id.hex,
                not_after=desk.now() + NOT_AFTER,
                order_id=order_id,
                provider=choice.provider,
                plan=plan.id,
                credits=plan.credits,
                price=price_of(plan, choice.provider),
                currency=CURRENCIES[choice.provider],
                email=email if choice.provider is PaymentProvider.YOOKASSA else None,
            )
        )
    except NoAnswerError:
        await _say_unsure_once(desk, person, order_id)
        raise
    if isinstance(outcome, Refusal):
        await _refused(desk, person, choice, outcome)
    else:
        await _ordered(desk, person, wanted, outcome)


async def _ordered(desk: Desk, person: Person, wanted: _Purchase, payment: Payment) -> None:
    choice, cause = wanted.choice, wanted.cause
    title = pay_screens.title_of(person.voice, wanted.plan)
    bill = await billing.note(desk, person, payment, title=title, agreement=choice.agreement)
    if payment.provider is not choice.provider:
        # One order of a plan is open at a time, whoever is paid.
        await desk.say(person, "pay-open-already")
    if payment.provider is PaymentProvider.STARS:
        await desk.purchases.leave_email(person.account)
        await _send_invoice_once(desk, person, bill, payment, cause)
    else:
        await billing.put_up(desk, person, bill, payment, cause)
        # The ledger has the address now, and only the ledger keeps it.
        await desk.purchases.change(
            person.account, lambda found: found.noting(email=None, awaits_email=False)
        )


async def _send_invoice_once(
    desk: Desk, person: Person, bill: Bill, payment: Payment, cause: str
) -> None:
    """An invoice cannot be edited, so the bill remembers only which tap it was sent for."""
    if bill.cause != cause:
        await stars.send_invoice(desk, person, payment)
        await desk.bills.change(bill, lambda found: found.noting(cause=cause))


async def _refused(desk: Desk, person: Person, choice: Choice, refusal: Refusal) -> None:
    if refusal.code in CHANGED:
        await _changed(desk, person)
    elif refusal.code is RefusalCode.EMAIL_NEEDED:
        await ask_email(desk, person, choice)
    elif refusal.code in REFUSED:
        await desk.say(person, REFUSED[refusal.code])
    else:
        raise UnexpectedRefusalError(refusal.code)


async def _changed(desk: Desk, person: Person) -> None:
    await desk.say(person, "pay-changed")
    await offer(desk, person)


async def _say_unsure_once(desk: Desk, person: Person, order_id: UUID) -> None:
    key = f"{order_id.hex}.unsure"
    if await desk.notices.begin(key):
        await desk.say(person, "pay-unsure")
        await desk.notices.end(key)


def _plan_of(found: Plans, choice: Choice) -> Plan | None:
    if choice.provider not in found.providers:
        return None
    for plan in found.plans:
        if pay_screens.seen_of(plan, choice.provider) == choice.seen:
            return plan
    return None
