"""One way to stage a template: where, in which light, with which shots and which words of ours."""

from dataclasses import dataclass

from bot.scripts.phrase import Phrase, Shot


@dataclass(frozen=True)
class Variant:
    """Our words claim nothing about the product; where one is None, its name is shown."""

    name: str
    place: Phrase
    light: Phrase
    shots: tuple[Shot, Shot, Shot, Shot, Shot]
    """The first opens, the last closes; a short script leaves out some between."""
    opening: Phrase | None
    filler: Phrase
    """For the middle, where the person said nothing but the name."""
    closing: Phrase | None
    call: Phrase
