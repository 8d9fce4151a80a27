"""The shapes of our videos, and the part of each that no player covers with its own buttons."""

from dataclasses import dataclass

from contracts.orders import Format

FRAMES_PER_S = 30


@dataclass(frozen=True)
class Frame:
    width_px: int
    height_px: int
    safe_top_px: int
    safe_bottom_px: int
    type_scale: float = 1.0
    """Of captions: a lower frame has less room for letters."""

    @property
    def size(self) -> tuple[int, int]:
        return self.width_px, self.height_px


FRAMES = {
    Format.VERTICAL: Frame(720, 1280, 96, 1_190),
    Format.PORTRAIT: Frame(720, 960, 48, 912, 0.9),
    Format.SQUARE: Frame(720, 720, 36, 684, 0.8),
}
