"""Everything that a script is made of, worked out once."""

from dataclasses import dataclass

from bot.scripts.script import Ask, Target
from bot.scripts.staging import Staging, stage
from bot.scripts.told import Told, told


@dataclass(frozen=True)
class Brief:
    ask: Ask
    target: Target
    staging: Staging
    told: Told


def brief_of(ask: Ask, target: Target) -> Brief:
    return Brief(ask, target, stage(ask), told(ask))
