"""Places and lights that people often wish for, understood without a language model."""

import re
from collections.abc import Sequence

from bot.scripts.phrase import Phrase
from bot.scripts.words import is_denied

Known = Sequence[tuple[re.Pattern[str], Phrase]]


def wished(known: Known, text: str) -> Phrase | None:
    """Return the first that the text names and does not deny."""
    found = [
        (match.start(), phrase)
        for pattern, phrase in known
        for match in pattern.finditer(text)
        if not is_denied(text, match.start())
    ]
    return min(found, key=lambda place: place[0])[1] if found else None


def _known(*rows: tuple[str, str, str]) -> Known:
    return [
        (re.compile(rf"\b(?:{words})", re.IGNORECASE), Phrase(ru, en)) for words, ru, en in rows
    ]


PLACES = _known(
    (r"кухн|kitchen", "светлая кухня", "a bright home kitchen"),
    (r"ванн(?:ой|ая|ую|е)\b|bathroom", "ванная комната", "a bathroom"),
    (r"спальн|bedroom", "спальня", "a bedroom"),
    (r"офис|office|рабоч\w+ стол", "рабочий стол", "an office desk"),
    (r"кафе\b|кофейн|caf[eé]\b", "столик в кафе", "a table in a café"),
    (
        r"природ|лесу?\b|сад[уа]?\b|nature\b|forest|garden",
        "среди зелени",
        "outdoors among greenery",
    ),
    (r"город|улиц|street|city\b", "городская улица", "a city street"),
    (r"пляж|мор(?:е|я|ю|ем)\b|beach|\bsea\b", "берег моря", "a beach by the sea"),
    (r"снег|снеж|зимн|snow|winter", "снежный зимний день", "a snowy winter scene"),
    (r"новогодн|нов\w+ год|рождеств|christmas", "новогоднее убранство", "festive winter decor"),
    (r"мрамор|marble", "мраморная поверхность", "a marble surface"),
    (r"деревянн\w+ (?:стол|фон|поверх)|wooden", "деревянная поверхность", "a wooden surface"),
    (r"бел\w+ фон|white background", "белый фон", "a plain white background"),
    (
        r"(?:ч[её]рн|т[её]мн)\w+ фон|(?:black|dark) background",
        "тёмный фон",
        "a plain dark background",
    ),
)

LIGHTS = _known(
    (r"т[её]пл\w+ (?:\w+ )?(?:свет|освещ)|warm (?:\w+ )?light", "тёплый свет", "warm light"),
    (r"холодн\w+ (?:свет|освещ)|cold light|cool light", "холодный свет", "cool light"),
    (r"мягк\w+ (?:свет|освещ)|soft light", "мягкий свет", "soft light"),
    (r"ярк\w+ (?:свет|освещ)|поярче|ярче|bright light|brighter", "яркий свет", "bright light"),
    (r"закат|sunset|golden hour", "закатный свет", "golden sunset light"),
    (r"солнечн\w+ (?:свет|день)|sunlight|sunny", "солнечный свет", "sunlight"),
    (r"неон|neon", "неоновый свет", "neon light"),
    (r"при свечах|candlelight", "свет свечей", "candlelight"),
    (r"ноч(?:ь|ью|и|ной|ное)\b|night\b", "ночной свет", "night light"),
)
