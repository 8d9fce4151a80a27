"""Find the parts of a photo that are worth a close-up: where most is to be seen."""

from math import sqrt

from PIL import Image, ImageFilter, ImageStat

from videogen.local.pictures import Box, resized

SEARCHED_PX = 96
"""The shorter side of the copy that is searched."""
PART = 0.46
"""A close-up's larger extent, as a part of the photo's."""
STEPS = 9
OVERLAP_FINE = 0.2
"""An overlap with what is shown already that costs nothing, as a part of the area."""


def closeups_of(photo: Image.Image, ratio: float, count: int) -> list[Image.Image]:
    """Return `count` parts of this shape, the upper one first."""
    scale = SEARCHED_PX / min(photo.size)
    small = resized(photo, (round(photo.width * scale), round(photo.height * scale)))
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES)
    chosen: list[Box] = []
    for _ in range(count):
        chosen.append(max(_boxes(small, ratio), key=lambda box: _worth(edges, box, chosen)))
    chosen.sort(key=lambda box: (box.top, box.left))
    return [photo.crop(_edges(box, 1 / scale)) for box in chosen]


def _boxes(small: Image.Image, ratio: float) -> list[Box]:
    width = min(small.width * PART, small.height * PART * ratio)
    size = max(4, round(width)), max(4, round(width / ratio))
    across, down = small.width - size[0], small.height - size[1]
    # The outermost pixels are an edge to every filter.
    return [
        Box(1 + (across - 2) * x // (STEPS - 1), 1 + (down - 2) * y // (STEPS - 1), *size)
        for y in range(STEPS)
        for x in range(STEPS)
    ]


def _worth(edges: Image.Image, box: Box, shown: list[Box]) -> float:
    upper = Box(box.left, box.top, box.width, box.height // 2)
    lower = Box(box.left, box.top + upper.height, box.width, box.height - upper.height)
    # Of both halves: a floor with an edge of the product above it is not worth much.
    seen = sqrt(_mean(edges, upper) * _mean(edges, lower))
    repeated = max((_overlap(box, other) for other in shown), default=0.0)
    return (1 + seen) * (1 - max(0.0, repeated - OVERLAP_FINE))


def _mean(edges: Image.Image, box: Box) -> float:
    return ImageStat.Stat(edges.crop(_edges(box))).mean[0]


def _overlap(one: Box, other: Box) -> float:
    across = one.width - abs(one.left - other.left)
    down = one.height - abs(one.top - other.top)
    return max(0, across) * max(0, down) / (one.width * one.height)


def _edges(box: Box, scale: float = 1.0) -> tuple[int, int, int, int]:
    left, top = round(box.left * scale), round(box.top * scale)
    return left, top, left + round(box.width * scale), top + round(box.height * scale)
