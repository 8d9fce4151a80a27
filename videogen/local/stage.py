"""Set the photo into the vertical frame, undistorted, before a blurred copy where it is short."""

from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps, ImageStat

from videogen.frame import HEIGHT_PX, WIDTH_PX
from videogen.local.pictures import Rgb, Size, even, resized

CUT_MAX = 0.18
"""How much of a photo may be cut away to fill more of the frame."""
OVERSIZE = 1.25
"""Layers are this much larger than shown, so that a camera move stays sharp and smooth."""
BACKDROP_BLUR_PX = 44
SHADOW_BLUR_PX = 26
FEATHER_PX = 70
"""How softly a photo without a card melts into the backdrop."""
SHADOW_DROP_PX = 14
SHADOW_DEPTH = 105
CARD_MARGIN = 0.06
"""Around a card, as a part of its longer side, for the camera to move in."""

COLOURLESS_SATURATION_MAX = 40
"""Of 255."""

FRAME = (WIDTH_PX, HEIGHT_PX)


@dataclass(frozen=True)
class CardSpace:
    """The part of the frame that a card may take, and how its corners look."""

    width_px: int
    height_px: int
    center_y_px: int
    radius_px: int


@dataclass(frozen=True)
class Layer:
    """A picture, possibly larger than shown, and where it stands in the frame."""

    picture: Image.Image
    x_px: int
    y_px: int
    width_px: int
    height_px: int
    margin_px: int = 0
    """Transparent on all sides."""


@dataclass(frozen=True)
class Stage:
    backdrop: Layer
    card: Layer | None
    """None when the photo is part of the backdrop."""

    @property
    def card_top_px(self) -> int:
        return self.card.y_px + self.card.margin_px if self.card else 0

    @property
    def card_bottom_px(self) -> int:
        if self.card is None:
            return HEIGHT_PX
        return self.card.y_px + self.card.height_px - self.card.margin_px


def set_stage(photo: Image.Image, space: CardSpace | None, accent: Rgb) -> Stage:
    """Fill the frame; else lay a card into `space`, or without one let the photo melt."""
    frame_ratio = WIDTH_PX / HEIGHT_PX
    ratio = photo.width / photo.height
    if min(ratio / frame_ratio, frame_ratio / ratio) >= 1 - CUT_MAX:
        return Stage(_full(ImageOps.fit(photo, _oversize(FRAME))), None)
    backdrop = _backdrop(photo, accent)
    if space is None:
        return Stage(_full(_melted(photo, _fit(ratio, *FRAME), backdrop)), None)
    size = _fit(ratio, space.width_px, space.height_px)
    return Stage(_full(_with_shadow(backdrop, size, space)), _card(photo, size, space))


def _fit(ratio: float, width_max: int, height_max: int) -> Size:
    """A wide photo loses some of its sides; above and below stands the product, so never there."""
    ratio = max(min(ratio, width_max / height_max), ratio * (1 - CUT_MAX))
    width = min(width_max, height_max * ratio)
    return even(width), even(width / ratio)


def _backdrop(photo: Image.Image, accent: Rgb) -> Image.Image:
    """The photo's own colours, quiet and dark enough for the photo and the captions.

    Behind a product on white paper that would be plain grey, so there it takes the accent.
    """
    blurred = ImageOps.fit(photo, (WIDTH_PX // 2, HEIGHT_PX // 2)).filter(
        ImageFilter.GaussianBlur(BACKDROP_BLUR_PX / 2)
    )
    saturation = ImageStat.Stat(blurred.convert("HSV").getchannel("S")).median[0]
    if saturation < COLOURLESS_SATURATION_MAX:
        blurred = Image.blend(blurred, Image.new("RGB", blurred.size, accent), 0.5)
    dimmed = ImageEnhance.Brightness(ImageEnhance.Color(blurred).enhance(1.15)).enhance(0.82)
    return resized(dimmed, FRAME)


def _melted(photo: Image.Image, size: Size, backdrop: Image.Image) -> Image.Image:
    whole, inner = _oversize(FRAME), _oversize(size)
    left, top = (whole[0] - inner[0]) // 2, (whole[1] - inner[1]) // 2
    picture = resized(backdrop, whole)
    mask = Image.new("L", inner, 255)
    if inner[1] < whole[1]:
        mask = ImageChops.multiply(mask, _soft_ends(inner))
    if inner[0] < whole[0]:
        upright = _soft_ends((inner[1], inner[0]))
        mask = ImageChops.multiply(mask, upright.transpose(Image.Transpose.ROTATE_90))
    picture.paste(ImageOps.fit(photo, inner, Image.Resampling.LANCZOS), (left, top), mask)
    return picture


def _soft_ends(size: Size) -> Image.Image:
    """Opaque, but fading out towards the upper and the lower edge."""
    feather = min(round(FEATHER_PX * OVERSIZE), size[1] // 4)
    ramp = resized(Image.linear_gradient("L"), (size[0], feather))
    mask = Image.new("L", size, 255)
    mask.paste(ramp, (0, 0))
    mask.paste(ImageOps.flip(ramp), (0, size[1] - feather))
    return mask


def _with_shadow(backdrop: Image.Image, card: Size, space: CardSpace) -> Image.Image:
    left, top = (WIDTH_PX - card[0]) // 2, space.center_y_px - card[1] // 2 + SHADOW_DROP_PX
    mask = Image.new("L", FRAME, 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (left, top, left + card[0], top + card[1]), space.radius_px, fill=SHADOW_DEPTH
    )
    mask = mask.filter(ImageFilter.GaussianBlur(SHADOW_BLUR_PX))
    return Image.composite(Image.new("RGB", FRAME, "black"), backdrop, mask)


def _card(photo: Image.Image, size: Size, space: CardSpace) -> Layer:
    """The photo on a transparent margin whose hidden colour is the photo's own.

    A black margin would bleed into the card's edges as a dark line.
    """
    margin = even(max(size) * CARD_MARGIN)
    shown = (size[0] + 2 * margin, size[1] + 2 * margin)
    big, big_margin = _oversize(shown), round(margin * OVERSIZE)
    inner = (big[0] - 2 * big_margin, big[1] - 2 * big_margin)
    picture = ImageOps.fit(photo, big, Image.Resampling.BILINEAR)
    picture.paste(ImageOps.fit(photo, inner, Image.Resampling.LANCZOS), (big_margin, big_margin))
    mask = Image.new("L", big, 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (big_margin, big_margin, big_margin + inner[0] - 1, big_margin + inner[1] - 1),
        space.radius_px * OVERSIZE,
        fill=255,
    )
    picture.putalpha(mask)
    left, top = (WIDTH_PX - shown[0]) // 2, space.center_y_px - shown[1] // 2
    return Layer(picture, left, top, *shown, margin)


def _full(picture: Image.Image) -> Layer:
    return Layer(picture, 0, 0, *FRAME)


def _oversize(size: Size) -> Size:
    return even(size[0] * OVERSIZE), even(size[1] * OVERSIZE)
