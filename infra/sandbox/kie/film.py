"""What the emulated models film: a test card with a tone, in the shape of the photo.

Only the upright one is in the form that we deliver, so that most of many videos cost little.
"""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image

from infra.sandbox.kie.downloads import FilmOrder
from videogen.ffmpeg import run_ffmpeg

SIZES_PX = ((720, 1280), (360, 480), (480, 480), (480, 270))
FRAMES_PER_S = 30
MAKING_S_MAX = 60.0

Kind = tuple[int, int, int]
"""Width, height and duration."""


class Films:
    """Each kind of film is made once, when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[Kind, bytes] = {}
        self._making = asyncio.Lock()

    async def film(self, order: FilmOrder) -> bytes:
        kind = (*_size_of(order), order.duration_s)
        async with self._making:
            if kind not in self._made:
                self._made[kind] = await _made(kind)
        return self._made[kind]


def _size_of(order: FilmOrder) -> tuple[int, int]:
    """Return the size that is nearest to the wanted ratio, or to the first photo's."""
    ratio = _ratio_asked(order) or _ratio_of_photo(order)
    return min(SIZES_PX, key=lambda size: abs(size[0] / size[1] - ratio))


def _ratio_asked(order: FilmOrder) -> float | None:
    width, _, height = str(order.input.get("aspect_ratio") or "").partition(":")
    # Of the Market's models only some are told a ratio, and with a photo none of them heeds it.
    is_veo = order.model.startswith("veo")
    return int(width) / int(height) if is_veo and height.isdecimal() else None


def _ratio_of_photo(order: FilmOrder) -> float:
    if not order.photos:
        return SIZES_PX[0][0] / SIZES_PX[0][1]
    with Image.open(io.BytesIO(order.photos[0].data)) as photo:
        return photo.width / photo.height


async def _made(kind: Kind) -> bytes:
    width, height, duration_s = kind
    card = f"smptebars=size={width}x{height}:rate={FRAMES_PER_S}:duration={duration_s}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        await run_ffmpeg(
            [
                *("-f", "lavfi", "-i", card),
                *("-f", "lavfi", "-i", f"sine=frequency=220:duration={duration_s}"),
                *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
                *("-c:a", "aac", "-b:a", "64k", str(file)),
            ],
            limit_s=MAKING_S_MAX,
        )
        return await asyncio.to_thread(file.read_bytes)
