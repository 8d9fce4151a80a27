"""Prices as people read them."""

from bot.texts import Voice
from contracts.messages import Currency, PaymentProvider, Plan

KOPECKS = 100
GROUPED_FROM = 10_000
"""Russian sets no space into numbers of four digits."""
CURRENCIES = {PaymentProvider.YOOKASSA: Currency.RUB, PaymentProvider.STARS: Currency.XTR}


def price_of(plan: Plan, provider: PaymentProvider) -> int:
    """Return the price in minor units of the provider's currency."""
    return plan.stars if provider is PaymentProvider.STARS else plan.price


def said(voice: Voice, amount: int, currency: Currency) -> str:
    """Return an amount in minor units: `699 ₽`, `34,95 ₽`, `525 ⭐`."""
    if currency is Currency.XTR:
        return voice("pay-stars", amount=_grouped(amount))
    whole, kopecks = divmod(amount, KOPECKS)
    text = _grouped(whole)
    if kopecks:
        text += voice("pay-decimal-sign") + f"{kopecks:02d}"
    return voice("pay-roubles", amount=text)


def each(voice: Voice, price: int, credits_: int, per_video: int, currency: Currency) -> str:
    """Return what one video costs when `credits_` are bought for `price`, rounded half up."""
    if currency is Currency.XTR:
        hundredths = (2 * price * KOPECKS * per_video + credits_) // (2 * credits_)
        whole, rest = divmod(hundredths, KOPECKS)
        text = _grouped(whole) + (voice("pay-decimal-sign") + f"{rest:02d}" if rest else "")
        return voice("pay-stars", amount=text)
    return said(voice, (2 * price * per_video + credits_) // (2 * credits_), currency)


def _grouped(number: int) -> str:
    return (
        f"{number:,}".replace(",", "\N{NO-BREAK SPACE}") if number >= GROUPED_FROM else str(number)
    )
