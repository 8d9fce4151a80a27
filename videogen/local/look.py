"""How each template looks: where its photo is set, the cameras, the captions."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.orders import Template
from videogen.local.camera import Move
from videogen.local.script import Slot
from videogen.local.stage import Setting
from videogen.local.typeset import BOLD, MEDIUM


class Plate(StrEnum):
    GLOW = "glow"
    """No plate: white letters with a soft shadow, for a photo that is dark there."""
    INK = "ink"
    """No plate: dark letters below a dash of the accent, for paper."""
    PILL = "pill"
    """Round, in the accent colour."""
    STRIPS = "strips"
    """One to each line, light over a dark photo and dark over a light one."""
    ACCENT_STRIPS = "accent_strips"


class Place(StrEnum):
    TOP = "top"
    BOTTOM = "bottom"
    ABOVE_CARD = "above_card"
    BELOW_CARD = "below_card"


@dataclass(frozen=True)
class Caption:
    """One kind of caption: its type, its plate and its place."""

    sizes_px: tuple[int, ...]
    weight: int
    lines_max: int
    width_px: int
    place: Place
    plate: Plate
    is_whole: bool = False
    """Nothing may be left out: a text that is too long takes more lines."""


@dataclass(frozen=True)
class Look:
    setting: Setting
    captions: dict[Slot, Caption]
    backdrop_camera: Move | None
    """None when nothing behind the photo moves."""
    photo_camera: Move | None = None
    """Of a photo that stands before the backdrop."""
    sweeps_s: tuple[float, ...] = ()
    """When a band of light passes."""
    fade: str = "black"


# Slowly nearer, while light passes over the product twice.
PUSH_IN = Look(
    setting=Setting.FILLING,
    captions={
        Slot.HEADLINE: Caption((68, 60, 52, 46, 40), BOLD, 3, 580, Place.TOP, Plate.GLOW),
        Slot.DETAIL: Caption((48, 42, 38, 34), MEDIUM, 3, 580, Place.BOTTOM, Plate.GLOW),
        Slot.CALL: Caption((50, 44, 38, 34), BOLD, 1, 520, Place.BOTTOM, Plate.PILL),
    },
    backdrop_camera=Move(zoom="1.0+0.06*{e}+0.05*{p}"),
    sweeps_s=(1.0, 4.4),
)

# The print comes nearer and leans to one side, what is behind it recedes to the other.
# A hand is never still: slow waves that do not repeat together.
PARALLAX = Look(
    setting=Setting.FLOATING,
    captions={
        Slot.HEADLINE: Caption((54, 48, 42), BOLD, 3, 580, Place.ABOVE_CARD, Plate.STRIPS),
        Slot.DETAIL: Caption((46, 40, 36), BOLD, 3, 580, Place.BELOW_CARD, Plate.STRIPS),
        Slot.CALL: Caption((46, 40, 36), BOLD, 2, 580, Place.BELOW_CARD, Plate.ACCENT_STRIPS),
    },
    backdrop_camera=Move(zoom="1.22-0.10*{p}", shift_x="-0.035*cos(PI*{p})"),
    photo_camera=Move(
        zoom="0.96+0.07*{p}",
        shift_x="0.020*cos(PI*{p})+0.003*sin(2*PI*on/74)",
        shift_y="0.004*sin(2*PI*on/59+1)+0.003*sin(2*PI*on/37)",
        turn="0.016*cos(PI*{p})+0.004*sin(2*PI*on/97)",
        tilt="0.020*cos(PI*{p})",
    ),
)

# On a page nothing moves but what is in the card's window.
CATALOGUE = Look(
    setting=Setting.CATALOGUE,
    captions={
        Slot.SUBTITLE: Caption((42, 38, 35, 32), BOLD, 3, 640, Place.ABOVE_CARD, Plate.INK),
    },
    backdrop_camera=None,
    photo_camera=Move(zoom="1.0+0.14*{p}"),
    fade="white",
)

LOOKS = {Template.AD: PUSH_IN, Template.UGC: PARALLAX, Template.OWN: CATALOGUE}
