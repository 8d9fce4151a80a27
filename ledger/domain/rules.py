"""What every decision is made from: the operator's rules, the log's clock, the command's keys."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct, field

from ledger.domain.account import Account
from ledger.domain.commands import AccountCommand
from ledger.domain.events import AccountEvent
from ledger.domain.refusals import (
    AccountUnknown,
    AmountInvalid,
    BalanceLimit,
    KeyReused,
    TooLate,
)

CREDITS_MAX = 1_000_000
"""In one command; the messages say the same."""
MONEY_MAX = 10**12
BALANCE_MAX = 1_000_000_000


class Rules(Struct, frozen=True, kw_only=True):
    """What the operator may choose. Amounts in credits."""

    welcome_credits: int = 1
    price_credits: int = 1
    open_jobs_max: int = 10
    open_orders_max: int = 10
    deadline: timedelta = timedelta(minutes=15)
    start_margin: timedelta = timedelta(minutes=1)
    """A job whose deadline is nearer than this may not start."""


class Known(Struct, frozen=True, kw_only=True):
    """The log's clock, and what the log already holds under the command's keys."""

    now: datetime
    events: Mapping[str, AccountEvent] = field(default_factory=dict[str, AccountEvent])
    orders: Mapping[UUID, tuple[AccountEvent, ...]] = field(
        default_factory=dict[UUID, tuple[AccountEvent, ...]]
    )
    """Every event of the payment order that the command names, by position."""


def refuse_late(command: AccountCommand, known: Known) -> None:
    if command.not_after is not None and known.now > command.not_after:
        raise TooLate


def refuse_other(**compared: tuple[object, object]) -> None:
    for name, (recorded, asked) in compared.items():
        if recorded != asked:
            raise KeyReused(field=name)


def refuse_unknown(account: Account) -> None:
    if account.version == 0:
        raise AccountUnknown


def refuse_no_amount(most: int, **amounts: object) -> None:
    """A second line behind the messages: no caller can record an amount that is none."""
    for name, amount in amounts.items():
        # Exactly an int: a bool is one too, and 1.0 equals one.
        if type(amount) is not int or not 0 < amount <= most:
            raise AmountInvalid(field=name)


def refuse_overfull(account: Account, amount: int) -> None:
    if account.balance + amount - to_debt(account, amount) > BALANCE_MAX:
        raise BalanceLimit


def to_debt(account: Account, amount: int) -> int:
    """Return how many of the credits that come in pay debt: debt is paid first."""
    return min(account.debt, amount)
