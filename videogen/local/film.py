"""The plan of a film: which pictures go in, and when and where each is seen."""

from dataclasses import dataclass
from pathlib import Path

from videogen.frame import FRAMES_PER_S, Frame
from videogen.local.camera import Move
from videogen.local.pictures import Box


@dataclass(frozen=True)
class Moving:
    """The file of a layer's picture, its place, and the camera before it; None: it stands still."""

    file: Path
    box: Box
    move: Move | None
    is_smaller: bool = False
    """Than it is shown."""
    is_opaque: bool = True


@dataclass(frozen=True)
class Shown:
    """A caption's or a close-up's file, its place, and when it is there."""

    file: Path
    x_px: int
    y_px: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Sweep:
    """The picture of a band of light, and when it passes."""

    file: Path
    starts_s: tuple[float, ...]


@dataclass(frozen=True)
class Film:
    duration_s: float
    frame: Frame
    fade: str
    layers: tuple[Moving, ...]
    """From the back to the front; the first one fills the frame."""
    sweep: Sweep | None
    shown: tuple[Shown, ...]

    @property
    def frames(self) -> int:
        return round(self.duration_s * FRAMES_PER_S)

    @property
    def files(self) -> list[Path]:
        """In the order in which ffmpeg gets them."""
        sweep = [self.sweep.file] if self.sweep else []
        return [*(each.file for each in self.layers), *sweep, *(each.file for each in self.shown)]
