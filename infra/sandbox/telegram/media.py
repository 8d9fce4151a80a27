"""What Telegram's servers do to pictures: smaller copies as JPEG, without metadata."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

SIDES_MAX = (90, 320, 1280)
"""The longer side of the three sizes a photo is kept in; nothing is enlarged."""
THUMBNAIL_SIDE_MAX = 320
THUMBNAIL_BYTES_MAX = 200 * 1024
SUM_OF_SIDES_MAX = 10_000
RATIO_MAX = 20
JPEG_QUALITY = 87


class NotAPhotoError(Exception):
    """The bytes are no picture that can be decoded to its end."""


class WrongDimensionsError(Exception):
    """The picture is too large or too narrow for a photo."""


@dataclass(frozen=True)
class Rendition:
    width: int
    height: int
    data: bytes


def photo_sizes(data: bytes) -> list[Rendition]:
    """Return the copies of a photo, the smallest first. Slow: run it in a thread."""
    picture = _opened(data)
    width, height = picture.size
    if width + height > SUM_OF_SIDES_MAX or max(width, height) > RATIO_MAX * min(width, height):
        raise WrongDimensionsError
    upright = _decoded(picture)
    sizes: dict[tuple[int, int], Rendition] = {}
    for side in SIDES_MAX:
        copy = upright.copy()
        copy.thumbnail((side, side))
        sizes[copy.size] = Rendition(copy.width, copy.height, _jpeg(copy))
    return list(sizes.values())


def thumbnail(data: bytes) -> Rendition | None:
    """Return the small picture shown for an image sent as a file, if it can be read."""
    try:
        picture = _decoded(_opened(data))
    except NotAPhotoError:
        return None
    picture.thumbnail((THUMBNAIL_SIDE_MAX, THUMBNAIL_SIDE_MAX))
    return Rendition(picture.width, picture.height, _jpeg(picture))


def accepted_thumbnail(data: bytes) -> Rendition:
    """Return a bot's own thumbnail, or raise `ValueError` with the rule that it breaks."""
    if len(data) >= THUMBNAIL_BYTES_MAX:
        raise ValueError(f"a thumbnail must be less than 200 kB, not {len(data)} bytes")
    try:
        picture = _opened(data)
    except NotAPhotoError:
        raise ValueError("a thumbnail must be a picture") from None
    if picture.format != "JPEG":
        raise ValueError(f"a thumbnail must be JPEG, not {picture.format}")
    if max(picture.size) > THUMBNAIL_SIDE_MAX:
        raise ValueError(f"a thumbnail's sides must not exceed 320, not {picture.size}")
    return Rendition(picture.width, picture.height, data)


def blank_picture(form: str) -> bytes:
    """Return a small grey picture, for messages whose content does not matter."""
    buffer = io.BytesIO()
    Image.new("RGB", (512, 512), "gray").save(buffer, form)
    return buffer.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPhotoError(str(error)) from error


def _decoded(picture: Image.Image) -> Image.Image:
    try:
        picture.load()
        return _on_white(ImageOps.exif_transpose(picture))
    except (OSError, ValueError, SyntaxError) as error:
        raise NotAPhotoError(str(error)) from error


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()
