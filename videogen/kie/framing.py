"""Bring a photo into a format, for the models whose video has the shape of their photo.

Nothing of the product is cut off: the whole photo lies on its own enlarged and blurred copy.
"""

import io

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from contracts.orders import Format

SIZES_PX = {
    Format.VERTICAL: (1080, 1920),
    Format.PORTRAIT: (1080, 1440),
    Format.SQUARE: (1080, 1080),
}
CLOSE_ENOUGH = 0.02
"""So near to the format, as a part of the whole, the photo fills it and loses a hair's breadth."""
BLUR_SIDE_PX = 96
BLUR_RADIUS_PX = 4
BRIGHTNESS = 0.8
QUALITY = 92


def framed(photo: bytes, format_: Format) -> bytes:
    """Return a JPEG of the format's shape. `photo` is one that the bot has prepared.

    Takes about 0.1 s of the processor, so it belongs into a thread.
    """
    size = SIZES_PX[format_]
    with Image.open(io.BytesIO(photo)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    shape = (picture.width * size[1]) / (picture.height * size[0])
    if abs(shape - 1) <= CLOSE_ENOUGH:
        return _saved(ImageOps.fit(picture, size, Image.Resampling.LANCZOS))
    ground = _backdrop(picture, size)
    whole = ImageOps.contain(picture, size, Image.Resampling.LANCZOS)
    ground.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return _saved(ground)


def _backdrop(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    # Blurred while small: it looks the same, and is done in a hundredth of the time.
    small = (BLUR_SIDE_PX, round(BLUR_SIDE_PX * size[1] / size[0]))
    blurred = ImageOps.fit(picture, small).filter(ImageFilter.GaussianBlur(BLUR_RADIUS_PX))
    dimmed = ImageEnhance.Brightness(blurred).enhance(BRIGHTNESS)
    return ImageOps.fit(dimmed, size, Image.Resampling.BICUBIC)


def _saved(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
