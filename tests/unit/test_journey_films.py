"""The journey knows a photo again in a film of any format."""

import io

import pytest
from PIL import Image

from infra.sandbox.journey.films import resemblance
from infra.sandbox.samples import sample_photo
from videogen.frame import FRAMES, Frame

PHOTOS = [Image.open(io.BytesIO(sample_photo(name))) for name in ("mug", "backpack")]


def frame_of(photo: Image.Image, frame: Frame) -> Image.Image:
    """A frame that shows the photo as large as it gets."""
    picture = Image.new("RGB", frame.size, "gray")
    shown = photo.copy()
    shown.thumbnail(frame.size)
    place = ((frame.width_px - shown.width) // 2, (frame.height_px - shown.height) // 2)
    picture.paste(shown, place)
    return picture


@pytest.mark.parametrize("shape", list(FRAMES))
@pytest.mark.parametrize("number", [0, 1])
def test_a_photo_is_known_again_in_every_format(shape, number):
    frame = frame_of(PHOTOS[number], FRAMES[shape])
    own, other = resemblance(frame, PHOTOS[number]), resemblance(frame, PHOTOS[1 - number])
    assert own > 0.75
    assert own > other + 0.1
