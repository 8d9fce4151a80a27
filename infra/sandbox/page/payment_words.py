"""What the page says of payments: what was ordered, how much money, and why it came to nothing."""

from collections.abc import Mapping

from contracts.messages import Currency, PaymentProvider
from infra.sandbox.log_reader import Entry
from infra.sandbox.page import words
from infra.sandbox.yookassa.reason_words import REASON_WORDS

NBSP = "\N{NO-BREAK SPACE}"
KOPECKS = 100
GROUPED_FROM = 10_000
"""Russian sets no space into numbers of four digits."""

PROVIDERS = {PaymentProvider.YOOKASSA: "ЮKassa", PaymentProvider.STARS: "Telegram Stars"}
CANCELED = {
    **REASON_WORDS,
    "canceled": "без объяснения",
    "never_created": "счёт так и не создан",
    "no_address": "нет почты для чека",
}
REFUND_FAILED = {
    "canceled": "без объяснения",
    "general_decline": "банк не назвал причину",
    "insufficient_funds": "на счету магазина не хватает денег",
}
REFUSED = "refused_"
"""Begins the reason when the provider did not even take what it was asked for."""


def title_of(entry: Entry, plans: Mapping[str, str]) -> str:
    """Return the event in words; `plans` has the titles of plans under their ids."""
    if entry.kind == "payment_requested" and entry.plan is not None:
        return f"Заказ пакета «{plans.get(entry.plan, entry.plan)}»"
    return words.title_of(entry)


def about(entry: Entry) -> str:
    """Return what belongs behind the event's title, or nothing."""
    money = money_of(entry)
    match entry.kind:
        case "payment_requested":
            return f"{words.counted(entry.amount, words.CREDITS)} за {money}"
        case "payment_opened":
            return provider_of(entry.provider or "")
        case "payment_canceled":
            return reason_of(entry.reason or "", CANCELED)
        case "payment_completed" | "payment_refund_requested" | "payment_refunded":
            return money
        case "payment_refund_failed":
            return f"{money}, {reason_of(entry.reason or '', REFUND_FAILED)}"
        case "delivered":
            return ""
        case _:
            return words.reason_of(entry.reason)


def money_of(entry: Entry) -> str:
    """Return the event's money: `199 ₽`, `34,95 ₽`, `150 ⭐`."""
    money = entry.money or 0
    match entry.currency:
        case Currency.XTR:
            return f"{_grouped(money)}{NBSP}⭐"
        case Currency.RUB:
            whole, kopecks = divmod(money, KOPECKS)
            return f"{_grouped(whole)}{f',{kopecks:02d}' if kopecks else ''}{NBSP}₽"
        case _:
            return f"{money}{NBSP}{entry.currency}"


def provider_of(name: str) -> str:
    return PROVIDERS[PaymentProvider(name)] if name in set(PaymentProvider) else name


def reason_of(code: str, known: Mapping[str, str]) -> str:
    """Return the reason inside a sentence; a code that has no words is shown as it is."""
    if code.startswith(REFUSED):
        return f"платёжная система не приняла запрос ({code.removeprefix(REFUSED)})"
    said = known.get(code, code)
    return said[:1].lower() + said[1:]


def order_number(entry: Entry) -> str:
    """Return the first digits of the order's id, or nothing."""
    return entry.order_id.hex[: words.NUMBER_LENGTH].upper() if entry.order_id else ""


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", NBSP) if number >= GROUPED_FROM else str(number)
