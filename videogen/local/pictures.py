"""Sizes, places and resizing of pictures."""

from dataclasses import dataclass

from PIL import Image, ImageDraw

Size = tuple[int, int]
Rgb = tuple[int, int, int]

SHARPNESS = 2
"""Shapes are drawn this much larger and then reduced, because Pillow's have rough edges."""


@dataclass(frozen=True)
class Box:
    """A place in the frame, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        return self.width, self.height

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def grown(self, by_px: int) -> "Box":
        return Box(
            self.left - by_px, self.top - by_px, self.width + 2 * by_px, self.height + 2 * by_px
        )

    def centered(self, size: Size) -> "Box":
        """Return a box of this size with the same middle, on even pixels."""
        left = self.left + (self.width - size[0]) // 2
        top = self.top + (self.height - size[1]) // 2
        return Box(left - left % 2, top - top % 2, *size)


def resized(picture: Image.Image, size: Size) -> Image.Image:
    # Pillow's annotation names numpy, which we do not have.
    return picture.resize(size, Image.Resampling.BICUBIC)  # pyright: ignore[reportUnknownMemberType] - Pillow leaves it unannotated


def even(length: float) -> int:
    """Video planes with halved colour need even sides."""
    return max(2, 2 * round(length / 2))


def rounded(size: Size, box: Box, radius_px: float, level: int = 255) -> Image.Image:
    """Return a mask with one rounded rectangle that has smooth edges."""
    big = SHARPNESS
    mask = Image.new("L", (size[0] * big, size[1] * big), 0)
    right, bottom = box.left + box.width, box.top + box.height
    ImageDraw.Draw(mask).rounded_rectangle(
        (box.left * big, box.top * big, right * big - 1, bottom * big - 1),
        radius_px * big,
        fill=level,
    )
    return mask.reduce(big)
