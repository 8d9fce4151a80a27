"""What an operator may set. Every name is explained in `.env.example`."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.messages import LATE_S_MAX


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("must look like 123456:letters, as @BotFather gave it")
    return value


class TelegramSettings(BaseSettings):
    telegram_bot_token: Annotated[SecretStr, AfterValidator(_token)]
    telegram_api_url: str = "https://api.telegram.org"


class BotSettings(BaseSettings):
    model_config = SettingsConfigDict(env_ignore_empty=True)

    bot_terms_version: str = Field(default="2026-11", pattern=r"^[A-Za-z0-9_-]{1,32}$")
    bot_support: str = Field(default="", max_length=100)
    bot_progress_interval_s: float = Field(default=3.0, ge=0)
    bot_late_s: float = Field(default=300, gt=0, le=LATE_S_MAX)
    bot_late_check_s: float = Field(default=20, gt=0, le=3_600)
    bot_stars_check_s: float = Field(default=3_600, gt=0, le=86_400)
    bot_operator_chat: int | None = None
    bot_poll_timeout_s: int = Field(default=25, ge=0, le=50)
