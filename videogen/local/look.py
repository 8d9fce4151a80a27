"""How each template looks: the card's place, the camera, the captions."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.orders import Template
from videogen.local.camera import Move
from videogen.local.script import Slot
from videogen.local.stage import CardSpace
from videogen.local.typeset import BOLD, MEDIUM


class Plate(StrEnum):
    BLOCK = "block"
    PILL = "pill"
    """Round, in the accent colour."""
    STRIPS = "strips"
    """One to each line, light over a dark photo and dark over a light one."""
    ACCENT_STRIPS = "accent_strips"


class Side(StrEnum):
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True)
class Caption:
    """One kind of caption: its type, its plate and its place. `center_y_px` is its middle."""

    sizes_px: tuple[int, ...]
    weight: int
    lines_max: int
    width_px: int
    center_y_px: int
    plate: Plate
    beside_card: Side | None = None
    """Next to the card, where there is one, and not at its own place."""


@dataclass(frozen=True)
class CardLook:
    """For a photo that does not fill the frame: it floats as a card, nearer than its backdrop."""

    space: CardSpace
    camera: Move
    backdrop_camera: Move


@dataclass(frozen=True)
class Look:
    camera: Move
    captions: dict[Slot, Caption]
    card: CardLook | None = None


# Tilt gives a flat photo some depth.
AD = Look(
    camera=Move(zoom="1.02+0.13*{e}", tilt="0.012*cos(PI*{p})"),
    captions={
        Slot.HEADLINE: Caption((58, 52, 46, 40), BOLD, 3, 560, 190, Plate.BLOCK, Side.ABOVE),
        Slot.DETAIL: Caption((42, 38, 34), MEDIUM, 3, 560, 1080, Plate.BLOCK, Side.BELOW),
        Slot.CALL: Caption((46, 40, 34), BOLD, 1, 520, 1080, Plate.PILL, Side.BELOW),
    },
    card=CardLook(
        space=CardSpace(width_px=690, height_px=960, center_y_px=640, radius_px=36),
        camera=Move(zoom="0.97+0.06*{e}", tilt="0.02*cos(PI*{p})"),
        backdrop_camera=Move(zoom="1.14-0.08*{e}"),
    ),
)

# A hand is never still: slow waves that do not repeat together.
UGC = Look(
    camera=Move(
        zoom="1.06+0.10*{p}",
        shift_x="0.010*sin(2*PI*on/74)+0.005*sin(2*PI*on/31)",
        shift_y="0.006*sin(2*PI*on/59+1)+0.004*sin(2*PI*on/37)",
        turn="0.010*sin(2*PI*on/97)",
    ),
    captions={
        Slot.HEADLINE: Caption((54, 48, 42), BOLD, 3, 540, 195, Plate.STRIPS),
        Slot.DETAIL: Caption((46, 40, 36), BOLD, 3, 540, 985, Plate.STRIPS),
        Slot.CALL: Caption((46, 40, 36), BOLD, 2, 540, 985, Plate.ACCENT_STRIPS),
    },
)

# Pulling back while passing by, as a film opens.
OWN = Look(
    camera=Move(zoom="1.20-0.13*{e}", shift_x="0.06-0.08*{e}"),
    captions={Slot.SUBTITLE: Caption((44, 40, 36), MEDIUM, 4, 580, 1030, Plate.BLOCK)},
)

LOOKS = {Template.AD: AD, Template.UGC: UGC, Template.OWN: OWN}
