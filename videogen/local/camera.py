"""Camera moves as expressions of ffmpeg's `perspective` filter, which moves by parts of a pixel.

(`zoompan` moves by whole pixels, which is seen as a tremble in slow moves.)
"""

from dataclasses import dataclass

PROGRESS = "(on/{last})"
EASED = "((1-cos(PI*on/{last}))/2)"


@dataclass(frozen=True)
class Move:
    """Each field is an expression of the frame number; `{e}` is eased progress, `{p}` plain."""

    zoom: str = "1"
    shift_x: str = "0"
    """To the right, as a part of the layer's width."""
    shift_y: str = "0"
    turn: str = "0"
    """Radians."""
    tilt: str = "0"
    """How much taller the left edge is than the right one, as a part of the height."""


def perspective(move: Move, frames: int) -> str:
    """Return the filter that shows the layer through the moving camera."""
    corners = {0: (-1, -1), 1: (1, -1), 2: (-1, 1), 3: (1, 1)}
    points: list[str] = []
    for number, (side_x, side_y) in corners.items():
        x = f"{side_x}*W/2"
        y = f"{side_y}*H/2*(1+{side_x}*({move.tilt}))"
        turn = f"({move.turn})"
        across = f"(({x})*cos{turn}-({y})*sin{turn})/({move.zoom})"
        down = f"(({x})*sin{turn}+({y})*cos{turn})/({move.zoom})"
        points += [
            f"x{number}='{_filled(f'W/2-({move.shift_x})*W+{across}', frames)}'",
            f"y{number}='{_filled(f'H/2-({move.shift_y})*H+{down}', frames)}'",
        ]
    return f"perspective={':'.join(points)}:eval=frame:interpolation=linear"


def _filled(expression: str, frames: int) -> str:
    last = frames - 1
    return expression.replace("{e}", EASED.format(last=last)).replace(
        "{p}", PROGRESS.format(last=last)
    )
