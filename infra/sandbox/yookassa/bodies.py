"""What a shop may send, strictly: an unknown field or a number for a text is refused."""

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
)

from infra.sandbox.yookassa.receipt_bodies import Amount, Receipt, Strict, check_receipt
from infra.sandbox.yookassa.refusals import YooKassaError, wrong

PRICE_MIN = 1_00
CARD_PRICE_MAX = 350_000_00
SBP_PRICE_MAX = 700_000_00


def _texts(metadata: dict[str, str]) -> dict[str, str]:
    if len(metadata) > METADATA_KEYS_MAX:
        raise ValueError(f"over {METADATA_KEYS_MAX} keys")
    return metadata


METADATA_KEYS_MAX = 16
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=32)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], AfterValidator(_texts)]
Description = Annotated[str, StringConstraints(max_length=128)]
Url = Annotated[str, StringConstraints(max_length=2048, pattern=r"^[a-zA-Z][a-zA-Z0-9+.-]*://\S+$")]
Nothing = Annotated[list[Any], Field(max_length=0)]
"""What the official SDK sends although nobody asked it to."""


class Confirmation(Strict):
    type: Literal["redirect"]
    return_url: Url
    enforce: bool = False
    locale: Literal["ru_RU", "en_US"] = "ru_RU"


class MethodData(Strict):
    type: Literal["bank_card", "sbp"]


class Recipient(Strict):
    gateway_id: str


class NewPayment(Strict):
    amount: Amount
    confirmation: Confirmation
    capture: bool = False
    description: Description | None = None
    metadata: Metadata = Field(default_factory=dict[str, str])
    receipt: Receipt | None = None
    payment_method_data: MethodData | None = None
    recipient: Recipient | None = None
    merchant_customer_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    client_ip: str | None = None
    save_payment_method: Literal[False] = False
    statements: Nothing = Field(default_factory=list[Any])
    transfers: Nothing = Field(default_factory=list[Any])

    @property
    def method(self) -> str | None:
        return self.payment_method_data.type if self.payment_method_data else None

    def check(self, *, is_fiscalized: bool) -> None:
        """Raise 400 for what only all of it together tells."""
        highest = CARD_PRICE_MAX if self.method == "bank_card" else SBP_PRICE_MAX
        if not PRICE_MIN <= self.amount.kopecks <= highest:
            raise wrong("Amount is out of the limits of the payment method", "amount.value")
        if self.method == "sbp" and not self.capture:
            raise wrong("SBP payments are captured at once", "capture")
        check_receipt(self.receipt, self.amount.kopecks, is_needed=is_fiscalized)


class Capture(Strict):
    amount: Amount | None = None
    receipt: Receipt | None = None
    transfers: Nothing = Field(default_factory=list[Any])


class Cancel(Strict):
    pass


class NewRefund(Strict):
    payment_id: Annotated[str, StringConstraints(min_length=1, max_length=36)]
    amount: Amount
    description: Annotated[str, StringConstraints(max_length=250)] | None = None
    metadata: Metadata | None = None
    receipt: Receipt | None = None
    sources: Nothing = Field(default_factory=list[Any])


Body = TypeVar("Body", bound=Strict)


def read(model: type[Body], body: bytes) -> Body:
    """Return the body as a model; an empty one is an empty object. Raises 400."""
    try:
        value: object = json.loads(body or b"{}")
    except ValueError as error:
        raise wrong("The request body is not JSON", "") from error
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _named(error) from error


def _named(error: ValidationError) -> YooKassaError:
    """Name the first trouble as YooKassa does: by the path to the parameter."""
    first = error.errors()[0]
    parameter = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    if parameter.partition(".")[0] == "receipt":
        return wrong("Receipt is missing or illegal", parameter)
    return wrong(f"{first['msg']}", parameter)
