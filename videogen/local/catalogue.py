"""A page of a catalogue: the photo in a card on light paper, and close-ups of it."""

from PIL import Image, ImageChops, ImageFilter, ImageOps

from videogen.frame import Frame
from videogen.local.accent import Tones
from videogen.local.backdrop import paper, with_shadow
from videogen.local.closeups import closeups_of
from videogen.local.layers import Layer, Stage, fit, oversize
from videogen.local.pictures import Box, rounded

MARGIN_PX = 40
GAP_PX = 20
TEXT_PX = 206
"""Above the card, at full type size."""
CELL_PX = 150
CELLS = 3
COMMON_RATIO = 0.75
"""Of photos, width to height; what such a card leaves of a low frame goes to the close-ups."""
TALL = 1.5
"""A frame at least so much higher than wide has its close-ups below, another one beside."""
RIM_PX = 12
RADIUS_PX = 30
CELL_RIM_PX = 6
CELL_RADIUS_PX = 22
CELL_SHADOW_PX = 12
CELL_SHADOW_DEPTH = 80
BLEED_PX = 2
"""How far the mat covers the photo, so that no gap shines through."""


def lay_out(photo: Image.Image, frame: Frame, tones: Tones) -> Stage:
    room, cells = _places(frame)
    inner = room.grown(-RIM_PX)
    window = inner.centered(fit(photo.width / photo.height, *inner.size))
    card = window.grown(RIM_PX)
    shown = ImageOps.fit(photo, oversize(window.size), Image.Resampling.LANCZOS)
    pictures = closeups_of(photo, cells[0].width / cells[0].height, len(cells))
    return Stage(
        backdrop=Layer(
            with_shadow(paper(frame, tones.accent), card, RADIUS_PX), Box(0, 0, *frame.size)
        ),
        photo=Layer(shown, window),
        mat=Layer(_mat(card), card),
        card=card,
        closeups=tuple(_cell(*each) for each in zip(pictures, cells, strict=True)),
    )


def _places(frame: Frame) -> tuple[Box, list[Box]]:
    """Return the room for the card, and the close-ups' places."""
    top = frame.safe_top_px + round(TEXT_PX * frame.type_scale)
    width, height = frame.width_px - 2 * MARGIN_PX, frame.safe_bottom_px - top
    if frame.height_px >= TALL * frame.width_px:
        room = Box(MARGIN_PX, top, width, height - CELL_PX - GAP_PX)
        step = (width + GAP_PX) // CELLS
        lefts = [MARGIN_PX + step * number for number in range(CELLS)]
        return room, [Box(left, room.bottom + GAP_PX, step - GAP_PX, CELL_PX) for left in lefts]
    beside = max(CELL_PX, width - GAP_PX - round(height * COMMON_RATIO))
    room = Box(MARGIN_PX, top, width - beside - GAP_PX, height)
    step = (height + GAP_PX) // CELLS
    left = frame.width_px - MARGIN_PX - beside
    return room, [Box(left, top + step * number, beside, step - GAP_PX) for number in range(CELLS)]


def _mat(card: Box) -> Image.Image:
    whole = Box(0, 0, *card.size)
    picture = Image.new("RGB", card.size, "white")
    window = rounded(card.size, whole.grown(-RIM_PX - BLEED_PX), RADIUS_PX - RIM_PX)
    picture.putalpha(ImageChops.subtract(rounded(card.size, whole, RADIUS_PX), window))
    return picture


def _cell(closeup: Image.Image, cell: Box) -> Layer:
    place = Box(cell.left - cell.left % 2, cell.top - cell.top % 2, *cell.size)
    place = place.grown(2 * CELL_SHADOW_PX)
    size = (place.width + place.width % 2, place.height + place.height % 2)
    card = Box(2 * CELL_SHADOW_PX, 2 * CELL_SHADOW_PX, *cell.size)
    shade = rounded(size, card, CELL_RADIUS_PX, CELL_SHADOW_DEPTH)
    picture = Image.new("RGBA", size, "black")
    picture.putalpha(shade.filter(ImageFilter.GaussianBlur(CELL_SHADOW_PX)))
    rim = Image.new("RGBA", size, "white")
    rim.putalpha(rounded(size, card, CELL_RADIUS_PX))
    picture.alpha_composite(rim)
    window = card.grown(-CELL_RIM_PX)
    shown = ImageOps.fit(closeup, window.size, Image.Resampling.LANCZOS)
    corners = rounded(shown.size, Box(0, 0, *shown.size), CELL_RADIUS_PX - CELL_RIM_PX)
    picture.paste(shown, (window.left, window.top), corners)
    return Layer(picture, Box(place.left, place.top, *size))
