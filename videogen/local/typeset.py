"""The packaged font: what it can draw, and how a text breaks into balanced lines."""

import io
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from videogen.local.breaking import pieces
from videogen.local.text import shorten

BOLD = 800
MEDIUM = 600
LENGTH_MAX = 240
"""No caption holds more, and measuring it would take long."""
NEVER_DRAWN = "\U0010ffff"


@dataclass(frozen=True)
class Typeset:
    """Lines that fit, and the size at which they do."""

    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont
    size_px: int

    @property
    def width_px(self) -> int:
        return round(max(self.font.getlength(line) for line in self.lines))


@lru_cache(maxsize=64)
def font_of(size_px: int, weight: int) -> ImageFont.FreeTypeFont:
    data = files("videogen.fonts").joinpath("Montserrat.ttf").read_bytes()
    font = ImageFont.truetype(io.BytesIO(data), size_px)
    font.set_variation_by_axes([weight])
    return font


@lru_cache(maxsize=4096)
def can_draw(character: str) -> bool:
    """Whether the font has a glyph of its own and not the box that stands for a missing one."""
    return _sample(character) != _sample(NEVER_DRAWN)


def _sample(character: str) -> bytes:
    sheet = Image.new("L", (80, 80))
    ImageDraw.Draw(sheet).text((20, 10), character, font=font_of(40, BOLD), fill=255)
    return sheet.tobytes()


def typeset(  # noqa: PLR0913 - a text and the column that it is set in
    text: str,
    *,
    width_px: int,
    lines_max: int,
    sizes_px: tuple[int, ...],
    weight: int,
    is_whole: bool = False,
) -> Typeset:
    """Take the largest size that fits; at the smallest, break long words, then shorten the text.

    One that must stay whole takes more lines instead.
    """
    text = text[:LENGTH_MAX]
    for size_px in sizes_px:
        font = font_of(size_px, weight)
        if _fits(text, font, width_px, lines_max):
            return Typeset(_balanced(text, font, width_px), font, size_px)
    font = font_of(sizes_px[-1], weight)

    def broken(candidate: str) -> str:
        return " ".join(
            piece
            for word in candidate.split(" ")
            for piece in pieces(word, lambda part: font.getlength(part) <= width_px)
        )

    def fits(candidate: str) -> bool:
        return is_whole or _fits(broken(candidate), font, width_px, lines_max)

    return Typeset(_balanced(broken(shorten(text, fits)), font, width_px), font, sizes_px[-1])


def _fits(text: str, font: ImageFont.FreeTypeFont, width_px: int, lines_max: int) -> bool:
    lines = _wrap(text, font, width_px)
    return len(lines) <= lines_max and _widest(lines, font) <= width_px


def _wrap(text: str, font: ImageFont.FreeTypeFont, width_px: int) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(f"{lines[-1]} {word}") <= width_px:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _widest(lines: list[str], font: ImageFont.FreeTypeFont) -> float:
    return max((font.getlength(line) for line in lines), default=0.0)


def _balanced(text: str, font: ImageFont.FreeTypeFont, width_px: int) -> tuple[str, ...]:
    """Narrow the column as far as the number of lines stays: no word is left alone on a line."""
    count = len(_wrap(text, font, width_px))
    low, high = 1, width_px
    while low < high:
        middle = (low + high) // 2
        if _fits(text, font, middle, count):
            high = middle
        else:
            low = middle + 1
    return tuple(_wrap(text, font, high))
