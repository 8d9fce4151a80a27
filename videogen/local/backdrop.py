"""What stands behind a photo, made of the photo's own colours, and shadows upon it."""

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps, ImageStat

from videogen.frame import Frame
from videogen.local.pictures import Box, Rgb, Size, even, resized, rounded

REDUCTION = 2
"""Soft pictures are drawn and moved at half the size, which is not seen and costs a quarter."""
BLUR_PX = 80
COLOURLESS_SATURATION_MAX = 56
"""Of 255."""
SHADOW_BLUR_PX = 26
SHADOW_DROP_PX = 14
SHADOW_DEPTH = 105
PAPER_TINTS = (0.08, 0.17)
"""How much of the accent is in white paper, above and below."""
LIGHTS = (
    *((0.10, 0.13, 0.19), (0.92, 0.26, 0.13), (0.80, 0.06, 0.07), (0.06, 0.62, 0.10)),
    *((0.95, 0.74, 0.20), (0.22, 0.93, 0.14), (0.66, 0.97, 0.08)),
)
"""Discs out of focus: middle and radius, as parts of the width and of the height."""
LIGHT_BLUR_PX = 5


def reduced(size: Size) -> Size:
    return even(size[0] / REDUCTION), even(size[1] / REDUCTION)


def blurred(photo: Image.Image, frame: Frame, accent: Rgb) -> Image.Image:
    """The photo's own colours, quiet and dark enough for the photo and the captions.

    Behind a product on white paper that would be plain grey, so there it takes the accent.
    """
    soft = ImageOps.fit(photo, reduced(frame.size)).filter(
        ImageFilter.GaussianBlur(BLUR_PX / REDUCTION)
    )
    saturation = ImageStat.Stat(soft.convert("HSV").getchannel("S")).median[0]
    if saturation < COLOURLESS_SATURATION_MAX:
        soft = Image.blend(soft, Image.new("RGB", soft.size, accent), 0.5)
    return ImageEnhance.Brightness(ImageEnhance.Color(soft).enhance(1.15)).enhance(0.82)


def with_lights(backdrop: Image.Image) -> Image.Image:
    """Without them nobody sees that a blurred backdrop moves."""
    width, height = backdrop.size
    mask = Image.new("L", backdrop.size, 0)
    draw = ImageDraw.Draw(mask)
    for number, (x, y, radius) in enumerate(LIGHTS):
        draw.circle((x * width, y * height), radius * width, fill=44 + 9 * (number % 3))
    mask = mask.filter(ImageFilter.GaussianBlur(LIGHT_BLUR_PX / REDUCTION))
    return Image.composite(Image.new("RGB", backdrop.size, "white"), backdrop, mask)


def paper(frame: Frame, accent: Rgb) -> Image.Image:
    size = reduced(frame.size)
    above, below = (
        Image.blend(Image.new("RGB", size, "white"), Image.new("RGB", size, accent), tint)
        for tint in PAPER_TINTS
    )
    return Image.composite(below, above, resized(Image.linear_gradient("L"), size))


def with_shadow(backdrop: Image.Image, card: Box, radius_px: int) -> Image.Image:
    place = Box(
        card.left // REDUCTION,
        (card.top + SHADOW_DROP_PX) // REDUCTION,
        card.width // REDUCTION,
        card.height // REDUCTION,
    )
    mask = rounded(backdrop.size, place, radius_px / REDUCTION, SHADOW_DEPTH)
    mask = mask.filter(ImageFilter.GaussianBlur(SHADOW_BLUR_PX / REDUCTION))
    return Image.composite(Image.new("RGB", backdrop.size, "black"), backdrop, mask)
