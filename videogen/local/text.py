"""Cut what a person wrote into lines that can be drawn; nothing here knows about pixels."""

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise

ELLIPSIS = "…"
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|[\r\n]+")
QUOTED = re.compile(r"[«“\"„]([^«»“”\"„]{2,80})[»”\"“]")
CLAUSE_END = re.compile(r"(?<=[,;:])\s+|\s+[—–-]\s+")
BOUND_MAX = 2
UNIT_MAX = 3
DASHES = ("—", "–", "-")
DROPPED = "\0"
DROPPED_RUN = re.compile(r"[ \0]*\0[ \0]*(.?)")

CanDraw = Callable[[str], bool]


def drawable(text: str, can_draw: CanDraw) -> str:
    """Leave out what the font lacks; line breaks stay. Empty when no letter or digit is left."""
    composed = unicodedata.normalize("NFC", text)
    kept = DROPPED_RUN.sub(_gap, "".join(_kept(each, can_draw) for each in composed))
    lines = (" ".join(line.split()) for line in kept.splitlines())
    result = "\n".join(line for line in lines if _says_something(line))
    return _tidy(result)


def sentences(text: str) -> list[str]:
    parts = (part.strip() for part in SENTENCE_END.split(text))
    return [part for part in parts if _says_something(part)]


def headline(text: str, length_max: int) -> tuple[str, str]:
    """Split off the first sentence, or of a long one its first clause; return it and the rest."""
    first, *others = sentences(text) or [""]
    rest = " ".join(others)
    if len(first) > length_max:
        clause = CLAUSE_END.split(first, maxsplit=1)
        if len(clause) > 1 and len(clause[0]) <= length_max:
            return _without_stop(clause[0].rstrip(",;:")), _capital(f"{clause[1]} {rest}")
    return _without_stop(first), rest


def quoted(text: str) -> str | None:
    """Return the first passage in quotation marks: a wish like «напишите „Скидка 20 %“»."""
    found = QUOTED.findall(text)
    return found[-1].strip() if found else None


def bound(text: str) -> str:
    """Tie short words to the next and units to their number, so that no line ends with them."""
    words = text.split()
    pieces = [words[0]] if words else []
    for before, word in pairwise(words):
        short_before_long = before not in DASHES and len(before) <= BOUND_MAX < len(word)
        unit_of_number = before[-1].isdigit() and len(word.strip(".,!?")) <= UNIT_MAX
        tied = short_before_long or unit_of_number or word in DASHES
        pieces += ["\u00a0" if tied else " ", word]
    return "".join(pieces)


def shorten(text: str, fits: Callable[[str], bool]) -> str:
    """Drop whole words from the end until it fits; of one long word, drop letters."""
    if fits(text):
        return text
    words = text.split(" ")
    for count in range(len(words) - 1, 0, -1):
        shorter = " ".join(words[:count]).rstrip(",;:—–-. ") + ELLIPSIS
        if fits(shorter):
            return shorter
    word, low, high = words[0], 0, len(words[0]) - 1
    while low < high:
        length = (low + high + 1) // 2
        low, high = (length, high) if fits(word[:length] + ELLIPSIS) else (low, length - 1)
    return word[:low] + ELLIPSIS


def packed(parts: list[str], *, length_max: int, count_max: int) -> list[str]:
    """Of too many parts join the shortest neighbours while they stay short, then drop the rest."""
    packed_parts = list(parts)
    while len(packed_parts) > count_max:
        lengths = [len(left) + 1 + len(right) for left, right in pairwise(packed_parts)]
        shortest = lengths.index(min(lengths))
        if lengths[shortest] > length_max:
            break
        packed_parts[shortest : shortest + 2] = [" ".join(packed_parts[shortest : shortest + 2])]
    return packed_parts[:count_max]


def _kept(character: str, can_draw: CanDraw) -> str:
    if character in "\r\n":
        return "\n"
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Mn", "Me", "Co", "Cs", "Cn"):
        return ""
    return character if can_draw(character) else DROPPED


def _gap(dropped: re.Match[str]) -> str:
    """Signs between words often stand for a full stop: «🌹 Выглядит как живая»."""
    after = dropped[1]
    return ("\n" if after.isupper() else " ") + after


def _tidy(text: str) -> str:
    return re.sub(r" +([,.!?;:…])", r"\1", text).strip(" ,;:")


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].strip()


def _without_stop(text: str) -> str:
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text
