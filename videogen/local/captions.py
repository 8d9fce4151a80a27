"""Draw captions so that they are legible over any photo, and place them in the frame."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from videogen.frame import Frame
from videogen.local.accent import Tones
from videogen.local.layers import Layer, Stage
from videogen.local.look import Caption, Place, Plate
from videogen.local.pictures import SHARPNESS, Box, Rgb
from videogen.local.text import bound
from videogen.local.typeset import Typeset, typeset

DARK_PLATE = (16, 16, 20, 244)
LIGHT_PLATE = (255, 255, 255, 244)
WHITE = (255, 255, 255, 255)
INK = (24, 24, 30, 255)
LINE_HEIGHT = 1.22
STRIP_HEIGHT = 1.55
GLOW_THINNING = 1.4
"""Of two shadows, one upon the other."""
GLOW_BLUR = 0.20
"""As a part of the type size."""
DASH_WIDTH, DASH_HEIGHT = 1.7, 0.16
"""As parts of the type size."""
INSET = 0.03
"""From the safe area's lower edge, as a part of the frame's height."""
CARD_GAP = 0.022
"""Between a card and its caption, as a part of the frame's height."""

Rgba = tuple[int, int, int, int]


def place_caption(text: str, style: Caption, tones: Tones, stage: Stage, frame: Frame) -> Layer:
    picture = draw_caption(text, style, tones, frame.type_scale)
    left = (frame.width_px - picture.width) // 2
    top = _top(style.place, picture.height, stage.card, frame)
    return Layer(picture, Box(left, top, *picture.size))


def _top(place: Place, height: int, card: Box | None, frame: Frame) -> int:
    inset, gap = round(frame.height_px * INSET), round(frame.height_px * CARD_GAP)
    card = card or Box(0, 0, *frame.size)
    match place:
        case Place.TOP:
            return frame.safe_top_px
        case Place.BOTTOM:
            return frame.safe_bottom_px - inset - height
        case Place.ABOVE_CARD:
            return max(frame.safe_top_px, card.top - gap - height)
        case Place.BELOW_CARD:
            return min(card.bottom + gap, frame.safe_bottom_px - height)


def draw_caption(text: str, style: Caption, tones: Tones, scale: float = 1.0) -> Image.Image:
    set_text = typeset(
        bound(text),
        width_px=style.width_px * SHARPNESS,
        lines_max=style.lines_max,
        sizes_px=tuple(round(size * scale) * SHARPNESS for size in style.sizes_px),
        weight=style.weight,
        is_whole=style.is_whole,
    )
    return _drawn(set_text, style.plate, tones).reduce(SHARPNESS)


def _drawn(text: Typeset, plate: Plate, tones: Tones) -> Image.Image:
    match plate:
        case Plate.GLOW:
            return _glow(text)
        case Plate.INK:
            return _ink(text, tones.accent)
        case Plate.PILL:
            return _pill(text, (*tones.accent, 255))
        case Plate.ACCENT_STRIPS:
            return _strips(text, (*tones.accent, 255), WHITE)
        case Plate.STRIPS if tones.light:
            return _strips(text, DARK_PLATE, WHITE)
        case Plate.STRIPS:
            return _strips(text, LIGHT_PLATE, INK)


def _glow(text: Typeset) -> Image.Image:
    pad, line_px = round(text.size_px * 2 * GLOW_BLUR), round(text.size_px * LINE_HEIGHT)
    size = _even(text.width_px + 2 * pad, line_px * len(text.lines) + 2 * pad)
    letters = Image.new("L", size, 0)
    _write(ImageDraw.Draw(letters), text, size[0] // 2, pad, line_px, 255)
    shadow = letters.filter(ImageFilter.GaussianBlur(text.size_px * GLOW_BLUR))
    picture = Image.new("RGBA", size, "black")
    picture.putalpha(ImageChops.add(shadow, shadow, GLOW_THINNING))
    white = Image.new("RGBA", size, WHITE)
    white.putalpha(letters)
    picture.alpha_composite(white)
    return picture


def _ink(text: Typeset, accent: Rgb) -> Image.Image:
    line_px, dash_px = round(text.size_px * LINE_HEIGHT), round(text.size_px * DASH_HEIGHT)
    dash_width, top = round(text.size_px * DASH_WIDTH), round(text.size_px * 0.55)
    width = max(text.width_px, dash_width)
    picture, draw = _sheet(width, top + line_px * len(text.lines), INK)
    middle = picture.width // 2
    dash = (middle - dash_width // 2, 0, middle + dash_width // 2 - 1, dash_px - 1)
    draw.rounded_rectangle(dash, dash_px // 2, fill=(*accent, 255))
    _write(draw, text, middle, top, line_px, INK)
    return picture


def _pill(text: Typeset, fill: Rgba) -> Image.Image:
    pad_x, pad_y = text.size_px, round(text.size_px * 0.55)
    line_px = round(text.size_px * LINE_HEIGHT)
    height = line_px * len(text.lines) + 2 * pad_y
    picture, draw = _sheet(text.width_px + 2 * pad_x, height, fill)
    plate = (0, 0, picture.width - 1, picture.height - 1)
    # On a backdrop of its own colour only the rim sets a pill apart.
    draw.rounded_rectangle(plate, height // 2, fill=fill, outline=WHITE, width=3 * SHARPNESS)
    _write(draw, text, picture.width // 2, pad_y, line_px, WHITE)
    return picture


def _strips(text: Typeset, fill: Rgba, ink: Rgba) -> Image.Image:
    pad_x, line_px = round(text.size_px * 0.5), round(text.size_px * STRIP_HEIGHT)
    picture, draw = _sheet(text.width_px + 2 * pad_x, line_px * len(text.lines), fill)
    middle = picture.width // 2
    for number, line in enumerate(text.lines):
        half, top = round(text.font.getlength(line)) // 2 + pad_x, line_px * number
        strip = (middle - half, top, middle + half - 1, top + line_px - 1)
        draw.rounded_rectangle(strip, round(text.size_px * 0.32), fill=fill)
    _write(draw, text, middle, 0, line_px, ink)
    return picture


def _write(  # noqa: PLR0913, PLR0917 - where and how are halves of one act
    draw: ImageDraw.ImageDraw, text: Typeset, middle: int, top: int, line_px: int, ink: Rgba | int
) -> None:
    for number, line in enumerate(text.lines):
        place = (middle, top + line_px * number + line_px // 2)
        draw.text(place, line, font=text.font, fill=ink, anchor="mm")


def _sheet(width: int, height: int, fill: Rgba) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A transparent sheet of the plate's colour, so that soft edges do not darken."""
    picture = Image.new("RGBA", _even(width, height), (*fill[:3], 0))
    return picture, ImageDraw.Draw(picture)


def _even(width: int, height: int) -> tuple[int, int]:
    """Even after the reduction, as video planes with halved colour need it."""
    step = 2 * SHARPNESS
    return width + -width % step, height + -height % step
