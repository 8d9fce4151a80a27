"""Accounts with credits, their API keys with caps, and who may do what how often."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.kie.rate import TokenBucket
from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.settings import DAY_S, Limits
from infra.sandbox.kie.tasks import TaskBook

HOUR_S = 3600.0
OVER_CAP = "The current number of points used by apiKey has exceeded the {} limit"

Credits = Annotated[float, Field(ge=0, le=1e9)]


class KeyRule(BaseModel):
    """A key to be made, or changed when there is one of that name."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1, max_length=200)]
    account: Annotated[str, Field(min_length=1, max_length=100)] = "main"
    hourly_cap: Credits | None = None
    daily_cap: Credits | None = None
    total_cap: Credits | None = None
    is_revoked: bool = False


@dataclass
class Account:
    name: str
    paid_in_credits: float
    creates: TokenBucket
    webhook_hmac_key: str | None = None


@dataclass
class ApiKey:
    rule: KeyRule
    account: Account
    queries: TokenBucket


class Accounts:
    def __init__(self, clock: ScaledClock, limits: Limits, tasks: TaskBook) -> None:
        self._clock = clock
        self._limits = limits
        self._tasks = tasks
        self._accounts: dict[str, Account] = {}
        self._keys: dict[str, ApiKey] = {}

    def account(self, name: str) -> Account:
        """Return an account, made on first use and without credits."""
        if name not in self._accounts:
            limits = self._limits
            bucket = TokenBucket(limits.creates, limits.creates_period_s, self._clock.wall)
            self._accounts[name] = Account(name, 0.0, bucket)
        return self._accounts[name]

    def put_key(self, rule: KeyRule) -> ApiKey:
        limits = self._limits
        bucket = TokenBucket(limits.queries, limits.queries_period_s, self._clock.wall)
        self._keys[rule.key] = ApiKey(rule, self.account(rule.account), bucket)
        return self._keys[rule.key]

    def known(self, authorization: str, unauthorized: str) -> ApiKey:
        """Return the key of a header, or raise 401 in the given words."""
        scheme, _, name = authorization.partition(" ")
        key = self._keys.get(name.strip()) if scheme == "Bearer" else None
        if key is None or key.rule.is_revoked:
            raise KieError(401, unauthorized)
        return key

    def balance(self, account: Account) -> float:
        now = self._clock.now()
        spent = sum(task.cost_at(now) for task in self._tasks.of_account(account.name))
        return round(account.paid_in_credits - spent, 2)

    def set_balance(self, account: Account, credit: float) -> None:
        account.paid_in_credits += credit - self.balance(account)

    def check_affordable(self, key: ApiKey, cost_credits: float) -> None:
        """Raise 433 when a cap of the key forbids it, 402 when the account is too poor."""
        caps = (
            ("hourly", key.rule.hourly_cap, self._clock.now() - HOUR_S),
            ("daily", key.rule.daily_cap, self._clock.now() - DAY_S),
            ("total", key.rule.total_cap, 0.0),
        )
        for name, cap, since in caps:
            if cap is not None and self._used(key, since) + cost_credits > cap:
                raise KieError(433, OVER_CAP.format(name))
        if self.balance(key.account) < cost_credits:
            raise KieError(402)

    def listed(self) -> list[Account]:
        return [*self._accounts.values()]

    def forget_all(self) -> None:
        self._accounts.clear()
        self._keys.clear()

    def _used(self, key: ApiKey, since: float) -> float:
        now = self._clock.now()
        return sum(task.cost_at(now) for task in self._tasks.of_key(key.rule.key, since=since))
