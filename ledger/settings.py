"""What an operator may set. Every name is explained in `.env.example`."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from ledger.domain.rules import Rules


class DatabaseSettings(BaseSettings):
    database_url: SecretStr
    """PostgreSQL as role `ledger_service`; for `migrate` as `ledger_owner`."""


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
