"""The colours that a photo lends to its captions."""

import colorsys
from dataclasses import dataclass

from PIL import Image, ImageStat

from videogen.local.pictures import Rgb, resized

FALLBACK = (222, 66, 54)
COLOURS = 12
SAMPLE = (96, 96)
SATURATION_MIN = 0.28
VALUE_MIN = 0.25
"""Darker colours have no hue to speak of."""
CONTRAST_MIN = 3.5
"""Of white letters on the accent; enough for large ones."""
LIGHT_MIN = 165
"""From this mean brightness, of 255, a photo counts as light."""


@dataclass(frozen=True)
class Tones:
    accent: Rgb
    light: bool


def tones_of(photo: Image.Image) -> Tones:
    sample = resized(photo, SAMPLE)
    return Tones(_accent(sample), ImageStat.Stat(sample.convert("L")).mean[0] >= LIGHT_MIN)


def _accent(sample: Image.Image) -> Rgb:
    """Return the liveliest colour, dark enough for white letters on it."""
    best, best_score = FALLBACK, 0.0
    for count, color in sample.quantize(COLOURS).convert("RGB").getcolors() or []:
        if not isinstance(color, tuple):
            continue
        hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in color[:3]))
        score = saturation * value * count**0.35
        if saturation >= SATURATION_MIN and value >= VALUE_MIN and score > best_score:
            best = _for_white_letters(colorsys.hsv_to_rgb(hue, max(saturation, 0.62), 0.78))
            best_score = score
    return best


def _for_white_letters(color: tuple[float, float, float]) -> Rgb:
    while 1.05 / (_luminance(color) + 0.05) < CONTRAST_MIN:
        color = (color[0] * 0.94, color[1] * 0.94, color[2] * 0.94)
    return round(color[0] * 255), round(color[1] * 255), round(color[2] * 255)


def _luminance(color: tuple[float, float, float]) -> float:
    """Relative luminance as WCAG defines it, with the plain gamma of 2.2."""
    red, green, blue = (part**2.2 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
