"""Invoices in Telegram Stars, the yes or no before a payment, refunds and the list of both."""

from infra.sandbox.telegram import checkouts
from infra.sandbox.telegram.chats import Person
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.keyboards import payable_markup
from infra.sandbox.telegram.methods.call import Call
from infra.sandbox.telegram.methods.sending import Outgoing
from infra.sandbox.telegram.refusals import Breach
from infra.sandbox.telegram.stars import Invoice, transaction_json
from infra.sandbox.telegram.world import TelegramWorld

CURRENCY = "XTR"
STARS_MAX = 100_000
LIMIT_MAX = 100
NOT_WITH_STARS = ("max_tip_amount", "suggested_tip_amounts", "provider_token")
IGNORED_WITH_STARS = (
    "provider_data",
    "need_name",
    "need_phone_number",
    "need_email",
    "need_shipping_address",
    "send_phone_number_to_provider",
    "send_email_to_provider",
    "is_flexible",
)


async def send_invoice(world: TelegramWorld, call: Call) -> Json:
    _check_currency(call)
    stars = _stars(call)
    unmarked = {name: value for name, value in call.params.items() if name != "reply_markup"}
    outgoing = Outgoing(world, Call(call.method, unmarked))
    russian = outgoing.chat.person.language_code.startswith("ru")
    label = f"{'Заплатить' if russian else 'Pay'} ⭐ {stars}"
    shown = {
        "title": call.get("title"),
        "description": call.get("description"),
        "start_parameter": call.get("start_parameter", default=""),
        "currency": CURRENCY,
        "total_amount": stars,
    }
    markup = payable_markup(call.get("reply_markup"), label)
    [message] = outgoing.deliver({"invoice": shown, "reply_markup": markup})
    invoice = Invoice(call.get("title"), call.get("payload"), stars)
    world.stars.keep_invoice(outgoing.chat.chat_id, message.message_id, invoice)
    return message.wire


async def answer_pre_checkout_query(world: TelegramWorld, call: Call) -> bool:
    error: str | None = call.get("error_message")
    is_ok: bool = call.get("ok")
    if not is_ok and not error:
        raise Breach("ERROR_TEXT_EMPTY")
    if is_ok and error:
        call.oversights.append("an error_message beside ok=True is shown to nobody")
    query_id: str = call.get("pre_checkout_query_id")
    checkouts.answer(world, query_id, error=None if is_ok else error)
    return True


async def refund_star_payment(world: TelegramWorld, call: Call) -> bool:
    checkouts.refund(world, call.get("user_id"), call.get("telegram_payment_charge_id"))
    return True


async def get_star_transactions(world: TelegramWorld, call: Call) -> Json:
    offset, limit = call.get("offset", default=0), call.get("limit", default=LIMIT_MAX)
    if offset < 0 or not 1 <= limit <= LIMIT_MAX:
        raise Breach("LIMIT_INVALID" if offset >= 0 else "OFFSET_INVALID")
    page = world.stars.transactions()[offset : offset + limit]
    return {"transactions": [transaction_json(one, _user(world, one.person_id)) for one in page]}


def _check_currency(call: Call) -> None:
    if call.get("currency") != CURRENCY:
        # Another currency needs a provider, of which the sandbox has none.
        raise Breach("PAYMENT_PROVIDER_INVALID")
    for name in NOT_WITH_STARS:
        if call.get(name):
            raise Breach("STARS_INVOICE_INVALID")
    if call.get("photo_url"):
        raise Breach("wrong photo_url: the sandbox fetches no pictures")
    call.oversights += [
        f"{name} is ignored with Stars" for name in IGNORED_WITH_STARS if call.get(name)
    ]
    if not call.get("start_parameter"):
        call.oversights.append("without start_parameter a forwarded copy can be paid by anybody")


def _stars(call: Call) -> int:
    prices: list[Json] = call.get("prices")
    if len(prices) != 1:
        raise Breach("STARS_INVOICE_INVALID")
    if not prices[0]["label"].strip():
        raise Breach("can't parse prices: labels must be non-empty")
    stars: int = prices[0]["amount"]
    if not 1 <= stars <= STARS_MAX:
        raise Breach("CURRENCY_TOTAL_AMOUNT_INVALID")
    return stars


def _user(world: TelegramWorld, person_id: int) -> Json:
    chat = world.find_chat(person_id)
    return (chat.person if chat else Person(person_id, "?")).as_user()
