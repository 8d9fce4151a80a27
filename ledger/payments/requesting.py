"""What a payment is asked for with: its whole body, and the seal by which it is known again.

Pure, so the same order gives the same body; it is frozen all the same before it is first sent,
because the plan's title, the address and the settings may change between two tries.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue, SecretStr

from ledger.domain.events import PaymentRequested
from ledger.payments.settings import PaymentSettings

DESCRIPTION_LENGTH_MAX = 128
CURRENCY = "RUB"
SEAL = "seal"
SEALED = ("order_id", "account", "plan", "credits", "price")
WHOLE_NUMBER = re.compile(r"[1-9][0-9]{0,11}")


@dataclass(frozen=True)
class Ours:
    """The order that a payment says it is for, in words that only we can have sealed."""

    order_id: UUID
    account: str
    plan: str
    credits: int
    price: int
    """What was to be paid; what was paid is the provider's word."""


def body_of(
    order: PaymentRequested, title: str, email: str | None, settings: PaymentSettings
) -> dict[str, JsonValue]:
    """Return the body of the request. Raises `ValueError` if a receipt has nowhere to go."""
    named = f"{title}: {_credits(order.credits)}"
    body: dict[str, JsonValue] = {
        "amount": _amount(order.price, order.currency),
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": settings.yookassa_return_url},
        "description": named[:DESCRIPTION_LENGTH_MAX],
        "metadata": dict(_metadata(order, settings.seal_secret())),
    }
    if settings.yookassa_receipts:
        if not email:
            raise ValueError("a receipt needs an address")
        description = f"{_credits(order.credits)} на создание видео"
        amount = _amount(order.price, order.currency)
        body["receipt"] = _receipt(description, amount, email, settings)
    return body


def refund_receipt(money: int, email: str | None, settings: PaymentSettings) -> JsonValue:
    """Return the receipt of money that goes back, or None where none is sent.

    Of a whole payment YooKassa makes it by itself; of a part it asks for one.
    """
    if not settings.yookassa_receipts or not email:
        return None
    amount = _amount(money, CURRENCY)
    return _receipt("Возврат за кредиты на создание видео", amount, email, settings)


def read_metadata(metadata: Mapping[str, str], secret: SecretStr) -> Ours | None:
    """Return what we sealed. How long it takes tells nothing about the seal."""
    words = {name: metadata.get(name, "") for name in SEALED}
    given = metadata.get(SEAL, "").encode()
    if not hmac.compare_digest(given, _seal(words, secret).encode()):
        return None
    if not all(WHOLE_NUMBER.fullmatch(words[name]) for name in ("credits", "price")):
        return None
    try:
        order_id = UUID(words["order_id"])
    except ValueError:
        return None
    return Ours(
        order_id=order_id,
        account=words["account"],
        plan=words["plan"],
        credits=int(words["credits"]),
        price=int(words["price"]),
    )


def money_text(minor: int) -> str:
    """Return 19900 as "199.00"."""
    return f"{minor // 100}.{minor % 100:02d}"


def _amount(minor: int, currency: str) -> JsonValue:
    return {"value": money_text(minor), "currency": currency}


def _metadata(order: PaymentRequested, secret: SecretStr) -> dict[str, str]:
    words = {
        "order_id": str(order.order_id),
        "account": order.originator_id,
        "plan": order.plan,
        "credits": str(order.credits),
        "price": str(order.price),
    }
    return {**words, SEAL: _seal(words, secret)}


def _seal(words: Mapping[str, str], secret: SecretStr) -> str:
    # JSON keeps the words apart, so that no two orders have the same text.
    text = json.dumps([words[name] for name in SEALED], separators=(",", ":"))
    key = secret.get_secret_value().encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _receipt(
    description: str, amount: JsonValue, email: str, settings: PaymentSettings
) -> JsonValue:
    return {
        "customer": {"email": email},
        "items": [
            {
                "description": description,
                "quantity": "1.00",
                "amount": amount,
                "vat_code": settings.yookassa_vat_code,
                "payment_mode": "full_payment",
                "payment_subject": "service",
            }
        ],
    }


def _credits(count: int) -> str:
    """Return the number with its noun: 1 кредит, 2 кредита, 5 кредитов, 11 кредитов."""
    if count % 100 in range(11, 15):
        return f"{count} кредитов"
    match count % 10:
        case 1:
            return f"{count} кредит"
        case 2 | 3 | 4:
            return f"{count} кредита"
        case _:
            return f"{count} кредитов"
