"""What may differ from one emulator to the next, and what the shop's owner can switch."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
Text = Annotated[str, Field(min_length=1, max_length=2048)]


@dataclass(frozen=True)
class Timing:
    """In seconds of YooKassa's own clock, unless said otherwise."""

    payable_s: float = HOUR_S
    capturable_s: float = 7 * DAY_S
    key_kept_s: float = DAY_S
    receipt_s: float = 10.0
    """From the payment to its registered receipt."""
    refund_s: float = DAY_S
    """How long a refund that is not made at once is pending."""
    notified_for_s: float = DAY_S
    """From the event to the last try."""
    retry_delays_s: tuple[float, ...] = (60.0, 300.0, 900.0, HOUR_S)
    """The last of them again and again."""
    answer_limit_s: float = 10.0
    """Of real time: later is no answer to a notification."""


class Shop(BaseModel):
    """The shop, as its owner sees it in the merchant profile; `/sim/shop` changes it."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    shop_id: Annotated[str, Field(pattern=r"^\d{1,20}$")] = "100500"
    gateway_id: Annotated[str, Field(pattern=r"^\d{1,20}$")] = "100700"
    secret: Text = "test_secret-of-the-emulator"  # noqa: S105 - opens nothing but this
    name: Text = "Нейрокарточки"
    is_test: bool = True
    is_fiscalized: bool = False
    """Receipts from YooKassa are on: a payment needs one."""
    status: Literal["enabled", "disabled"] = "enabled"
    notification_url: Text | None = None
    forwarded_for: Text | None = None
    """Sent as X-Forwarded-For with each notification, as the shop's proxy would."""


@dataclass(frozen=True)
class YooKassaSettings:
    shop: Shop = field(default_factory=Shop)
    timing: Timing = field(default_factory=Timing)
