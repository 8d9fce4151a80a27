"""What a person is still putting together. Pure: the next step follows from what is missing."""

import unicodedata
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.orders import PRODUCT_TEXT_MAX, SCENARIO_MAX, WISHES_MAX, Template

COUNT_MAX = 3
NO_WISHES = ""


class Step(StrEnum):
    PHOTO = "photo"
    TEXT = "text"
    TEMPLATE = "template"
    SCENARIO = "scenario"
    WISHES = "wishes"
    CARD = "card"
    ORDERED = "ordered"


TEXT_LENGTH_MAX = {
    Step.TEXT: PRODUCT_TEXT_MAX,
    Step.SCENARIO: SCENARIO_MAX,
    Step.WISHES: WISHES_MAX,
}


class Photo(BaseModel):
    """The re-encoded photo in the object store."""

    model_config = ConfigDict(frozen=True)

    digest: str
    album_id: str | None = None


class Draft(BaseModel):
    """Every change makes a new revision; a confirmation names the one that the person saw."""

    model_config = ConfigDict(frozen=True)

    draft_id: UUID
    revision: int = 0
    photo: Photo | None = None
    product_text: str | None = None
    template: Template | None = None
    scenario: str | None = None
    wishes: str | None = None
    count: int = 1
    card_message_id: int | None = None
    shown_price: int = 0
    """Credits per video on the card that the person saw last."""
    unsure_told: bool = False
    asked: bool = False
    """The ledger may have been asked for this revision: what it says is then found out first."""
    ordered: bool = False

    @property
    def step(self) -> Step:
        if self.ordered:
            return Step.ORDERED
        if self.photo is None:
            return Step.PHOTO
        if self.product_text is None:
            return Step.TEXT
        if self.template is None:
            return Step.TEMPLATE
        if self.template is Template.OWN and self.scenario is None:
            return Step.SCENARIO
        if self.wishes is None:
            return Step.WISHES
        return Step.CARD

    def changed(self, **changes: object) -> "Draft":
        fresh = {"revision": self.revision + 1, "unsure_told": False, "asked": False}
        return self.model_copy(update={**changes, **fresh})


class RejectedText(Exception):
    """The text cannot be used; `code` is `too_long` or `no_words`."""

    def __init__(self, code: str, *, length: int, length_max: int) -> None:
        super().__init__(code)
        self.code = code
        self.length = length
        self.length_max = length_max


def with_text(draft: Draft, text: str) -> Draft:
    """Take the text for the step that awaits one. Raises `RejectedText`."""
    length_max = TEXT_LENGTH_MAX[draft.step]
    cleaned = _cleaned(text)
    if len(cleaned) > length_max:
        raise RejectedText("too_long", length=len(cleaned), length_max=length_max)
    if not any(unicodedata.category(letter)[0] in "LN" for letter in cleaned):
        raise RejectedText("no_words", length=len(cleaned), length_max=length_max)
    match draft.step:
        case Step.TEXT:
            return draft.changed(product_text=cleaned)
        case Step.SCENARIO:
            return draft.changed(scenario=cleaned)
        case _:
            return draft.changed(wishes=cleaned)


def with_photo(draft: Draft, photo: Photo) -> Draft:
    return draft.changed(photo=photo)


def with_template(draft: Draft, template: Template) -> Draft:
    keeps_scenario = template is Template.OWN
    return draft.changed(template=template, scenario=draft.scenario if keeps_scenario else None)


def with_count(draft: Draft, count: int) -> Draft:
    return draft.changed(count=min(max(count, 1), COUNT_MAX))


def _cleaned(text: str) -> str:
    """Drop control characters and spaces at the ends; a lone surrogate cannot be stored."""
    kept = (
        letter
        for letter in text
        if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs"}
    )
    return "".join(kept).strip()
