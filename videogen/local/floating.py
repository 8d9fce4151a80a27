"""A photo as a print that floats before a blurred backdrop, each for a camera of its own."""

from PIL import Image, ImageOps

from videogen.frame import Frame
from videogen.local.accent import Tones
from videogen.local.backdrop import blurred, with_lights, with_shadow
from videogen.local.layers import OVERSIZE, Layer, Stage, fit, oversize
from videogen.local.pictures import Box, even, rounded

PRINT_WIDTH = 0.84
PRINT_HEIGHT = 0.70
"""The most that a print takes, as parts of the frame."""
RIM_PX = 12
RADIUS_PX = 34
MARGIN = 0.07
"""Around a print, as a part of its longer side, for the camera to move in."""


def float_print(photo: Image.Image, frame: Frame, tones: Tones) -> Stage:
    size = fit(
        photo.width / photo.height,
        round(frame.width_px * PRINT_WIDTH) - 2 * RIM_PX,
        round(frame.height_px * PRINT_HEIGHT) - 2 * RIM_PX,
    )
    whole = Box(0, 0, *frame.size)
    card = whole.centered(size).grown(RIM_PX)
    backdrop = with_lights(blurred(photo, frame, tones.accent))
    return Stage(
        backdrop=Layer(with_shadow(backdrop, card, RADIUS_PX), whole),
        photo=_print(photo, card),
        card=card,
    )


def _print(photo: Image.Image, card: Box) -> Layer:
    """The print lies on a transparent margin, white as its rim, so that no dark edge bleeds in."""
    place = card.grown(even(max(card.size) * MARGIN))
    big = oversize(place.size)
    whole = Box(0, 0, *big)
    inner = whole.centered(oversize(card.size))
    window = inner.grown(-round(RIM_PX * OVERSIZE))
    picture = Image.new("RGB", big, "white")
    shown = ImageOps.fit(photo, window.size, Image.Resampling.LANCZOS)
    corners = rounded(shown.size, Box(0, 0, *shown.size), (RADIUS_PX - RIM_PX) * OVERSIZE)
    picture.paste(shown, (window.left, window.top), corners)
    picture.putalpha(rounded(big, inner, RADIUS_PX * OVERSIZE))
    return Layer(picture, place)
