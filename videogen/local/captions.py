"""Draw captions: text on a plate that keeps it legible over any photo."""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from videogen.frame import WIDTH_PX
from videogen.local.accent import Tones
from videogen.local.look import Caption, Plate, Side
from videogen.local.stage import Stage
from videogen.local.text import bound
from videogen.local.typeset import Typeset, typeset

SHARPNESS = 2
"""Plates are drawn this much larger and then reduced, because Pillow's shapes have rough edges."""
DARK_PLATE = (16, 16, 20, 212)
LIGHT_PLATE = (255, 255, 255, 244)
WHITE = (255, 255, 255, 255)
INK = (18, 18, 22, 255)
LINE_HEIGHT = 1.22
STRIP_HEIGHT = 1.55
CARD_GAP_PX = 40
SAFE_TOP_PX = 96
"""Above and below, players draw their own buttons."""
SAFE_BOTTOM_PX = 1_190

Rgba = tuple[int, int, int, int]


@dataclass(frozen=True)
class Placed:
    """A caption's picture and the place of its upper left corner in the frame."""

    picture: Image.Image
    x_px: int
    y_px: int


def place_caption(text: str, style: Caption, tones: Tones, stage: Stage) -> Placed:
    picture = draw_caption(text, style, tones)
    y_px = max(SAFE_TOP_PX, style.center_y_px - picture.height // 2)
    if stage.card is not None and style.beside_card is Side.ABOVE:
        y_px = max(SAFE_TOP_PX, stage.card_top_px - CARD_GAP_PX - picture.height)
    elif stage.card is not None and style.beside_card is Side.BELOW:
        y_px = min(stage.card_bottom_px + CARD_GAP_PX, SAFE_BOTTOM_PX - picture.height)
    return Placed(picture, (WIDTH_PX - picture.width) // 2, y_px)


def draw_caption(text: str, style: Caption, tones: Tones) -> Image.Image:
    set_text = typeset(
        bound(text),
        width_px=style.width_px * SHARPNESS,
        lines_max=style.lines_max,
        sizes_px=tuple(size * SHARPNESS for size in style.sizes_px),
        weight=style.weight,
    )
    return _on_plate(set_text, style.plate, tones).reduce(SHARPNESS)


def _on_plate(text: Typeset, plate: Plate, tones: Tones) -> Image.Image:
    match plate:
        case Plate.BLOCK:
            return _block(text, DARK_PLATE, pad=0.75, round_ends=False)
        case Plate.PILL:
            return _block(text, (*tones.accent, 255), pad=1.0, round_ends=True)
        case Plate.ACCENT_STRIPS:
            return _strips(text, (*tones.accent, 255), WHITE)
        case Plate.STRIPS if tones.light:
            return _strips(text, (*DARK_PLATE[:3], 244), WHITE)
        case Plate.STRIPS:
            return _strips(text, LIGHT_PLATE, INK)


def _block(text: Typeset, fill: Rgba, *, pad: float, round_ends: bool) -> Image.Image:
    pad_x, pad_y = round(text.size_px * pad), round(text.size_px * 0.55)
    line_px = round(text.size_px * LINE_HEIGHT)
    width, height = text.width_px + 2 * pad_x, line_px * len(text.lines) + 2 * pad_y
    picture, draw = _sheet(width, height, fill)
    radius = height // 2 if round_ends else round(text.size_px * 0.55)
    # On a backdrop of its own colour only the rim sets a pill apart.
    rim_px = 3 * SHARPNESS if round_ends else 0
    plate = (0, 0, picture.width - 1, picture.height - 1)
    draw.rounded_rectangle(plate, radius, fill=fill, outline=WHITE, width=rim_px)
    for number, line in enumerate(text.lines):
        middle = (width // 2, pad_y + line_px * number + line_px // 2)
        draw.text(middle, line, font=text.font, fill=WHITE, anchor="mm")
    return picture


def _strips(text: Typeset, fill: Rgba, ink: Rgba) -> Image.Image:
    pad_x, line_px = round(text.size_px * 0.5), round(text.size_px * STRIP_HEIGHT)
    width, height = text.width_px + 2 * pad_x, line_px * len(text.lines)
    picture, draw = _sheet(width, height, fill)
    for number, line in enumerate(text.lines):
        half, top = round(text.font.getlength(line)) // 2 + pad_x, line_px * number
        strip = (width // 2 - half, top, width // 2 + half - 1, top + line_px - 1)
        draw.rounded_rectangle(strip, round(text.size_px * 0.32), fill=fill)
        middle = (width // 2, top + line_px // 2)
        draw.text(middle, line, font=text.font, fill=ink, anchor="mm")
    return picture


def _sheet(width: int, height: int, fill: Rgba) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A transparent sheet of the plate's colour, so that soft edges do not darken."""
    # Even after the reduction, as video planes with halved colour need it.
    step = 2 * SHARPNESS
    size = (width + -width % step, height + -height % step)
    picture = Image.new("RGBA", size, (*fill[:3], 0))
    return picture, ImageDraw.Draw(picture)
