"""What an operator may set. Every name is explained in `.env.example`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.domain.rules import Rules

PublicKey = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]


class DatabaseSettings(BaseSettings):
    database_url: SecretStr
    """PostgreSQL as role `ledger_service`; for `migrate` as `ledger_owner`."""


class OwnerSettings(BaseSettings):
    """For what only the owner of the tables may do beside a service that is none."""

    database_url: SecretStr | None = None
    owner_database_url: SecretStr | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if not (self.owner_database_url or self.database_url):
            raise ValueError("OWNER_DATABASE_URL or DATABASE_URL is needed")
        return self

    def url(self) -> str:
        given = self.owner_database_url or self.database_url
        return given.get_secret_value() if given else ""


class LedgerSettings(BaseSettings):
    ledger_welcome_credits: int = Field(default=1, ge=0, le=1_000)
    ledger_price_credits: int = Field(default=1, ge=1, le=1_000)
    ledger_open_jobs_max: int = Field(default=10, ge=1, le=1_000)
    ledger_deadline_s: float = Field(default=900, gt=0, le=86_400)
    ledger_start_margin_s: float = Field(default=60, ge=0)
    ledger_sweep_s: float = Field(default=15, gt=0, le=600)

    @model_validator(mode="after")
    def _some_job_can_start(self) -> Self:
        if self.ledger_start_margin_s >= self.ledger_deadline_s:
            raise ValueError("LEDGER_START_MARGIN_S must be less than LEDGER_DEADLINE_S")
        return self

    def rules(self) -> Rules:
        return Rules(
            welcome_credits=self.ledger_welcome_credits,
            price_credits=self.ledger_price_credits,
            open_jobs_max=self.ledger_open_jobs_max,
            deadline=timedelta(seconds=self.ledger_deadline_s),
            start_margin=timedelta(seconds=self.ledger_start_margin_s),
        )


class HeadsSettings(BaseSettings):
    """Where the signed heads of the log are, and who must have signed them."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    ledger_heads_file: Path | None = None
    ledger_heads_key: PublicKey | None = None

    @model_validator(mode="after")
    def _heads_are_not_trusted_blindly(self) -> Self:
        if self.ledger_heads_file and not self.ledger_heads_key:
            raise ValueError("LEDGER_HEADS_FILE needs LEDGER_HEADS_KEY, the signer's public key")
        return self


class SignerSettings(BaseSettings):
    ledger_heads_file: Path
    signer_key_file: Path
    signer_interval_s: float = Field(default=5, gt=0, le=3_600)
