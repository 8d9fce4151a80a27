"""A slanted band of light that sweeps over the film."""

from math import exp

from PIL import Image

from videogen.frame import Frame
from videogen.local.pictures import even, resized

WIDTH = 0.5
SLANT = 0.3
"""Both as parts of the frame's width."""
STEPS = 256
GLOW, GLOW_WIDTH = 0.34, 0.42
GLINT, GLINT_WIDTH, GLINT_AT = 0.30, 0.05, 0.24
"""A broad glow, and a thin glint before it; strength and width as parts of all."""


def light_band(frame: Frame) -> Image.Image:
    levels = bytes(round(255 * _strength(2 * step / (STEPS - 1) - 1)) for step in range(STEPS))
    band = resized(
        Image.frombytes("L", (STEPS, 1), levels), (even(frame.width_px * WIDTH), frame.height_px)
    )
    lean = even(frame.width_px * SLANT)
    sheet = Image.new("L", (band.width + lean, frame.height_px), 0)
    sheet.paste(band, (0, 0))
    shear = (1, lean / frame.height_px, -lean, 0, 1, 0)
    picture = Image.new("RGB", sheet.size, "white")
    picture.putalpha(sheet.transform(sheet.size, Image.Transform.AFFINE, shear))
    return picture


def _strength(place: float) -> float:
    """Between -1 and 1; nothing is left of it at both ends."""
    glow = GLOW * exp(-((place / GLOW_WIDTH) ** 2))
    glint = GLINT * exp(-(((place - GLINT_AT) / GLINT_WIDTH) ** 2))
    return min(1.0, glow + glint) * (1 - place**4)
