"""Cut what a person wrote into captions. Nothing is reworded: only left out or shortened."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

ELLIPSIS = "…"
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
CLAUSE_END = re.compile(r"(?<=[,;:])\s+|\s+[—–-]\s+")
QUOTED = re.compile(r"[«“\"„]([^«»“”\"„]{2,80})[»”\"“]")
NAME_LENGTH_MAX = 40
"""What is longer says more than a name, as a rule after a comma or a dash."""
NEGATIONS = frozenset(
    [
        "не",
        "ни",
        "без",
        "нет",
        "not",
        "no",
        "without",
        "never",
        "don't",
        "doesn't",
        "isn't",
        "won't",
        "can't",
        "cannot",
    ]
)
ARTICLES = frozenset({"a", "an", "the"})
NEGATION_REACH = 2
"""So many words before a thing may deny it: «не на кухне»."""
UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# These turn the direction of whatever stands behind them, be it somebody else's text.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
JOINER = "\u200d"


def cleaned(text: str) -> str:
    """Drop what nobody sees; single spaces and line breaks stay."""
    broken = text.replace("\r", "\n").replace("\t", " ")
    kept = "".join(letter for letter in broken if letter == "\n" or _is_kept(letter))
    lines = (" ".join(line.split()) for line in kept.split("\n"))
    return "\n".join(line for line in lines if line)


def says_something(text: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)


def length(text: str) -> int:
    """Count UTF-16 units, as most services do: an emoji is two."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def headline(text: str, length_max: int) -> tuple[str, str]:
    """Split off the first sentence, or of a long one its first clause; return it and the rest."""
    first, *others = sentences(text)
    if length(first) <= NAME_LENGTH_MAX:
        return _without_stop(first), "\n".join(others)
    clause, *more = CLAUSE_END.split(first, maxsplit=1)
    if more and length(clause) <= length_max and says_something(clause):
        return clause.rstrip(",;:"), "\n".join([_capital(more[0]), *others])
    return cut(first, length_max), "\n".join(others)


def sentences(text: str) -> list[str]:
    return [part.strip() for part in SENTENCE_END.split(text) if says_something(part)]


def captions(text: str, length_max: int) -> list[str]:
    """Return the sentences, a long one as its clauses, each cut to the limit."""
    found = (
        piece
        for sentence in sentences(text)
        for piece in _pieces(_without_stop(sentence), length_max)
    )
    return [cut(piece, length_max) for piece in found if says_something(piece)]


def quoted(text: str) -> list[str]:
    """Return what is to be written, as in a wish like «напишите „Скидка 20 %“»."""
    return [
        found[1].strip()
        for found in QUOTED.finditer(text)
        if says_something(found[1]) and not is_denied(text, found.start())
    ]


def is_denied(text: str, start: int) -> bool:
    """True when one of the few words before `start`, in the same clause, says no."""
    clause = re.split(r"[.,;:!?\n]", text[:start])[-1]
    words = [word for word in clause.casefold().split() if word not in ARTICLES]
    return not NEGATIONS.isdisjoint(words[-NEGATION_REACH:])


def joined(parts: Iterable[str], *, length_max: int, count_max: int) -> list[str]:
    """Of too many parts join the shortest neighbours while they stay short; drop the last."""
    left = list(parts)
    while len(left) > count_max:
        lengths = [length(one) + 2 + length(other) for one, other in pairwise(left)]
        shortest = lengths.index(min(lengths))
        if lengths[shortest] > length_max:
            break
        one, other = left[shortest : shortest + 2]
        stop = " " if one.endswith((".", "!", "?", ELLIPSIS)) else ". "
        left[shortest : shortest + 2] = [one + stop + other]
    return left[:count_max]


def cut(text: str, length_max: int) -> str:
    """Drop whole words from the end until it fits; of one long word, drop letters."""
    if length(text) <= length_max:
        return text
    start = next((at for at, letter in enumerate(text) if says_something(letter)), 0)
    kept = _beginning(text, length_max - 1)
    if 0 < start >= len(kept):
        return cut(text[start:], length_max)
    words = kept if text[len(kept)].isspace() else kept.rpartition(" ")[0]
    shorter = words if says_something(words) else _whole_signs(kept, text)
    return shorter.rstrip(" ,;:—–-.") + ELLIPSIS


def _pieces(sentence: str, length_max: int) -> list[str]:
    if length(sentence) <= length_max:
        return [sentence]
    clauses = CLAUSE_END.split(sentence)
    pieces = [clauses[0]]
    for clause in clauses[1:]:
        together = f"{pieces[-1]} {clause}"
        if pieces[-1].endswith((",", ";", ":")) and length(together) <= length_max:
            pieces[-1] = together
        else:
            pieces.append(clause)
    return [_capital(piece.rstrip(",;: ")) for piece in pieces]


def _beginning(text: str, length_max: int) -> str:
    units = text.encode("utf-16-le", "replace")[: 2 * length_max]
    return units.decode("utf-16-le", "ignore")


def _whole_signs(kept: str, text: str) -> str:
    """Do not cut between a letter and its accent, nor within a joined emoji."""
    whole = kept
    while whole and (_is_added(text[len(whole)]) or whole.endswith(JOINER)):
        whole = whole[:-1]
    return whole if says_something(whole) else kept


def _is_added(letter: str) -> bool:
    return letter == JOINER or unicodedata.category(letter)[0] == "M"


def _is_kept(letter: str) -> bool:
    return letter not in TURNING and unicodedata.category(letter) not in UNSEEN


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].strip()


def _without_stop(text: str) -> str:
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text
