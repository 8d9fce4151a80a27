"""Which language model writes the scripts, if any. Explained in `.env.example`."""

from enum import StrEnum
from typing import Annotated

import httpx
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PORT_MAX = 65_535


class AnswerFormat(StrEnum):
    """How the service is asked for JSON. None knows all three; what comes is checked alike."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


def _endpoint(value: str) -> str:
    if not value:
        return value
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL:
        raise ValueError("is not a URL") from None
    port = url.port or 0
    if url.scheme not in ("http", "https") or not url.host or port > PORT_MAX:
        raise ValueError("must look like https://host/v1")
    # A URL gets into logs and error messages; the key has a setting of its own.
    if url.userinfo or url.query or url.fragment:
        raise ValueError("must hold neither a password nor a query")
    return value


def _key(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ValueError("must be ASCII letters, digits and signs, without spaces")
    return value


class ScriptSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="bot_scripts_", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_endpoint)] = ""
    key: Annotated[SecretStr, AfterValidator(_key)] = SecretStr("")
    model: str = Field(default="", max_length=200)
    answer: AnswerFormat = AnswerFormat.JSON_SCHEMA
    limit_s: float = Field(default=20.0, gt=0, le=120)

    @model_validator(mode="after")
    def _names_a_model(self) -> "ScriptSettings":
        if bool(self.url) != bool(self.model):
            raise ValueError("BOT_SCRIPTS_URL and BOT_SCRIPTS_MODEL are set together or not at all")
        return self
