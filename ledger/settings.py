"""What an operator may set. Every name is explained in `.env.example`."""

from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.domain.rules import Rules


class DatabaseSettings(BaseSettings):
    database_url: SecretStr
    """PostgreSQL as role `ledger_service`; for `migrate` as `ledger_owner`."""


class LedgerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LEDGER_")

    welcome_credits: int = Field(default=1, ge=0, le=1_000)
    price_credits: int = Field(default=1, ge=1, le=1_000)
    open_jobs_max: int = Field(default=10, ge=1, le=1_000)
    deadline_s: float = Field(default=900, gt=0, le=86_400)
    start_margin_s: float = Field(default=60, ge=0)
    sweep_s: float = Field(default=15, gt=0, le=600)

    def rules(self) -> Rules:
        return Rules(
            welcome_credits=self.welcome_credits,
            price_credits=self.price_credits,
            open_jobs_max=self.open_jobs_max,
            deadline=timedelta(seconds=self.deadline_s),
            start_margin=timedelta(seconds=self.start_margin_s),
        )
