"""What a stage is made of: pictures that stand in the frame, each before the one behind it."""

from dataclasses import dataclass

from PIL import Image

from videogen.local.pictures import Box, Size, even

CUT_MAX = 0.18
"""How much of a photo may be cut away to fill more of its place."""
OVERSIZE = 1.25
"""Sharp layers are this much larger than shown, so that a camera move stays sharp and smooth."""


@dataclass(frozen=True)
class Layer:
    """A picture of any size, and the place in the frame where it is shown."""

    picture: Image.Image
    box: Box


@dataclass(frozen=True)
class Stage:
    backdrop: Layer
    photo: Layer | None = None
    """None when the photo is part of the backdrop."""
    mat: Layer | None = None
    """Before the photo, with a window in which it moves."""
    card: Box | None = None
    """What is seen as a card, for captions to stand beside it."""
    closeups: tuple[Layer, ...] = ()


def fit(ratio: float, width_max: int, height_max: int, cut_max: float = CUT_MAX) -> Size:
    """A wide photo loses some of its sides; above and below stands the product, so never there."""
    ratio = max(min(ratio, width_max / height_max), ratio * (1 - cut_max))
    width = min(width_max, height_max * ratio)
    return even(width), even(width / ratio)


def oversize(size: Size) -> Size:
    return even(size[0] * OVERSIZE), even(size[1] * OVERSIZE)
