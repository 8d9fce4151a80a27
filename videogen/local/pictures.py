"""Sizes and resizing of pictures."""

from PIL import Image

Size = tuple[int, int]
Rgb = tuple[int, int, int]


def resized(picture: Image.Image, size: Size) -> Image.Image:
    # Pillow's annotation names numpy, which we do not have.
    return picture.resize(size, Image.Resampling.BICUBIC)  # pyright: ignore[reportUnknownMemberType] - Pillow leaves it unannotated


def even(length: float) -> int:
    """Video planes with halved colour need even sides."""
    return max(2, 2 * round(length / 2))
