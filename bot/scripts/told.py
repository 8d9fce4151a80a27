"""What the person said, sorted for captions and prompts."""

from dataclasses import dataclass

from bot.scripts.script import CAPTION_LENGTH_MAX, TITLE_LENGTH_MAX, Ask
from bot.scripts.words import captions, cleaned, cut, headline, quoted


@dataclass(frozen=True)
class Told:
    name: str
    """The product as the person calls it; shortened if need be, never reworded."""
    product: str
    details: tuple[str, ...]
    """Captions from what the product text says beside the name."""
    wishes: str
    asked: tuple[str, ...]
    """Captions that the wishes ask for word for word, in quotation marks."""
    scenario: str
    """What is told beside the product: the scenario, and the captions that are the person's own."""
    lines: tuple[str, ...]
    """Captions from the scenario, in its order."""


def told(ask: Ask) -> Told:
    product, wishes, scenario = (cleaned(words) for words in ask.words)
    name, rest = headline(product, TITLE_LENGTH_MAX)
    said = "\n".join(words for words in (scenario, *ask.captions) if words)
    return Told(
        name=name,
        product=product,
        details=tuple(captions(rest, CAPTION_LENGTH_MAX)),
        wishes=wishes,
        asked=tuple(cut(words, CAPTION_LENGTH_MAX) for words in quoted(wishes)),
        scenario=said,
        lines=tuple(captions(scenario, CAPTION_LENGTH_MAX)),
    )
