"""Break a word that is longer than a line, as a person would, in Cyrillic and in Latin."""

from collections.abc import Callable
from itertools import takewhile

VOWELS = frozenset("аеёиоуыэюяіїєәөұүaeiouyáéíóúäöüåæø")
NEVER_FIRST = frozenset("ьъй")
"""Letters that belong to the one before them."""
SIDE_MIN = 2
"""A syllable of one letter does not stand alone on a line."""
TIE = "\u00a0"
HYPHEN = "-"
BREAKS_AFTER = frozenset("-–—/.,;:?&=_")
"""Signs after which a word or an address may be broken without a hyphen."""


def pieces(word: str, fits: Callable[[str], bool]) -> list[str]:
    """Return the word in parts that fit, all but the last one as long as they may be."""
    if fits(word):
        return [word]
    if TIE in word:
        return [part for tied in word.split(TIE) for part in pieces(tied, fits)]
    parts: list[str] = []
    while len(word) > 1 and not fits(word):
        end = _end(word, fits)
        parts.append(_part(word, end))
        word = word[end:]
    return [*parts, word]


def _end(word: str, fits: Callable[[str], bool]) -> int:
    """Return where the first part ends: after a sign, else between syllables, else anywhere."""
    fitting = takewhile(lambda end: fits(_part(word, end)), range(1, len(word)))
    ends = list(fitting) or [1]
    signs = [end for end in ends if word[end - 1] in BREAKS_AFTER]
    syllables = [end for end in ends if _is_between_syllables(word, end)]
    return (signs or syllables or ends)[-1]


def _part(word: str, end: int) -> str:
    between_letters = word[end - 1].isalpha() and word[end].isalpha()
    return word[:end] + (HYPHEN if between_letters else "")


def _is_between_syllables(word: str, end: int) -> bool:
    before, after = word[:end].casefold(), word[end:].casefold()
    return (
        min(len(before), len(after)) >= SIDE_MIN
        and before[-1].isalpha()
        and after[0].isalpha()
        and not VOWELS.isdisjoint(before)
        and not VOWELS.isdisjoint(after)
        and after[0] not in NEVER_FIRST
        and (before[-1] in VOWELS | NEVER_FIRST or after[0] not in VOWELS)
    )
