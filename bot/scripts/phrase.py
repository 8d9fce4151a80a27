"""Our own words in both languages, and the shots that a script is made of."""

from dataclasses import dataclass
from enum import StrEnum

from bot.scripts.script import Language


@dataclass(frozen=True)
class Phrase:
    ru: str
    en: str

    def of(self, language: Language) -> str:
        match language:
            case Language.RU:
                return self.ru
            case Language.EN:
                return self.en


class Shot(StrEnum):
    """What the camera does. None shows a side of the product that the photo does not."""

    PUSH_IN = "push_in"
    PULL_BACK = "pull_back"
    ARC = "arc"
    SLIDE = "slide"
    TILT_UP = "tilt_up"
    CLOSE_UP = "close_up"
    HAND_HELD = "hand_held"
    WALK_UP = "walk_up"
    POINTING = "pointing"
    FOCUS = "focus"
    SWEEP = "sweep"
    REVEAL = "reveal"
    STILL = "still"


SHOTS = {
    Shot.PUSH_IN: Phrase("камера медленно приближается", "the camera slowly pushes in"),
    Shot.PULL_BACK: Phrase(
        "камера плавно отъезжает, товар виден целиком",
        "the camera glides back until the whole product is seen",
    ),
    Shot.ARC: Phrase("камера плавно идёт по дуге", "the camera moves along a slight smooth arc"),
    Shot.SLIDE: Phrase("камера скользит вбок", "the camera slides sideways"),
    Shot.TILT_UP: Phrase("камера поднимается снизу вверх", "the camera tilts up from the base"),
    Shot.CLOSE_UP: Phrase("крупный план: детали", "close-up on the details"),
    Shot.HAND_HELD: Phrase("съёмка с рук, лёгкое движение", "hand-held shot with a natural sway"),
    Shot.WALK_UP: Phrase("камера подходит ближе", "the camera walks up at eye level"),
    Shot.POINTING: Phrase("рука показывает на товар", "a hand points at the product"),
    Shot.FOCUS: Phrase("резкость переходит на товар", "focus shifts onto the product"),
    Shot.SWEEP: Phrase("по товару проходит блик", "a band of light sweeps across the product"),
    Shot.REVEAL: Phrase("товар появляется из тени", "the product emerges from soft shadow"),
    Shot.STILL: Phrase("товар в центре, камера стоит", "the product is centred, the camera still"),
}
