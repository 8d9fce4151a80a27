"""Did a language model keep to the person's words? Looked up word by word, not believed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from bot.scripts.variants import VARIANTS
from bot.scripts.words import NEGATIONS

TOKEN = re.compile(
    r"(?P<number>\d+(?: \d{3})*(?:[.,]\d+)*)|(?P<sign>[₽$€£¥%№])|"
    r"(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<stop>[^\s\w])"
)
STEM_MIN = 4
ENDING_MAX = 3
SHORT_MIN = 3
SHORT_ENDING_MAX = 2
# They say nothing about a product. No «самый», no «всегда», no "best".
FUNCTION_WORDS = (
    "и в во на с со для по к от до из за у о об а но или же то это этот эта эти вот так как что "
    "чтобы где когда кто вы вас вам ваш ваша ваше ваши мы нам наш наша я мне мой моя он она оно "
    "они его её их всё все ещё уже тоже себя себе сам сами есть "
    "a an the and or in on at with for of to from by it its this that these is are be you your we "
    "our i me my as so here how what who when where"
)


def is_grounded(text: str, sources: Iterable[str]) -> bool:
    """True when every word is the person's, in any of its forms, or says nothing by itself.

    What the person denied must stay denied, and a number keeps its unit and its sign.
    """
    known = [token for source in sources for token in _tokens(source)]
    return all(_is_known(token, known) for token in _tokens(text))


@dataclass(frozen=True)
class _Token:
    kind: str
    word: str
    before: str
    following: str

    @property
    def denied(self) -> bool:
        return self.before in NEGATIONS


def _tokens(text: str) -> list[_Token]:
    composed = unicodedata.normalize("NFKC", text).casefold()
    folded = composed.replace("ё", "е").replace("’", "'")
    found = [(match.lastgroup or "", match[0]) for match in TOKEN.finditer(folded)]
    around = [("stop", ""), *found, ("stop", "")]
    return [
        _Token(kind, _plain(word), _word(around[at]), _word(around[at + 2]))
        for at, (kind, word) in enumerate(found)
        if kind != "stop"
    ]


def _word(token: tuple[str, str]) -> str:
    kind, word = token
    return "" if kind == "stop" else _plain(word)


def _plain(word: str) -> str:
    return word.replace(" ", "").replace(",", ".")


def _is_known(token: _Token, known: list[_Token]) -> bool:
    match token.kind:
        case "number":
            return any(_same_number(token, other) for other in known)
        case "sign":
            return any(token.word == other.word for other in known)
        case _ if token.word in NEGATIONS:
            return True
        case _ if token.word in NEUTRAL and not token.denied:
            return True
        case _:
            return any(
                other.kind == "word"
                and other.denied == token.denied
                and _kin(token.word, other.word)
                for other in known
            )


def _same_number(token: _Token, other: _Token) -> bool:
    if token.word != other.word or other.kind != "number":
        return False
    has_its_sign = _sign(token.before) == _sign(other.before)
    has_its_unit = not token.following or _kin(token.following, other.following)
    return has_its_sign and has_its_unit


def _sign(word: str) -> str:
    found = TOKEN.match(word)
    return word if found and found.lastgroup == "sign" else ""


def _kin(one: str, other: str) -> bool:
    """True for forms of one word, as far as their beginnings tell."""
    shorter, longer = sorted((one, other), key=len)
    common = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
    if len(shorter) < SHORT_MIN:
        return one == other
    if len(shorter) < STEM_MIN:
        return common == len(shorter) and len(longer) - common <= SHORT_ENDING_MAX
    return common >= max(STEM_MIN, len(longer) - ENDING_MAX)


def _neutral() -> frozenset[str]:
    phrases = (
        phrase
        for variants in VARIANTS.values()
        for variant in variants
        for phrase in (variant.opening, variant.filler, variant.closing, variant.call)
        if phrase is not None
    )
    texts = [FUNCTION_WORDS, *(f"{phrase.ru} {phrase.en}" for phrase in phrases)]
    return frozenset(token.word for text in texts for token in _tokens(text))


NEUTRAL = _neutral()
