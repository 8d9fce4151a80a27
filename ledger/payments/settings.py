"""What an operator sets for payments. Every name is explained in `.env.example`."""

import hashlib
import hmac
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = ("127.0.0.1", "::1", "localhost")
RETURN_URL_LENGTH_MAX = 2_048
SEAL_PURPOSE = b"neurocards: metadata of payments"


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must look like https://host/v3")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must be https, because the key goes there")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must have no user, query or fragment")
    return value.rstrip("/")


def _secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ValueError("has characters that no key has")
    return value


def _networks(value: str) -> str:
    _parsed(value)
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500), AfterValidator(_secret)]


class PaymentSettings(BaseSettings):
    """Without a shop nothing is sold for roubles, and without `ledger_stars` nothing for Stars."""

    # A refused value may be a key, which must not be printed.
    model_config = SettingsConfigDict(hide_input_in_errors=True, env_ignore_empty=True)

    yookassa_shop_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")] | None = None
    yookassa_secret_key: Secret | None = None
    yookassa_api_url: BaseUrl = "https://api.yookassa.ru/v3"
    yookassa_return_url: Annotated[
        str, Field(max_length=RETURN_URL_LENGTH_MAX, pattern=r"^https?://[!-~]+$")
    ] = "https://t.me"
    """Where people come back to from the page where they pay."""
    yookassa_receipts: bool = False
    """Each payment carries a receipt, so the person's e-mail is asked."""
    yookassa_vat_code: Annotated[int, Field(ge=1, le=12)] = 1
    yookassa_test_payments: bool = False
    """Count payments in which no money moves."""
    yookassa_connect_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    yookassa_read_s: Annotated[float, Field(gt=0, le=120)] = 25.0
    yookassa_threads: Annotated[int, Field(ge=1, le=64)] = 8
    payments_hmac_secret: Secret | None = None
    """Seals what a payment says of its order."""
    ledger_plans: Path | None = None
    """Instead of the plans inside the product."""
    ledger_payment_minute_s: Annotated[float, Field(gt=0, le=60)] = 60.0
    """How long a minute of the schedules takes; shorter where the provider's clock runs faster."""
    ledger_http_port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    """Where we listen for notifications; None: nowhere."""
    ledger_http_host: str = "127.0.0.1"
    ledger_webhook_proxies: Annotated[str, AfterValidator(_networks)] = ""
    """Addresses or networks, with commas between, that are believed who they speak for."""
    ledger_stars: bool = False
    ledger_stars_day_max: Annotated[int, Field(ge=0, le=10**9)] = 50_000
    """Stars that a bot may report in a day."""
    ledger_chat_grants_day_max: Annotated[int, Field(ge=0, le=10**9)] = 10_000
    """Credits that may be granted from the chat in a day."""

    @model_validator(mode="after")
    def _shop_and_key_belong_together(self) -> Self:
        if (self.yookassa_shop_id is None) != (self.yookassa_secret_key is None):
            raise ValueError("YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY are given both or neither")
        return self

    @property
    def yookassa_is_on(self) -> bool:
        return self.yookassa_shop_id is not None

    def seal_secret(self) -> SecretStr:
        """Without a secret of its own it is derived from the shop's key."""
        if self.payments_hmac_secret is not None:
            return self.payments_hmac_secret
        if self.yookassa_secret_key is None:
            raise ValueError("there is no shop whose payments could be sealed")
        key = self.yookassa_secret_key.get_secret_value().encode()
        return SecretStr(hmac.new(key, SEAL_PURPOSE, hashlib.sha256).hexdigest())

    def webhook_proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return _parsed(self.ledger_webhook_proxies)


def _parsed(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
