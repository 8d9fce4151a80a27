"""What a shop may send, in part: amounts and the receipt, which has to fit its amount."""

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.money import kopecks_of
from infra.sandbox.yookassa.refusals import wrong

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
PHONE = re.compile(r"\d{4,15}")
QUANTITY_MAX = 99_999.999


def _positive(value: str) -> str:
    if kopecks_of(value) <= 0:
        raise ValueError("an amount is more than zero")
    return value


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Amount(Strict):
    value: Annotated[str, AfterValidator(_positive)]
    currency: Literal["RUB"]

    @property
    def kopecks(self) -> int:
        return kopecks_of(self.value)


class Customer(Strict):
    email: str | None = None
    phone: str | None = None
    full_name: Annotated[str, StringConstraints(max_length=256)] | None = None
    inn: Annotated[str, StringConstraints(pattern=r"^(\d{10}|\d{12})$")] | None = None

    @model_validator(mode="after")
    def _is_reachable(self) -> "Customer":
        if self.email is not None and not EMAIL.fullmatch(self.email):
            raise ValueError("email is not an address")
        if self.phone is not None and not PHONE.fullmatch(self.phone):
            raise ValueError("phone is not a number")
        if not (self.email or self.phone):
            raise ValueError("email or phone is required")
        return self


class ReceiptItem(Strict):
    description: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    quantity: str | float
    amount: Amount
    vat_code: Annotated[int, Field(ge=1, le=12)]
    payment_mode: Literal[
        "full_prepayment",
        "partial_prepayment",
        "advance",
        "full_payment",
        "partial_payment",
        "credit",
        "credit_payment",
    ]
    payment_subject: Literal["commodity", "service", "job", "payment", "intellectual_activity"]
    measure: str | None = None

    @property
    def kopecks(self) -> float:
        """Raises `ValueError`."""
        quantity = float(self.quantity)
        if not 0 < quantity <= QUANTITY_MAX:
            raise ValueError("quantity is not a possible number")
        return self.amount.kopecks * quantity


class Receipt(Strict):
    customer: Customer
    items: Annotated[list[ReceiptItem], Field(min_length=1, max_length=100)]
    tax_system_code: Annotated[int, Field(ge=1, le=6)] | None = None

    def told(self) -> Json:
        return self.model_dump(exclude_none=True)

    def check_sum(self, kopecks: int) -> None:
        """Raise 400 unless the items make up this price."""
        try:
            total = sum(item.kopecks for item in self.items)
        except ValueError as error:
            raise wrong("Receipt is missing or illegal", "receipt.items.quantity") from error
        if round(total, 3) != kopecks:
            raise wrong("Receipt is missing or illegal", "receipt.items.amount")


def check_receipt(receipt: Receipt | None, kopecks: int, *, is_needed: bool) -> None:
    if receipt is None:
        if is_needed:
            raise wrong("Receipt is missing or illegal", "receipt")
        return
    receipt.check_sum(kopecks)
