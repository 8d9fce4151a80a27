"""Draw every picture of a film, each under the name of the file that it goes into."""

import io
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from videogen.frame import FRAMES, Frame
from videogen.local.accent import tones_of
from videogen.local.camera import Move
from videogen.local.captions import place_caption
from videogen.local.film import Film, Moving, Shown, Sweep
from videogen.local.layers import Layer, Stage
from videogen.local.light import light_band
from videogen.local.look import LOOKS, Look
from videogen.local.photo import read_photo
from videogen.local.script import write_script
from videogen.local.stage import set_stage
from videogen.local.typeset import can_draw
from videogen.provider import Brief

CLOSEUP_START_S = 0.7
CLOSEUP_STEP_S = 0.3


@dataclass
class Sheets:
    """The drawn pictures, as files that are yet to be written."""

    folder: Path
    files: dict[Path, bytes] = field(default_factory=dict[Path, bytes])

    def keep(self, name: str, picture: Image.Image) -> Path:
        content = io.BytesIO()
        # Hardly compressed: it is read once, and strong compression costs more than the render.
        picture.save(content, "PNG", compress_level=1)
        file = self.folder / f"{name}.png"
        self.files[file] = content.getvalue()
        return file


@dataclass(frozen=True)
class Drawing:
    film: Film
    files: dict[Path, bytes]


def draw(brief: Brief, folder: Path) -> Drawing:
    """Draw all pictures of the film. Raises `ProviderFailure`."""
    photo = read_photo(brief.photo)
    tones = tones_of(photo)
    frame, look = FRAMES[brief.format], LOOKS[brief.template]
    script = write_script(brief, can_draw)
    stage = set_stage(photo, frame, look.setting, tones)
    sheets = Sheets(folder)
    captions = [
        _shown(sheets.keep(f"caption-{number}", placed.picture), placed, line.start_s, line.end_s)
        for number, line in enumerate(script.lines)
        for style in [replace(look.captions[line.slot], is_whole=line.is_whole)]
        for placed in [place_caption(line.text, style, tones, stage, frame)]
    ]
    film = Film(
        duration_s=script.duration_s,
        frame=frame,
        fade=look.fade,
        layers=_layers(sheets, stage, look),
        sweep=_sweep(sheets, frame, look),
        shown=(*_closeups(sheets, stage, script.duration_s), *captions),
    )
    return Drawing(film, sheets.files)


def _layers(sheets: Sheets, stage: Stage, look: Look) -> tuple[Moving, ...]:
    layers = [("backdrop", stage.backdrop, look.backdrop_camera)]
    if stage.photo is not None:
        layers.append(("photo", stage.photo, look.photo_camera))
    if stage.mat is not None:
        layers.append(("mat", stage.mat, None))
    return tuple(_moving(sheets, *each) for each in layers)


def _moving(sheets: Sheets, name: str, layer: Layer, move: Move | None) -> Moving:
    return Moving(
        file=sheets.keep(name, layer.picture),
        box=layer.box,
        move=move,
        is_smaller=layer.picture.width < layer.box.width,
        is_opaque=layer.picture.mode == "RGB",
    )


def _sweep(sheets: Sheets, frame: Frame, look: Look) -> Sweep | None:
    if not look.sweeps_s:
        return None
    return Sweep(sheets.keep("light", light_band(frame)), look.sweeps_s)


def _closeups(sheets: Sheets, stage: Stage, duration_s: float) -> list[Shown]:
    """One after the other, and all to the end."""
    return [
        _shown(
            sheets.keep(f"closeup-{number}", layer.picture),
            layer,
            CLOSEUP_START_S + CLOSEUP_STEP_S * number,
            duration_s,
        )
        for number, layer in enumerate(stage.closeups)
    ]


def _shown(file: Path, layer: Layer, start_s: float, end_s: float) -> Shown:
    return Shown(file, layer.box.left, layer.box.top, start_s, end_s)
