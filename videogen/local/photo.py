"""Read a photo that may be anything, into upright RGB of a bounded size."""

import io
import struct
import zlib

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from videogen.failures import Trouble
from videogen.provider import ProviderFailure

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS_MAX = 50_000_000
"""The decompression bomb limit: 50 megapixels are 150 MB of RGB."""
SIDE_PX_MIN = 32
WORKING_SIDE_PX_MAX = 2_000
"""More than the frame can show."""
ASPECT_MAX = 3.0
"""A longer strip is cut to its middle, because whole it would be a line in the frame."""

DAMAGED = (
    # Pillow's decoders report a damaged file with any of these.
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def read_photo(data: bytes) -> Image.Image:
    """Return the photo as RGB. Raises `ProviderFailure` with `photo_refused`."""
    try:
        # Without it a format that Pillow has not met yet is a KeyError.
        Image.init()
        photo = Image.open(io.BytesIO(data), formats=FORMATS)
        _check_size(photo)
        # A large JPEG is decoded at a half or a quarter, which is several times faster.
        photo.draft(None, (WORKING_SIDE_PX_MAX, WORKING_SIDE_PX_MAX))
        photo.load()
        upright = _cut_strip(ImageOps.exif_transpose(photo))
        upright.thumbnail((WORKING_SIDE_PX_MAX, WORKING_SIDE_PX_MAX), Image.Resampling.LANCZOS)
        return _as_rgb(upright)
    except UnidentifiedImageError as error:
        raise _unreadable(f"not one of {', '.join(FORMATS)}") from error
    except DAMAGED as error:
        raise _unreadable(str(error) or type(error).__name__) from error


def _check_size(photo: Image.Image) -> None:
    if photo.width * photo.height > PIXELS_MAX:
        raise _unreadable(f"{photo.width}x{photo.height} is over {PIXELS_MAX} pixels")
    if min(photo.size) < SIDE_PX_MIN:
        raise _unreadable(f"{photo.width}x{photo.height} is under {SIDE_PX_MIN} pixels a side")


def _cut_strip(photo: Image.Image) -> Image.Image:
    width = min(photo.width, round(photo.height * ASPECT_MAX))
    height = min(photo.height, round(photo.width * ASPECT_MAX))
    left, top = (photo.width - width) // 2, (photo.height - height) // 2
    return photo.crop((left, top, left + width, top + height))


def _as_rgb(photo: Image.Image) -> Image.Image:
    photo = _in_srgb(photo)
    if photo.mode in ("I", "F") or photo.mode.startswith("I;16"):
        # Pillow's annotation names numpy, which we do not have.
        deep = photo.convert("I")
        photo = deep.point(lambda level: level * (1 / 256)).convert("L")  # pyright: ignore[reportUnknownMemberType] - Pillow leaves it unannotated
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    paper = Image.new("RGBA", photo.size, "white")
    paper.alpha_composite(photo.convert("RGBA"))
    return paper.convert("RGB")


def _in_srgb(photo: Image.Image) -> Image.Image:
    """Apply the embedded colour profile: without it CMYK and wide-gamut photos turn garish."""
    profile = photo.info.get("icc_profile")
    if not profile or photo.mode not in ("RGB", "CMYK", "L"):
        return photo
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - it is not annotated
        converted = ImageCms.profileToProfile(photo, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        # A damaged profile is no reason to refuse a photo that can be seen.
        return photo
    return converted or photo


def _unreadable(detail: str) -> ProviderFailure:
    return ProviderFailure(Trouble.PHOTO_REFUSED, detail)
