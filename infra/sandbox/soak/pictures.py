"""A picture for each order, unlike every other one, whatever is done to its size and quality."""

import io

from PIL import Image, ImageDraw

from infra.sandbox.samples import SAMPLES, sample_photo
from videogen.local.pictures import resized

SIZE_PX = (480, 600)
CODE_BITS = 16
CODE_HEIGHT_PX = 48
INK = {"0": (250, 246, 236), "1": (26, 34, 52)}
QUALITY = 90


def picture(cycle: int) -> bytes:
    """Return a JPEG of a product above the cycle's number, written as a strip of black and white.

    The counters of the provider tell pictures apart, so no two orders may share one.
    """
    if not 0 < cycle < 2**CODE_BITS:
        raise ValueError(f"the number {cycle} does not fit on a picture")
    sample = SAMPLES[cycle % len(SAMPLES)]
    with Image.open(io.BytesIO(sample_photo(sample.name))) as drawn:
        image = resized(drawn.convert("RGB"), SIZE_PX)
    draw = ImageDraw.Draw(image)
    width, top = SIZE_PX[0] // CODE_BITS, SIZE_PX[1] - CODE_HEIGHT_PX
    for place, bit in enumerate(f"{cycle:0{CODE_BITS}b}"):
        draw.rectangle((place * width, top, (place + 1) * width - 1, SIZE_PX[1]), fill=INK[bit])
    target = io.BytesIO()
    image.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
