"""What the emulator is told from outside, and the durations that Telegram's rules use."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings


def _loopback(host: str) -> str:
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError("must be a loopback address: the sandbox has no passwords")
    return host


def _token(value: SecretStr) -> SecretStr:
    number, _, secret = value.get_secret_value().partition(":")
    if not (number.isdecimal() and secret):
        raise ValueError("must look like 123456:letters")
    return value


class TelegramSettings(BaseSettings):
    """Read from the variables of these names, in capitals."""

    telegram_bot_token: Annotated[SecretStr, AfterValidator(_token)]
    sandbox_dir: Path = Path(".local/sandbox")
    sandbox_host: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    sandbox_port: int = Field(default=8081, ge=0, le=65535)
    sandbox_bot_username: str = Field(default="neurocards_bot", pattern=r"^[A-Za-z0-9_]{5,32}$")
    sandbox_bot_name: str = Field(default="Нейрокарточки", min_length=1, max_length=64)

    @property
    def token(self) -> str:
        return self.telegram_bot_token.get_secret_value()

    @property
    def bot_id(self) -> int:
        return int(self.token.partition(":")[0])


@dataclass(frozen=True)
class Timing:
    """How long Telegram waits and remembers, as its server's source has it."""

    update_ttl_s: float = 24 * 3600
    query_update_ttl_s: float = 150
    callback_answer_s: float = 15
    checkout_answer_s: float = 10
    poll_timeout_max_s: float = 50
    repeated_poll_s: float = 3.0
    hasty_poll_s: float = 0.5
    conflict_delay_s: float = 3.0
    file_link_s: float = 3600
    chat_action_s: float = 5
    delete_age_max_s: float = 48 * 3600
