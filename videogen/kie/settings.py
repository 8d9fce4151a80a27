"""What an operator sets for KIE.AI. Every name is explained in `.env.example`."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

POLL_S = 5.0
"""After it a new task is looked at first; the later pauses are multiples."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must look like https://host")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must be https, because the key goes there")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must have no user, query or fragment")
    return value.rstrip("/")


def _keys(value: SecretStr) -> SecretStr:
    keys = _parted(value)
    if not keys:
        raise ValueError("is empty")
    if not all(key.isascii() and key.isprintable() and " " not in key for key in keys):
        raise ValueError("a key has characters that no key has")
    if len(set(keys)) < len(keys):
        raise ValueError("the same key is there twice")
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]


class KieSettings(BaseSettings):
    # A refused value may be a key, which must not be printed.
    model_config = SettingsConfigDict(hide_input_in_errors=True, env_ignore_empty=True)

    kie_api_key: Annotated[SecretStr, AfterValidator(_keys)]
    """One key, or several with commas between; the first that works makes the next task."""
    kie_api_url: BaseUrl = "https://api.kie.ai"
    kie_upload_url: BaseUrl = "https://kieai.redpandaai.co"
    kie_callback_url: BaseUrl | None = None
    """What KIE calls when a task ended, before the job's own token."""
    kie_callback_hmac_key: SecretStr | None = None
    kie_user_agent: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[ -~]+$")] = (
        "Mozilla/5.0 (compatible; neurocards/0.1)"
    )
    kie_submits_per_ten_s: Annotated[int, Field(ge=2, le=1_000)] = 18
    kie_queries_per_s: Annotated[int, Field(ge=2, le=1_000)] = 8
    kie_call_limit_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    kie_fetch_limit_s: Annotated[float, Field(gt=0, le=3_600)] = 180.0
    kie_catalogue: Path | None = None
    """Instead of the catalogue inside the product."""
    kie_offer: str | None = None
    """Instead of the catalogue's default."""
    kie_tasks_max: Annotated[int, Field(ge=1, le=1_000)] = 20
    kie_poll_s: Annotated[float, Field(ge=0.01, le=60)] = POLL_S
    kie_callback_port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    """Where we listen for callbacks; None: nowhere."""
    kie_callback_host: str = "127.0.0.1"
    kie_callback_secret: SecretStr | None = None

    def secrets(self) -> list[SecretStr]:
        return [SecretStr(key) for key in _parted(self.kie_api_key)]


def _parted(value: SecretStr) -> list[str]:
    return [key for part in value.get_secret_value().split(",") if (key := part.strip())]
