"""A photo is checked before it costs anything, and becomes an upright JPEG of at most 2 MB."""

import io

import pillow_heif
import pytest
from PIL import Image, ImageDraw

from bot.photos import SIDE_MAX_PX, SIZE_MAX_BYTES, PhotoFault, RejectedPhoto, prepare

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(width=400, height=600, mode="RGB"):
    """Red above, blue below, so that its orientation can be seen."""
    image = Image.new("RGB", (width, height), RED)
    ImageDraw.Draw(image).rectangle((0, height // 2, width, height), fill=BLUE)
    return image.convert(mode)


def encoded(image, kind="JPEG", **how):
    target = io.BytesIO()
    image.save(target, kind, **how)
    return target.getvalue()


def opened(photo):
    return Image.open(io.BytesIO(photo.data))


@pytest.mark.parametrize(
    "data",
    [
        encoded(picture()),
        encoded(picture(), "PNG"),
        encoded(picture(), "WEBP"),
        encoded(picture(mode="CMYK")),
        encoded(picture(mode="L")),
        encoded(picture(mode="P"), "PNG"),
        encoded(picture(), "BMP"),
    ],
    ids=["jpeg", "png", "webp", "cmyk", "grey", "palette", "bmp"],
)
def test_ordinary_pictures_become_jpeg(data):
    photo = prepare(data)
    assert opened(photo).format == "JPEG"
    assert (photo.width, photo.height) == (400, 600)


def test_a_picture_of_an_iphone_is_taken():
    pillow_heif.register_heif_opener()
    assert opened(prepare(encoded(picture(), "HEIF"))).size == (400, 600)


def test_a_turned_picture_is_made_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    photo = prepare(encoded(picture().rotate(90, expand=True), exif=exif))
    assert (photo.width, photo.height) == (400, 600)
    top = opened(photo).getpixel((200, 50))
    assert top[0] > 150 > top[2]


def test_transparency_becomes_white():
    image = picture(mode="RGBA")
    image.putalpha(0)
    assert min(opened(prepare(encoded(image, "PNG"))).getpixel((10, 10))) > 250


def test_a_large_picture_is_made_smaller():
    noise = Image.effect_noise((5_000, 4_000), 120).convert("RGB")
    photo = prepare(encoded(noise, quality=90))
    assert max(photo.width, photo.height) == SIDE_MAX_PX
    assert len(photo.data) <= SIZE_MAX_BYTES


def test_the_same_picture_has_the_same_digest():
    assert prepare(encoded(picture())).digest == prepare(encoded(picture())).digest


def animated():
    frames = [picture(), picture(mode="L").convert("RGB")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'

BAD = [
    (b"", PhotoFault.NOT_IMAGE),
    (b"just text", PhotoFault.NOT_IMAGE),
    (b"%PDF-1.7 ...", PhotoFault.NOT_IMAGE),
    (SVG, PhotoFault.VECTOR),
    (b"  <SVG></SVG>", PhotoFault.VECTOR),
    (encoded(picture(1, 1), "PNG"), PhotoFault.TOO_SMALL),
    (encoded(picture(199, 400)), PhotoFault.TOO_SMALL),
    (encoded(picture(3_000, 300)), PhotoFault.TOO_NARROW),
    (encoded(picture())[:-400], PhotoFault.BROKEN),
    (encoded(picture())[:40], PhotoFault.BROKEN),
    (encoded(picture(), "PNG")[:500], PhotoFault.BROKEN),
    (animated(), PhotoFault.ANIMATED),
    (b"x" * (20 * 1024 * 1024 + 1), PhotoFault.TOO_LARGE),
]


@pytest.mark.parametrize(("data", "fault"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_filmed_is_rejected_by_name(data, fault):
    with pytest.raises(RejectedPhoto) as rejected:
        prepare(data)
    assert rejected.value.fault is fault


def test_a_picture_that_would_fill_the_memory_is_rejected_before_it_is_decoded():
    header = encoded(Image.new("1", (9_000, 9_000)), "PNG")
    with pytest.raises(RejectedPhoto) as rejected:
        prepare(header)
    assert rejected.value.fault is PhotoFault.TOO_LARGE
