"""The local provider: draws the pictures, then lets ffmpeg move them."""

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from contracts.messages import JobStage
from videogen.ffmpeg import run_ffmpeg
from videogen.local.accent import tones_of
from videogen.local.camera import Move
from videogen.local.captions import place_caption
from videogen.local.film import Film, Moving, Shown, ffmpeg_arguments
from videogen.local.look import LOOKS
from videogen.local.photo import read_photo
from videogen.local.script import write_script
from videogen.local.stage import Layer, set_stage
from videogen.local.typeset import can_draw
from videogen.provider import Brief, Desk

RENDER_S_MAX = 120.0
"""A film takes about five seconds on two idle cores."""


class LocalProvider:
    async def make(self, brief: Brief, desk: Desk) -> Path:
        drawn = await asyncio.to_thread(draw, brief, desk.folder)
        # The files are written here and not by the thread, which outlives a cancelled job.
        for file, content in drawn.files.items():
            file.write_bytes(content)
        await desk.tell(JobStage.RENDERING)
        out = desk.folder / "film.mp4"
        await run_ffmpeg(ffmpeg_arguments(drawn.film, out), limit_s=RENDER_S_MAX)
        return out


@dataclass(frozen=True)
class Drawing:
    film: Film
    files: dict[Path, bytes]


def draw(brief: Brief, folder: Path) -> Drawing:
    """Draw all pictures of the film. Raises `ProviderFailure`."""
    photo = read_photo(brief.photo)
    tones = tones_of(photo)
    look, script = LOOKS[brief.template], write_script(brief, can_draw)
    stage = set_stage(photo, look.card.space if look.card else None, tones.accent)
    files: dict[Path, bytes] = {}

    def moving(name: str, layer: Layer, move: Move) -> Moving:
        return Moving(_kept(files, folder / name, layer.picture), layer, move)

    if look.card is not None and stage.card is not None:
        backdrop = moving("backdrop.png", stage.backdrop, look.card.backdrop_camera)
        card = moving("card.png", stage.card, look.card.camera)
    else:
        backdrop, card = moving("backdrop.png", stage.backdrop, look.camera), None
    captions: list[Shown] = []
    for number, line in enumerate(script.lines):
        placed = place_caption(line.text, look.captions[line.slot], tones, stage)
        file = _kept(files, folder / f"caption-{number}.png", placed.picture)
        captions.append(Shown(file, placed.x_px, placed.y_px, line.start_s, line.end_s))
    return Drawing(Film(script.duration_s, backdrop, card, tuple(captions)), files)


def _kept(files: dict[Path, bytes], file: Path, picture: Image.Image) -> Path:
    content = io.BytesIO()
    # Hardly compressed: it is read once, and strong compression costs more than the render.
    picture.save(content, "PNG", compress_level=1)
    files[file] = content.getvalue()
    return file
