"""Turn what a person sent into the photo of an order: checked, upright, JPEG, at most 2 MB."""

import hashlib
import io
from dataclasses import dataclass
from enum import StrEnum

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE_MIN_PX = 200
SIDE_MAX_PX = 2048
PIXELS_MAX = 50_000_000
RATIO_MAX = 5.0
SIZE_MAX_BYTES = 2_000_000
DOWNLOAD_MAX_BYTES = 20 * 1024 * 1024
"""Telegram gives a bot no larger file than this."""
QUALITIES = (92, 85, 75, 60, 40)
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "BMP", "TIFF", "GIF")
WHITE = (255, 255, 255)


class PhotoFault(StrEnum):
    NOT_IMAGE = "not_image"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    TOO_NARROW = "too_narrow"
    BROKEN = "broken"
    ANIMATED = "animated"
    VECTOR = "vector"


class RejectedPhoto(Exception):
    def __init__(self, fault: PhotoFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class PreparedPhoto:
    data: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def prepare(data: bytes) -> PreparedPhoto:
    """Check and re-encode. Takes about 0.1 s of CPU, so it belongs into a thread.

    Raises `RejectedPhoto`.
    """
    if len(data) > DOWNLOAD_MAX_BYTES:
        raise RejectedPhoto(PhotoFault.TOO_LARGE)
    if _is_svg(data):
        raise RejectedPhoto(PhotoFault.VECTOR)
    picture = _flattened(_opened(data))
    if min(picture.size) < SIDE_MIN_PX:
        raise RejectedPhoto(PhotoFault.TOO_SMALL)
    if max(picture.size) > RATIO_MAX * min(picture.size):
        raise RejectedPhoto(PhotoFault.TOO_NARROW)
    picture.thumbnail((SIDE_MAX_PX, SIDE_MAX_PX), Image.Resampling.LANCZOS)
    return PreparedPhoto(_encoded(picture), picture.width, picture.height)


def _opened(data: bytes) -> Image.Image:
    """Open and decode completely, so that a truncated file is found here."""
    # Without it a format that Pillow has not met yet is a KeyError.
    Image.init()
    # The wheel leaves the keyword arguments open.
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] - the library has no annotations
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise RejectedPhoto(PhotoFault.NOT_IMAGE) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RejectedPhoto(PhotoFault.BROKEN) from error
    if picture.width * picture.height > PIXELS_MAX:
        raise RejectedPhoto(PhotoFault.TOO_LARGE)
    if getattr(picture, "n_frames", 1) > 1 and picture.format in {"GIF", "WEBP", "PNG"}:
        raise RejectedPhoto(PhotoFault.ANIMATED)
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError, MemoryError) as error:
        raise RejectedPhoto(PhotoFault.BROKEN) from error
    return picture


def _flattened(picture: Image.Image) -> Image.Image:
    """Turn it upright and put a transparent picture on white, as marketplaces show it."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        layer = upright.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (*WHITE, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return upright.convert("RGB")


def _encoded(picture: Image.Image) -> bytes:
    for quality in QUALITIES:
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality, optimize=True)
        if target.tell() <= SIZE_MAX_BYTES:
            return target.getvalue()
    raise RejectedPhoto(PhotoFault.TOO_LARGE)


def _is_svg(data: bytes) -> bool:
    head = data[:1024].lstrip().lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in data[:4096].lower()
