"""The text of a chat message as a tree of its entities. No HTML is ever made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Union
from urllib.parse import urlsplit

from infra.sandbox.telegram.json_types import Json

SAFE_SCHEMES = ("http", "https", "tg", "mailto")
UNIT = 2
"""Bytes of one UTF-16 code unit, in which Telegram counts."""


@dataclass(frozen=True)
class Span:
    """A piece of text under one entity."""

    kind: str
    url: str | None
    pieces: list["Piece"] = field(default_factory=list["Piece"])

    @property
    def plain(self) -> str:
        return "".join(piece if isinstance(piece, str) else piece.plain for piece in self.pieces)


Piece = Union[str, Span]  # noqa: UP007 - the name inside the quotes is not known yet


def pieces_of(text: str, entities: Sequence[Json]) -> list[Piece]:
    units = text.encode("utf-16-le")
    ordered = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
    return _pieces(units, 0, len(units) // UNIT, ordered)


def _pieces(units: bytes, begin: int, end: int, entities: Sequence[Json]) -> list[Piece]:
    """Cut [begin, end) at the outermost entities; those inside one belong to it."""
    pieces: list[Piece] = []
    at = begin
    for number, entity in enumerate(entities):
        start = max(entity["offset"], at)
        stop = min(entity["offset"] + entity["length"], end)
        if start >= stop:
            continue
        if start > at:
            pieces.append(_decoded(units, at, start))
        inner = [one for one in entities[number + 1 :] if one["offset"] < stop]
        plain = _decoded(units, start, stop)
        span = Span(entity["type"], _url_of(entity, plain), _pieces(units, start, stop, inner))
        pieces.append(span)
        at = stop
    if at < end:
        pieces.append(_decoded(units, at, end))
    return pieces


def _decoded(units: bytes, begin: int, end: int) -> str:
    return units[begin * UNIT : end * UNIT].decode("utf-16-le", errors="replace")


def _url_of(entity: Json, plain: str) -> str | None:
    match entity["type"]:
        case "text_link":
            return _safe(str(entity.get("url", "")))
        case "url":
            return _safe(plain if "://" in plain else f"https://{plain}")
        case "email":
            return f"mailto:{plain}"
        case _:
            return None


def _safe(url: str) -> str | None:
    try:
        return url if urlsplit(url).scheme in SAFE_SCHEMES else None
    except ValueError:
        return None
