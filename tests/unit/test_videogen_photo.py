"""Any file may be sent as a photo: it is read as it looks, or refused by name."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from PIL import Image, ImageCms

from contracts.messages import FailureReason
from tests.videogen_doubles import photo_of
from videogen.local.photo import ASPECT_MAX, PIXELS_MAX, WORKING_SIDE_PX_MAX, read_photo
from videogen.provider import ProviderFailure


def saved(picture, kind, **options):
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def promising_png(side):
    """A header that promises `side` x `side` pixels and holds next to none."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        saved(Image.new("RGB", (1, 1)), "PNG"),
        saved(Image.new("RGB", (31, 4_000)), "PNG"),
        photo_of()[:3_000],
        saved(Image.new("RGB", (300, 300), "red"), "PNG")[:-60],
        saved(Image.new("RGB", (300, 300)), "GIF"),
        saved(Image.new("RGB", (300, 300)), "TIFF"),
        promising_png(20_000),
        promising_png(8_000),
    ],
    ids=[
        "empty",
        "text",
        "svg",
        "1x1",
        "31px",
        "cut-jpeg",
        "cut-png",
        "gif",
        "tiff",
        "bomb",
        "64-mp",
    ],
)
def test_an_unreadable_photo_is_refused_by_name(data):
    with pytest.raises(ProviderFailure) as failure:
        read_photo(data)
    assert failure.value.reason is FailureReason.PHOTO_UNREADABLE


def test_a_picture_over_the_limit_is_refused_for_its_size():
    assert Image.MAX_IMAGE_PIXELS > 8_000**2 > PIXELS_MAX
    with pytest.raises(ProviderFailure, match="pixels"):
        read_photo(promising_png(8_000))


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_is_read_or_refused_but_never_crashes(seed):
    kind = ("JPEG", "PNG", "WEBP")[seed % 3]
    data = bytearray(saved(Image.open(io.BytesIO(photo_of(size=(200, 260)))), kind))
    for step in range(12):
        place = (seed * 7_919 + step * 104_729) % len(data)
        data[place] ^= 1 + (seed * 31 + step * 17) % 255
    with suppress(ProviderFailure):
        assert read_photo(bytes(data)).mode == "RGB"


def test_a_transparent_picture_stands_on_white():
    picture = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    picture.paste((200, 0, 0, 255), (40, 40, 60, 60))
    photo = read_photo(saved(picture, "PNG"))
    assert photo.getpixel((5, 5)) == (255, 255, 255)
    assert photo.getpixel((50, 50)) == (200, 0, 0)


def test_a_turned_photo_is_set_upright():
    picture = Image.new("RGB", (200, 100), "blue")
    exif = picture.getexif()
    exif[0x0112] = 6
    assert read_photo(saved(picture, "JPEG", exif=exif)).size == (100, 200)


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P", "LA", "I;16"])
def test_every_colour_mode_becomes_rgb(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    photo = read_photo(saved(Image.new("L", (64, 64), 255).convert(mode), kind))
    assert photo.mode == "RGB"


def test_sixteen_bit_grey_keeps_its_shades():
    picture = Image.new("I;16", (64, 64), 0x8000)
    assert read_photo(saved(picture, "PNG")).getpixel((9, 9)) == (128, 128, 128)


def test_an_embedded_profile_is_applied_and_a_broken_one_ignored():
    picture = Image.new("RGB", (64, 64), (200, 40, 40))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for embedded in (profile, b"broken"):
        photo = read_photo(saved(picture, "PNG", icc_profile=embedded))
        assert photo.getpixel((9, 9)) == (200, 40, 40)


def test_a_long_strip_is_cut_to_its_middle():
    picture = Image.new("RGB", (10_000, 100), "white")
    picture.paste("red", (4_990, 0, 5_010, 100))
    photo = read_photo(saved(picture, "PNG"))
    assert photo.width == photo.height * ASPECT_MAX
    assert photo.getpixel((photo.width // 2, photo.height // 2)) == (255, 0, 0)


def test_a_large_photo_is_reduced():
    photo = read_photo(saved(Image.new("RGB", (6_000, 8_000), "teal"), "JPEG"))
    assert max(photo.size) == WORKING_SIDE_PX_MAX
    assert photo.width / photo.height == pytest.approx(0.75)
