"""Paying an invoice: the bot is asked first and has ten seconds; only its yes moves Stars."""

from infra.sandbox.telegram.chats import Chat, ChatMessage
from infra.sandbox.telegram.impossible import ImpossibleError, NothingThereError
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import BadRequest, Breach
from infra.sandbox.telegram.stars import Checkout, StarTransaction
from infra.sandbox.telegram.world import TelegramWorld

FIRST_QUERY_ID = 6_000_000_000_000_000_001
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
CHARGE_ALREADY_REFUNDED = "CHARGE_ALREADY_REFUNDED"
CHARGE_ID_INVALID = "CHARGE_ID_INVALID"


def begin(world: TelegramWorld, chat: Chat, message_id: int, *, loses_update: bool) -> Checkout:
    """Ask the bot whether the invoice may be paid now. The same one may be paid again."""
    invoice = world.stars.invoice(chat.chat_id, message_id)
    message = chat.messages.get(message_id)
    if invoice is None or message is None or not _is_payable(message):
        raise NothingThereError(f"message {message_id} is no invoice")
    if world.stars.balance(chat.chat_id) < invoice.stars:
        raise ImpossibleError(f"the person owns fewer than {invoice.stars} Stars")
    number = world.storage.next_number("checkout", first=FIRST_QUERY_ID)
    now = world.now()
    until = now + world.timing.checkout_answer_s
    place = (str(number), chat.chat_id, message_id)
    checkout = Checkout(*place, invoice, now, until, loses_update)
    with world.change(chat):
        world.stars.checkouts.append(checkout)
        world.queue.add("pre_checkout_query", _query(chat, checkout))
    return checkout


def answer(world: TelegramWorld, query_id: str, *, error: str | None) -> None:
    """Take the bot's word: without an `error` the Stars are its own and the chat shows it.

    Raises `BadRequest` for a query that is too old, unknown or answered.
    """
    now = world.now()
    waiting = (one for one in world.stars.checkouts if one.query_id == query_id)
    checkout = next((one for one in waiting if one.state(now) == "waiting"), None)
    chat = None if checkout is None else world.find_chat(checkout.chat_id)
    if checkout is None or chat is None:
        raise BadRequest(TOO_OLD)
    with world.change(chat):
        checkout.answered_after_s = now - checkout.asked_at
        checkout.error = error
        if error is None:
            _complete(world, chat, checkout)


def refund(
    world: TelegramWorld, person_id: int, charge_id: str, *, loses_update: bool = False
) -> StarTransaction:
    """Give the Stars of one payment back; the bot gets a message about it as well."""
    payment = world.stars.find(charge_id)
    chat = world.find_chat(person_id)
    if payment is None or chat is None or payment.person_id != person_id:
        raise Breach(CHARGE_ID_INVALID)
    if world.stars.find(charge_id, "refund") is not None:
        raise BadRequest(CHARGE_ALREADY_REFUNDED)
    with world.change(chat):
        given_back = world.stars.give_back(payment, int(world.now()))
        # Telegram writes this one in the name of whoever gave the Stars back.
        content = {"refunded_payment": _told(payment)}
        message = world.add_message(chat, content, outgoing=True)
        if not loses_update:
            world.queue.add("message", message.wire)
    return given_back


def _is_payable(message: ChatMessage) -> bool:
    return any(button.get("pay") for row in message.keyboard for button in row)


def _complete(world: TelegramWorld, chat: Chat, checkout: Checkout) -> None:
    payment = world.stars.take_payment(chat.chat_id, checkout.invoice, int(world.now()))
    checkout.charge_id = payment.charge_id
    content = {"successful_payment": _told(payment)}
    message = world.add_message(chat, content, outgoing=False)
    if not checkout.loses_update:
        world.queue.add("message", message.wire)


def _told(payment: StarTransaction) -> Json:
    return {
        "currency": "XTR",
        "total_amount": payment.stars,
        "invoice_payload": payment.payload,
        "telegram_payment_charge_id": payment.charge_id,
        "provider_payment_charge_id": f"{payment.person_id}_{payment.number}",
    }


def _query(chat: Chat, checkout: Checkout) -> Json:
    return {
        "id": checkout.query_id,
        "from": chat.person.as_user(),
        "currency": "XTR",
        "total_amount": checkout.invoice.stars,
        "invoice_payload": checkout.invoice.payload,
    }
