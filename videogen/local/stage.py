"""Set a photo into a frame of any shape, undistorted, in the manner of a look."""

from enum import StrEnum

from PIL import Image

from videogen.frame import Frame
from videogen.local.accent import Tones
from videogen.local.catalogue import lay_out
from videogen.local.filling import fill_frame
from videogen.local.floating import float_print
from videogen.local.layers import Stage


class Setting(StrEnum):
    FILLING = "filling"
    FLOATING = "floating"
    CATALOGUE = "catalogue"


def set_stage(photo: Image.Image, frame: Frame, setting: Setting, tones: Tones) -> Stage:
    match setting:
        case Setting.FILLING:
            return fill_frame(photo, frame, tones)
        case Setting.FLOATING:
            return float_print(photo, frame, tones)
        case Setting.CATALOGUE:
            return lay_out(photo, frame, tones)
