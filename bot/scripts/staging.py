"""Where and in which light: the variant's choice, or the person's where they named one."""

from dataclasses import dataclass

from bot.scripts.phrase import Phrase
from bot.scripts.script import Ask, Language
from bot.scripts.variants import Variant, variant_of
from bot.scripts.wishes import LIGHTS, PLACES, wished


@dataclass(frozen=True)
class Staging:
    variant: Variant
    place: Phrase
    light: Phrase

    def setting(self, language: Language) -> str:
        return f"{self.place.of(language)}; {self.light.of(language)}"


def stage(ask: Ask) -> Staging:
    variant = variant_of(ask)
    wishes = f"{ask.wishes}\n{ask.scenario}"
    return Staging(
        variant=variant,
        place=wished(PLACES, wishes) or variant.place,
        light=wished(LIGHTS, wishes) or variant.light,
    )
