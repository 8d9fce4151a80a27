"""Text with entities: parsed, trimmed, measured and completed as Telegram does it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.sandbox.telegram.html_text import parse_html
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import Breach
from infra.sandbox.telegram.utf16 import utf16_length

TEXT_MAX = 4096
CAPTION_MAX = 1024
SOURCE_BYTES_MAX = 1 << 15

AUTOMATIC = (
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("url", re.compile(r"https?://[^\s<>\"]*[^\s<>\".,!?:;)]")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)
FOUND_BY_TELEGRAM = {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bank_card_number",
}
WRITTEN_BY_BOTS = {
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
}
OPAQUE = {"code", "pre", "text_link", "text_mention"}
REQUIRED_OF_ENTITY = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}


@dataclass(frozen=True)
class Formatted:
    text: str
    entities: list[Json] = field(default_factory=list[Json])

    @property
    def length(self) -> int:
        return utf16_length(self.text)

    def as_text(self) -> Json:
        return _without_empty({"text": self.text, "entities": self.entities})

    def as_caption(self) -> Json:
        return _without_empty({"caption": self.text, "caption_entities": self.entities})


def formatted_text(
    source: str | None, parse_mode: str | None, entities: Sequence[Json] = ()
) -> Formatted:
    """Return the text of a message; an empty one is refused."""
    if not source:
        raise Breach("message text is empty")
    formatted = _formatted(source, parse_mode, entities)
    if not formatted.text:
        raise Breach("text must be non-empty")
    if formatted.length > TEXT_MAX:
        raise Breach("message is too long")
    return formatted


def formatted_caption(
    source: str | None, parse_mode: str | None, entities: Sequence[Json] = ()
) -> Formatted:
    formatted = _formatted(source or "", parse_mode, entities)
    if formatted.length > CAPTION_MAX:
        raise Breach("message caption is too long")
    return formatted


def plain(source: str) -> Formatted:
    """Return what a person typed, with the entities that Telegram finds itself."""
    return _completed(_trimmed(source, []))


def _formatted(source: str, parse_mode: str | None, entities: Sequence[Json]) -> Formatted:
    if len(source.encode()) > SOURCE_BYTES_MAX:
        raise Breach("text is too long")
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, found = parse_html(source)
    elif mode in ("", "none"):
        text, found = source, _given(source, entities)
    elif mode in ("markdown", "markdownv2"):
        raise Breach("unsupported parse_mode: the sandbox reads HTML only")
    else:
        raise Breach("unsupported parse_mode")
    return _completed(_trimmed(text, found))


def _given(text: str, entities: Sequence[Json]) -> list[Json]:
    length = utf16_length(text)
    return [
        _checked(entity, length) for entity in entities if entity["type"] not in FOUND_BY_TELEGRAM
    ]


def _checked(entity: Json, text_length: int) -> Json:
    kind, offset, length = entity["type"], entity["offset"], entity["length"]
    if kind not in WRITTEN_BY_BOTS:
        raise Breach("can't parse MessageEntity: Unsupported type specified")
    required = REQUIRED_OF_ENTITY.get(kind)
    if required is not None and required not in entity:
        raise Breach(f"can't parse MessageEntity: Can't find field \"{required}\"")
    if offset < 0:
        raise Breach(f"receive an entity with incorrect offset {offset}")
    if length < 0:
        raise Breach(f"receive an entity with incorrect length {length}")
    if offset >= text_length:
        raise Breach(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset + length > text_length:
        raise Breach(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
            f"at UTF-16 offset {offset + length}"
        )
    return dict(entity)


def _trimmed(text: str, entities: Sequence[Json]) -> Formatted:
    stripped = text.strip()
    cut = utf16_length(text[: len(text) - len(text.lstrip())])
    length = utf16_length(stripped)
    kept: list[Json] = []
    for entity in entities:
        begin = max(0, entity["offset"] - cut)
        end = min(length, entity["offset"] - cut + entity["length"])
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return Formatted(stripped, kept)


def _completed(formatted: Formatted) -> Formatted:
    """Add links, mentions, hashtags and commands where no code or link stands already."""
    taken = [_span(entity) for entity in formatted.entities if entity["type"] in OPAQUE]
    found: list[Json] = []
    for kind, pattern in AUTOMATIC:
        for match in pattern.finditer(formatted.text):
            begin = utf16_length(formatted.text[: match.start()])
            span = (begin, begin + utf16_length(match.group()))
            if not any(span[0] < end and start < span[1] for start, end in taken):
                taken.append(span)
                found.append({"type": kind, "offset": begin, "length": span[1] - begin})
    entities = sorted(
        [*formatted.entities, *found], key=lambda entity: (entity["offset"], -entity["length"])
    )
    return Formatted(formatted.text, entities)


def _span(entity: Json) -> tuple[int, int]:
    return entity["offset"], entity["offset"] + entity["length"]


def _without_empty(parts: Json) -> Json:
    return {key: value for key, value in parts.items() if value}
