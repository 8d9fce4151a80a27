# pyright: reportUnknownMemberType=false
# Pillow leaves the types of some arguments open.
"""A studio for drawn products: a soft backdrop, shadows, and shapes filled with light."""

import io
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 900, 1125
SCALE = 2
"""Drawn larger and made smaller at the end, which smooths every edge."""
FLOOR_Y = 760
CURVE_STEPS = 24
QUALITY = 90

Color = tuple[int, int, int]
Point = tuple[float, float]
Stops = Sequence[tuple[float, Color]]


class Shape:
    """A set of pixels to be filled; coordinates are those of the finished picture."""

    def __init__(self) -> None:
        self.mask = Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE), 0)
        self._draw = ImageDraw.Draw(self.mask)

    def ellipse(self, x: float, y: float, rx: float, ry: float) -> "Shape":
        self._draw.ellipse(_scaled((x - rx, y - ry), (x + rx, y + ry)), fill=255)
        return self

    def ring(self, x: float, y: float, rx: float, ry: float, width: float) -> "Shape":
        box = _scaled((x - rx, y - ry), (x + rx, y + ry))
        self._draw.ellipse(box, outline=255, width=round(width * SCALE))
        return self

    def rectangle(self, x: float, y: float, right: float, bottom: float, round_: float) -> "Shape":
        box = _scaled((x, y), (right, bottom))
        self._draw.rounded_rectangle(box, round_ * SCALE, fill=255)
        return self

    def polygon(self, *points: Point) -> "Shape":
        self._draw.polygon(_scaled(*points), fill=255)
        return self

    def line(self, width: float, *points: Point) -> "Shape":
        self._draw.line(_scaled(*points), fill=255, width=round(width * SCALE), joint="curve")
        # A round end at every corner: a wide line would show its joints.
        for x, y in points:
            self.ellipse(x, y, width / 2, width / 2)
        return self

    def within(self, other: "Shape") -> "Shape":
        cut = Shape()
        cut.mask = ImageChops.multiply(self.mask, other.mask)
        return cut

    def without(self, other: "Shape") -> "Shape":
        cut = Shape()
        cut.mask = ImageChops.subtract(self.mask, other.mask)
        return cut


class Canvas:
    def __init__(self, wall: Color, floor: Color) -> None:
        lit = tuple(min(255, part + 14) for part in wall)
        stops: Stops = (
            (0.0, wall),
            (0.45, (lit[0], lit[1], lit[2])),
            (0.62, floor),
            (1.0, tuple(max(0, part - 16) for part in floor)),  # pyright: ignore[reportAssignmentType] - three parts stay three
        )
        self.image = _gradient(stops, is_vertical=True)

    def fill(self, shape: Shape, stops: Stops, *, vertical: bool = False) -> None:
        """Fill with a gradient over the shape's own extent."""
        box = shape.mask.getbbox()
        if box is None:
            return
        size = (box[2] - box[0], box[3] - box[1])
        light = _gradient(stops, is_vertical=vertical, size=size)
        self.image.paste(light, box[:2], shape.mask.crop(box))

    def paint(self, shape: Shape, color: Color, opacity: float = 1.0) -> None:
        self.image.paste(color, (0, 0), _thinned(shape.mask, opacity))

    def glow(self, shape: Shape, color: Color, blur: float, opacity: float) -> None:
        """Paint the shape out of focus: a shadow, or light."""
        soft = shape.mask.reduce(SCALE * 2).filter(ImageFilter.GaussianBlur(blur / 2))
        soft = soft.resize(self.image.size, Image.Resampling.BILINEAR)
        self.image.paste(color, (0, 0), _thinned(soft, opacity))

    def stand(self, x: float, y: float, width: float) -> None:
        """The shadow that something of this width throws on the floor."""
        self.glow(Shape().ellipse(x, y + 6, width * 0.62, 30), (40, 36, 46), 34, 0.34)
        self.glow(Shape().ellipse(x, y, width * 0.5, 13), (30, 26, 36), 10, 0.42)

    def jpeg(self, width: int = WIDTH) -> bytes:
        buffer = io.BytesIO()
        size = (width, width * HEIGHT // WIDTH)
        small = self.image.resize(size, Image.Resampling.LANCZOS)
        small.save(buffer, "JPEG", quality=QUALITY, optimize=True)
        return buffer.getvalue()


def curve(*corners: Point) -> list[Point]:
    """Return a smooth open line through the corners."""
    points = [corners[0], *corners, corners[-1]]
    line: list[Point] = []
    for p0, p1, p2, p3 in zip(points, points[1:], points[2:], points[3:], strict=False):
        for step in range(CURVE_STEPS):
            t = step / CURVE_STEPS
            line.append(
                (_spline(p0[0], p1[0], p2[0], p3[0], t), _spline(p0[1], p1[1], p2[1], p3[1], t))
            )
    return [*line, corners[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    """Catmull and Rom's curve between b and c."""
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )


def _thinned(mask: Image.Image, opacity: float) -> Image.Image:
    return mask.point([value * opacity for value in range(256)])


def _scaled(*points: Point) -> list[Point]:
    return [(x * SCALE, y * SCALE) for x, y in points]


def _gradient(
    stops: Stops, *, is_vertical: bool, size: tuple[int, int] = (WIDTH * SCALE, HEIGHT * SCALE)
) -> Image.Image:
    length = 256
    strip = Image.new("RGB", (1, length) if is_vertical else (length, 1))
    for at in range(length):
        strip.putpixel((0, at) if is_vertical else (at, 0), _color_at(stops, at / (length - 1)))
    return strip.resize(size, Image.Resampling.BICUBIC)


def _color_at(stops: Stops, at: float) -> Color:
    for (begin, first), (end, second) in pairwise(stops):
        if at <= end:
            share = (at - begin) / (end - begin) if end > begin else 1.0
            mixed = [round(a + (b - a) * share) for a, b in zip(first, second, strict=True)]
            return mixed[0], mixed[1], mixed[2]
    return stops[-1][1]
