"""What stands behind the page: Telegram's world, the log, and the operator's line to NATS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from infra.sandbox.log_follower import LogFollower
from infra.sandbox.log_reader import LogReader
from infra.sandbox.operator_link import OperatorLink
from infra.sandbox.page.bot_watch import BotWatch
from infra.sandbox.telegram.world import TelegramWorld


@dataclass(frozen=True)
class Health:
    name: str
    is_well: bool


@dataclass(frozen=True)
class Backstage:
    world: TelegramWorld
    reader: LogReader
    follower: LogFollower
    link: OperatorLink
    bot: BotWatch
    plans: Mapping[str, str]
    """The titles of what is or was sold, under their ids."""
    bot_is_real: bool
    now: Callable[[], datetime]

    def health(self) -> tuple[Health, ...]:
        """Say who answers. A bot that talks to the real Telegram is not seen from here."""
        seen = () if self.bot_is_real else (Health("Бот", self.bot.is_polling),)
        return (
            Health("PostgreSQL", self.follower.is_linked),
            Health("NATS", self.link.is_linked),
            Health("Леджер", self.link.terms is not None),
            *seen,
        )
