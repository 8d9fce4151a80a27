"""A photo in a format: the whole product, in exactly that shape, at a size that models take."""

import io

import pytest
from PIL import Image, ImageDraw

from contracts.orders import Format
from videogen.kie.client import UPLOAD_BYTES_MAX
from videogen.kie.framing import SIZES_PX, framed

CORNERS = ["red", "lime", "blue", "yellow"]


def photo_with_corners(width, height, side):
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for number, color in enumerate(CORNERS):
        left, top = (number % 2) * (width - side), (number // 2) * (height - side)
        draw.rectangle((left, top, left + side - 1, top + side - 1), fill=color)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=95)
    return data.getvalue()


def is_near(pixel, other):
    return all(abs(one - two) <= 40 for one, two in zip(pixel, other, strict=True))


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize(
    "size", [(1_200, 900), (900, 1_200), (2_048, 410), (200, 1_000), (200, 200)]
)
def test_all_corners_of_the_photo_are_in_the_frame(format_, size):
    data = framed(photo_with_corners(*size, side=min(size) // 4), format_)
    assert len(data) <= UPLOAD_BYTES_MAX
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", SIZES_PX[format_])
    scale = min(picture.width / size[0], picture.height / size[1])
    half = min(size) * scale / 8
    left = (picture.width - size[0] * scale) / 2 + half
    top = (picture.height - size[1] * scale) / 2 + half
    right, bottom = picture.width - left, picture.height - top
    seen = [(left, top), (right, top), (left, bottom), (right, bottom)]
    for (x, y), color in zip(seen, ("red", "lime", "blue", "yellow"), strict=True):
        expected = Image.new("RGB", (1, 1), color).getpixel((0, 0))
        assert is_near(picture.getpixel((round(x), round(y))), expected)


def test_a_photo_that_has_nearly_the_shape_fills_the_frame():
    picture = Image.open(io.BytesIO(framed(photo_with_corners(1_090, 1_080, 200), Format.SQUARE)))
    assert is_near(picture.getpixel((0, 540)), (255, 255, 255))
    assert is_near(picture.getpixel((540, 0)), (255, 255, 255))
