"""What every decision is made from: the operator's rules, the log's clock, the command's keys."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct, field

from ledger.domain.commands import AccountCommand
from ledger.domain.events import AccountEvent
from ledger.domain.refusals import KeyReused, TooLate


class Rules(Struct, frozen=True, kw_only=True):
    """What the operator may choose. Amounts in credits."""

    welcome_credits: int = 1
    price_credits: int = 1
    open_jobs_max: int = 10
    deadline: timedelta = timedelta(minutes=15)
    start_margin: timedelta = timedelta(minutes=1)
    """A job whose deadline is nearer than this may not start."""


class Known(Struct, frozen=True, kw_only=True):
    """The log's clock, and what the log already holds under the command's keys."""

    now: datetime
    events: Mapping[str, AccountEvent] = field(default_factory=dict[str, AccountEvent])


def refuse_late(command: AccountCommand, known: Known) -> None:
    if command.not_after is not None and known.now > command.not_after:
        raise TooLate


def refuse_other(**compared: tuple[object, object]) -> None:
    for name, (recorded, asked) in compared.items():
        if recorded != asked:
            raise KeyReused(field=name)
