"""A photo that fills the frame, or melts into its own blurred colours where it is too short."""

from PIL import Image, ImageChops, ImageOps

from videogen.frame import Frame
from videogen.local.accent import Tones
from videogen.local.backdrop import blurred
from videogen.local.layers import OVERSIZE, Layer, Stage, fit, oversize
from videogen.local.pictures import Box, Size, resized

CUT_MAX = 0.1
"""Less than elsewhere, because the camera cuts some more."""
FEATHER_PX = 100
"""How softly a photo melts into the backdrop."""
SCRIM_STEPS = 256
SCRIM_REACH = 0.38
"""How far the dark behind captions reaches into the frame from above and below."""
SCRIM_DEPTH = 0.62


def fill_frame(photo: Image.Image, frame: Frame, tones: Tones) -> Stage:
    picture = _with_scrim(_filled(photo, frame, tones))
    return Stage(Layer(picture, Box(0, 0, *frame.size)))


def _filled(photo: Image.Image, frame: Frame, tones: Tones) -> Image.Image:
    frame_ratio, ratio = frame.width_px / frame.height_px, photo.width / photo.height
    if min(ratio / frame_ratio, frame_ratio / ratio) >= 1 - CUT_MAX:
        return ImageOps.fit(photo, oversize(frame.size))
    size = fit(ratio, *frame.size, CUT_MAX)
    return _melted(photo, size, blurred(photo, frame, tones.accent), frame)


def _melted(photo: Image.Image, size: Size, backdrop: Image.Image, frame: Frame) -> Image.Image:
    whole, inner = oversize(frame.size), oversize(size)
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


def _with_scrim(picture: Image.Image) -> Image.Image:
    """Darken the upper and the lower part, so that white letters stand on any photo."""
    depths = [_scrim(step / (SCRIM_STEPS - 1)) for step in range(SCRIM_STEPS)]
    column = Image.frombytes("L", (1, SCRIM_STEPS), bytes(round(255 * depth) for depth in depths))
    mask = resized(column, picture.size)
    return Image.composite(Image.new("RGB", picture.size, "black"), picture, mask)


def _scrim(height: float) -> float:
    nearness = max(0.0, 1 - min(height, 1 - height) / SCRIM_REACH)
    return SCRIM_DEPTH * nearness * nearness * (3 - 2 * nearness)
