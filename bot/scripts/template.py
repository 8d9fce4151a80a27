"""The script that needs nobody: the person's words in one of our stagings."""

from bot.scripts.brief import brief_of
from bot.scripts.phrase import SHOTS, Shot
from bot.scripts.prompt import compose
from bot.scripts.script import (
    CAPTION_LENGTH_MAX,
    SCENES_MAX,
    SCENES_MIN,
    Ask,
    Scene,
    Script,
    Source,
    Target,
)
from bot.scripts.told import Told
from bot.scripts.variants import Variant
from bot.scripts.words import joined
from contracts.orders import Template

MIDDLE_MAX = SCENES_MAX - 2


class TemplateWriter:
    """Pure: the same ask gives the same script, and every ask gives one."""

    async def write(self, ask: Ask, target: Target) -> Script:
        return write_script(ask, target)


def write_script(ask: Ask, target: Target) -> Script:
    brief = brief_of(ask, target)
    staging, words = brief.staging, brief.told
    captions = _captions(ask, words, staging.variant)
    shots = _shots(staging.variant, len(captions))
    plan = [SHOTS[shot].of(target.language) for shot in _planned(ask, shots)]
    return Script(
        title=words.name,
        setting=staging.setting(ask.language),
        scenes=tuple(
            Scene(shot=SHOTS[shot].of(ask.language), caption=caption)
            for shot, caption in zip(shots, captions, strict=True)
        ),
        call=staging.variant.call.of(ask.language),
        prompt=compose(brief, plan),
        variant=staging.variant.name,
        source=Source.TEMPLATE,
    )


def _captions(ask: Ask, words: Told, variant: Variant) -> list[str]:
    if ask.captions:
        return list(ask.captions)
    match ask.template:
        case Template.OWN:
            return _own(ask, words, variant)
        case Template.UGC | Template.AD:
            return _around(ask, words, variant)


def _around(ask: Ask, words: Told, variant: Variant) -> list[str]:
    """What the person said, between an opening and a closing, one of which is the name."""
    start = ask.attempt % len(words.details) if len(words.details) > MIDDLE_MAX else 0
    details = words.details[start:] + words.details[:start]
    middle = [*dict.fromkeys([*words.asked, *details])][:MIDDLE_MAX]
    opening = variant.opening.of(ask.language) if variant.opening else words.name
    closing = variant.closing.of(ask.language) if variant.closing else words.name
    return [opening, *(middle or [variant.filler.of(ask.language)]), closing]


def _own(ask: Ask, words: Told, variant: Variant) -> list[str]:
    """The scenario in its own order; more than five captions are joined, what is left dropped."""
    told_lines = words.lines or (words.name, *words.details)
    lines = joined(
        dict.fromkeys([*told_lines, *words.asked]),
        length_max=CAPTION_LENGTH_MAX,
        count_max=SCENES_MAX,
    )
    if len(lines) < SCENES_MIN and words.name not in lines:
        lines.insert(0, words.name)
    ends = (end.of(ask.language) for end in (variant.filler, variant.closing) if end)
    while len(lines) < SCENES_MIN:
        lines.append(next(ends))
    return lines


def _shots(variant: Variant, count: int) -> list[Shot]:
    first, *between, last = variant.shots
    return [first, *between[: max(0, count - 2)], last][:count]


def _planned(ask: Ask, shots: list[Shot]) -> list[Shot]:
    """A scenario needs the prompt's room for itself: then only the way in and out is told."""
    if ask.template is Template.OWN:
        return [*dict.fromkeys([shots[0], shots[-1]])]
    return shots
