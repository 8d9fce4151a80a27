"""Steps about buying credits, and about money that goes back."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.composition import module
from infra.local.environment import for_own_stack
from infra.sandbox.journey import scenes
from infra.sandbox.journey.books import Entry
from infra.sandbox.journey.person import Person
from infra.sandbox.journey.scenes import JOB
from infra.sandbox.journey.seeing import Seen, expect, only, present, seen
from infra.sandbox.journey.shop import ShopCounter, pay_on_the_page, payment_id_in
from infra.sandbox.journey.stage import Stage
from infra.sandbox.journey.steps.orders import FAILING
from infra.sandbox.telegram.views import ChatView, MessageView
from infra.sandbox.videogen import HOLD

BUY = "/buy"
STARTER = "Стартер · 199 ₽"
GO_ON = "Оплатить и сразу создать: Стартер, 199 ₽"
PAID = "Оплата прошла: 5 кредитов"
CREDITS = 5
LIE_COPIES = 2
BELL_COPIES = 5
CONSOLE_S_MAX = 60.0
POLL_S = 0.1
RECEIVED = "200"
"""As the emulator notes that a notification was taken."""


async def payment(stage: Stage) -> Seen:
    """A plan is bought on the checkout page, and its credits are there once."""
    person = await _newcomer(stage, "Жанна")
    bill, url = await _bill(person)
    how = await pay_on_the_page(stage.client, url)
    told = await person.hear(PAID, after=bill.message_id)
    events = await _credited_once(stage, person)
    await person.see(_says(bill, "Оплачено"), "the bill says that it is paid")
    expect(events[-1].balance_after == CREDITS + 1, "the credits are on the account")
    return seen(person, events, told=told.text, paid_with=how)


async def payment_without_webhook(stage: Stage) -> Seen:
    """No notification ever comes; the ledger asks by itself and credits what was paid."""
    person = await _newcomer(stage, "Захар")
    shop = ShopCounter(stage.client)
    async with shop.fault("no_notification", always=True):
        bill, url = await _bill(person)
        await shop.pay(payment_id_in(url))
        told = await person.hear(PAID, after=bill.message_id)
    return seen(person, await _credited_once(stage, person), told=told.text)


async def payment_forged(stage: Stage) -> Seen:
    """Two forged notifications credit nobody, and five of a real one credit once."""
    person = await _newcomer(stage, "Инна")
    shop = ShopCounter(stage.client)
    bill, url = await _bill(person)
    payment_id = payment_id_in(url)
    before = len(await shop.notifications())
    await shop.forge("succeeded", payment_id=payment_id)
    await shop.forge("unknown_id")
    await _all_answered(shop, before + LIE_COPIES)
    expect(await stage.books.balance(person.account) == 1, "the forged ones credited nobody")
    async with shop.fault("duplicate", copies=BELL_COPIES):
        await shop.pay(payment_id)
        told = await person.hear(PAID, after=bill.message_id)
        await _all_answered(shop, before + LIE_COPIES + 1)
    return seen(person, await _credited_once(stage, person), told=told.text)


async def payment_lost_reply(stage: Stage) -> Seen:
    """The provider's answer is lost; the same payment is found again, and there is only one."""
    person = await _newcomer(stage, "Клим")
    shop = ShopCounter(stage.client)
    async with shop.fault("lost_reply", endpoint="payments.create"):
        bill, url = await _bill(person)
    await shop.pay(payment_id_in(url))
    told = await person.hear(PAID, after=bill.message_id)
    events = await _credited_once(stage, person)
    [counted] = [
        order
        for order in (await shop.totals())["orders"].values()
        if payment_id_in(url) in order["payment_ids"]
    ]
    expect(len(counted["payment_ids"]) == 1, "one payment was made for the order")
    return seen(person, events, told=told.text)


async def payment_refund(stage: Stage) -> Seen:
    """Money goes back: what was spent becomes debt, and the next credit pays it."""
    person = await _newcomer(stage, "Лида")
    bill, url = await _bill(person)
    await ShopCounter(stage.client).pay(payment_id_in(url))
    await person.hear(PAID, after=bill.message_id)
    card = await scenes.put_together(person, stage.photos[0], FAILING, count=2)
    with stage.armed(HOLD):
        # Two credits are spent, as far as anybody knows.
        await person.tap(card.confirm)
        await stage.books.until(person.account, "started", count=1)
        said = await _console(stage, "payments", "refund", payment_id_in(url), "--by", "journey")
        expect(said.code == 0, f"the refund went through: {said.text}")
        told = await person.hear("Возврат 199 ₽", after=bill.message_id)
    expect("Уже потрачено и записано в долг: 1 кредит" in told.text, f"the debt: {told.text}")
    back = await stage.books.until(person.account, "refunded", count=2)
    left = [one.balance_after for one in back]
    expect(left == [0, 1], f"the first credit that came back paid the debt: {left}")
    everything = await stage.books.events(person.account)
    return seen(person, everything, told=told.text, said=said.text)


async def draft_continues(stage: Stage) -> Seen:
    """Credits are short; after the payment the video that was agreed to starts by itself."""
    person = await _newcomer(stage, "Марк")
    card = await scenes.put_together(person, stage.photos[1], FAILING, count=2)
    await person.tap(card.confirm)
    await person.hear("Не хватает: 1 кредит", after=card.message.message_id)
    await person.tap(GO_ON)
    bill = await person.hear("После оплаты ролик запустится сам", after=card.message.message_id)
    url = await _link(person, bill)
    await ShopCounter(stage.client).pay(payment_id_in(url))
    await person.hear(JOB, after=bill.message_id)
    # Videos are what other steps are about; these two fail, and cost nothing.
    await stage.books.until(person.account, "refunded", count=2)
    events = await stage.books.events(person.account)
    expect(len(only(events, "deducted")) == 2, "the order was placed once")
    expect(events[-1].balance_after == CREDITS + 1, "everything came back")
    return seen(person, events)


async def reconciled(stage: Stage) -> Seen:
    """Log and provider agree; a payment that was changed there is named."""
    agreed = await _console(stage, "payments", "reconcile")
    expect(agreed.code == 0, f"they agree: {agreed.text}")
    shop = ShopCounter(stage.client)
    paid = [one for one in await shop.payments() if one["status"] == "succeeded"]
    changed = present(paid[0] if paid else None, "something was paid")["id"]
    await shop.change(changed, amount="198.99")
    differs = await _console(stage, "payments", "reconcile")
    await shop.change(changed, amount="199.00")
    expect(differs.code == 1, "a difference is exit code 1")
    expect(changed in differs.text, f"the payment is named: {differs.text}")
    return {"account": None, "jobs": [], "positions": [], "said": differs.text}


async def _newcomer(stage: Stage, name: str) -> Person:
    person = await stage.enter(name)
    await scenes.start(person)
    return person


async def _bill(person: Person) -> tuple[MessageView, str]:
    """Choose the plan; return the bill and the page where it is paid."""
    after = await person.last_message_id()
    await person.text(BUY)
    await person.hear("Профи", after=after)
    await person.tap(STARTER)
    bill = await person.hear("Стартер", after=after + 2)
    return bill, await _link(person, bill)


async def _link(person: Person, bill: MessageView) -> str:
    def look(view: ChatView) -> str | None:
        shown = next(one for one in view.messages if one.message_id == bill.message_id)
        buttons = [button for row in shown.buttons for button in row]
        pay = (button for button in buttons if button.text.startswith("Оплатить"))
        return next((str(button.value) for button in pay), None)

    return await person.see(look, "a button that leads to the checkout page")


def _says(message: MessageView, words: str) -> Callable[[ChatView], MessageView | None]:
    def look(view: ChatView) -> MessageView | None:
        shown = (one for one in view.messages if one.message_id == message.message_id)
        return next((one for one in shown if words in one.text), None)

    return look


async def _credited_once(stage: Stage, person: Person) -> list[Entry]:
    completed = await stage.books.until(person.account, "payment_completed")
    expect(len(completed) == 1, "the payment is credited once")
    return await stage.books.events(person.account)


async def _all_answered(shop: ShopCounter, count: int) -> None:
    """Wait until so many notifications were answered as received."""
    async with asyncio.timeout(CONSOLE_S_MAX):
        while True:
            found = await shop.notifications()
            if len([one for one in found if RECEIVED in one["answers"][-1:]]) >= count:
                return
            await asyncio.sleep(POLL_S)


@dataclass(frozen=True)
class Said:
    code: int
    text: str


async def _console(stage: Stage, *command: str) -> Said:
    """Run a command of the ledger's console beside the stack, as an operator does."""
    directory = str(stage.stack.layout.directory)
    line = module("infra.local", "exec", "--stack", directory, "--", *module("ledger", *command))
    running = await asyncio.create_subprocess_exec(
        *line,
        env=for_own_stack(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(CONSOLE_S_MAX):
        said, _ = await running.communicate()
    return Said(running.returncode or 0, said.decode(errors="replace").strip())
