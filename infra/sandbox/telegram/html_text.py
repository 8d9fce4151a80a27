"""Telegram's HTML: text and entities out of tags, with Telegram's own complaints.

Offsets in complaints count bytes of UTF-8, offsets of entities count UTF-16 units.
"""

from dataclasses import dataclass, field

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import Breach
from infra.sandbox.telegram.utf16 import utf16_length

ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
CHARACTER_NAMES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
CODE_POINT_MAX = 0x10FFFF
REFERENCE_LENGTH_MAX = 10


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    text_position: int
    utf16_offset: int


@dataclass
class _Parser:
    source: str
    position: int = 0
    text: str = ""
    length: int = 0
    """Of the text so far, in UTF-16 units."""
    stack: list[_Open] = field(default_factory=list["_Open"])
    entities: list[Json] = field(default_factory=list[Json])

    def parse(self) -> None:
        while self.position < len(self.source):
            character = self.source[self.position]
            if character == "<":
                self._tag()
            else:
                self._add(self._reference() if character == "&" else self._character())
        if self.stack:
            tag = self.stack[-1].tag
            raise _complaint(f'Can\'t find end tag corresponding to start tag "{tag}"')

    def _add(self, piece: str) -> None:
        self.text += piece
        self.length += utf16_length(piece)

    def _character(self) -> str:
        self.position += 1
        return self.source[self.position - 1]

    def _reference(self) -> str:
        """Read `&lt;` or `&#60;`; what is not a known reference stays as it is."""
        end = self.position + 1
        while end < len(self.source) and (self.source[end].isalnum() or self.source[end] == "#"):
            end += 1
        meaning = _meaning(self.source[self.position + 1 : end])
        if meaning is None:
            return self._character()
        self.position = end + (self.source[end : end + 1] == ";")
        return meaning

    def _tag(self) -> None:
        begin = self.position
        if self.source.startswith("</", begin):
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        self.position = begin + 1
        tag = self._read_until(" \t\n\r>").lower()
        if self.position >= len(self.source):
            raise self._at("Unclosed start tag", begin)
        if tag not in ENTITY_OF_TAG:
            raise self._at(f'Unsupported start tag "{tag}"', begin)
        attributes: dict[str, str] = {}
        while self._skip_spaces() != ">":
            self._attribute(tag, begin, attributes)
        self.position += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._at('Tag "span" must have class "tg-spoiler"', begin)
        self.stack.append(_Open(tag, attributes, len(self.text), self.length))

    def _attribute(self, tag: str, begin: int, attributes: dict[str, str]) -> None:
        name = self._read_until(" \t\n\r=>")
        if not name:
            raise self._at(f'Empty attribute name in the tag "{tag}"', begin)
        if self._skip_spaces() != "=":
            if tag == "blockquote" and name == "expandable":
                attributes[name] = ""
                return
            raise self._at(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin
            )
        self.position += 1
        quote = self._skip_spaces()
        if quote in ("'", '"') and quote:
            attributes[name] = self._quoted(quote)
        else:
            attributes[name] = self._name_token()
        if self.position >= len(self.source):
            raise self._at("Unclosed start tag", begin)

    def _quoted(self, quote: str) -> str:
        self.position += 1
        value = ""
        while self.position < len(self.source) and self.source[self.position] != quote:
            is_reference = self.source[self.position] == "&"
            value += self._reference() if is_reference else self._character()
        self.position += 1
        return value

    def _name_token(self) -> str:
        begin = self.position
        value = self._read_until(" \t\n\r>").lower()
        if not all(character.isalnum() or character in ".-" for character in value):
            raise self._at("Unexpected end of name token", begin)
        return value

    def _end_tag(self, begin: int) -> None:
        if not self.stack:
            raise self._at("Unexpected end tag", begin)
        self.position = begin + 2
        tag = self._read_until(" \t\n\r>").lower()
        if self._skip_spaces() != ">":
            raise self._at("Unclosed end tag", begin)
        self.position += 1
        opened = self.stack.pop()
        if tag and tag != opened.tag:
            found = f'expected "</{opened.tag}>", found "</{tag}>"'
            raise _complaint(f"Unmatched end tag at byte offset {self._bytes(begin)}, {found}")
        if self.length > opened.utf16_offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Json = {
            "type": ENTITY_OF_TAG[opened.tag],
            "offset": opened.utf16_offset,
            "length": self.length - opened.utf16_offset,
        }
        language = opened.attributes.get("class", "").removeprefix("language-")
        if opened.tag == "a":
            entity["url"] = opened.attributes.get("href") or self.text[opened.text_position :]
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = _emoji_id(opened.attributes.get("emoji-id", ""))
        elif opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "pre" and self._is_language_block(entity):
            self.entities[-1]["type"] = "pre"
            return
        elif opened.tag == "code" and language:
            entity["language"] = language
        self.entities.append(entity)

    def _is_language_block(self, entity: Json) -> bool:
        """`<pre><code class="language-x">` is one entity."""
        last = self.entities[-1] if self.entities else {}
        same = all(last.get(key) == entity[key] for key in ("offset", "length"))
        return same and last.get("type") == "code" and "language" in last

    def _read_until(self, stops: str) -> str:
        begin = self.position
        while self.position < len(self.source) and self.source[self.position] not in stops:
            self.position += 1
        return self.source[begin : self.position]

    def _skip_spaces(self) -> str:
        """Return the character after the spaces, or nothing at the end of the text."""
        while self.source[self.position : self.position + 1].isspace():
            self.position += 1
        return self.source[self.position : self.position + 1]

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _at(self, complaint: str, position: int) -> Breach:
        return _complaint(f"{complaint} at byte offset {self._bytes(position)}")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Return the text and its entities, or raise the `Breach` that Telegram would answer."""
    parser = _Parser(source)
    parser.parse()
    for entity in parser.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return parser.text, parser.entities


def _meaning(reference: str) -> str | None:
    if not reference.startswith("#"):
        return CHARACTER_NAMES.get(reference)
    digits, base = (reference[2:], 16) if reference[1:2] == "x" else (reference[1:], 10)
    try:
        code_point = int(digits, base)
    except ValueError:
        return None
    allowed = 0 < code_point < CODE_POINT_MAX and len(reference) < REFERENCE_LENGTH_MAX
    return chr(code_point) if allowed else None


def _emoji_id(value: str) -> str:
    if not value.isdecimal() or not 0 < int(value) < 2**63:
        raise _complaint("Invalid custom emoji identifier specified")
    return value


def _complaint(text: str) -> Breach:
    return Breach(f"can't parse entities: {text}")
