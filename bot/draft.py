"""What a person is still putting together. Pure: the next step follows from what is missing."""

import unicodedata
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from bot.scripts import Script
from contracts.orders import PRODUCT_TEXT_MAX, SCENARIO_MAX, WISHES_MAX, Format, Template

COUNT_MAX = 3
NO_WISHES = ""


class Step(StrEnum):
    PHOTO = "photo"
    TEXT = "text"
    TEMPLATE = "template"
    SCENARIO = "scenario"
    WISHES = "wishes"
    SCRIPT = "script"
    CAPTIONS = "captions"
    CARD = "card"
    ORDERED = "ordered"


TEXT_LENGTH_MAX = {
    Step.TEXT: PRODUCT_TEXT_MAX,
    Step.SCENARIO: SCENARIO_MAX,
    Step.WISHES: WISHES_MAX,
}


WORDING = frozenset({"product_text", "template", "scenario", "wishes", "captions"})
"""What a script is written from. Another photo leaves it as it is."""


class Choice(StrEnum):
    """What a person may say to a script."""

    ACCEPT = "accept"
    ANOTHER = "another"
    EDIT = "edit"
    BACK = "back"
    """To the script, without writing captions for it."""


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
    captions: tuple[str, ...] = ()
    """The person's own, instead of those that the script would have."""
    wording: int = 0
    """How often what a script is written from has changed."""
    attempt: int = 0
    """How many scripts the person has turned down."""
    script: Script | None = None
    """None until it is written, and again as soon as it no longer fits its wording."""
    accepted: bool = False
    """The person has read the script and said yes to it."""
    awaits_captions: bool = False
    format: Format = Format.VERTICAL
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
        if self.script is None or not self.accepted:
            return Step.CAPTIONS if self.awaits_captions else Step.SCRIPT
        return Step.CARD

    @property
    def script_number(self) -> int:
        """Tells a script from any other that the draft ever had; buttons under it carry it."""
        return self.wording + self.attempt

    def changed(self, **changes: object) -> "Draft":
        """Return the next revision. Another wording makes the script stale."""
        fresh = {"revision": self.revision + 1, "unsure_told": False, "asked": False}
        if WORDING.isdisjoint(changes):
            return self.model_copy(update={**changes, **fresh})
        stale = {**UNWRITTEN, "captions": (), "wording": self.wording + 1}
        return self.model_copy(update={**stale, **changes, **fresh})


UNWRITTEN: dict[str, object] = {"script": None, "accepted": False, "awaits_captions": False}


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


def with_script(draft: Draft, asked: Draft, script: Script) -> Draft:
    """Take what was written for `asked`, unless another script is wanted by now."""
    wanted = (draft.draft_id, draft.script_number) == (asked.draft_id, asked.script_number)
    return draft.changed(script=script) if wanted and draft.script is None else draft


def with_choice(draft: Draft, number: int, choice: Choice) -> Draft:
    """Do what was said to the script of this number; to one that is gone nothing can be said."""
    if draft.script_number != number or draft.script is None:
        return draft
    match choice:
        case Choice.ACCEPT:
            said: dict[str, object] = {"accepted": True, "awaits_captions": False}
        case Choice.ANOTHER:
            said = {**UNWRITTEN, "attempt": draft.attempt + 1}
        case Choice.EDIT:
            said = {"accepted": False, "awaits_captions": True}
        case Choice.BACK:
            said = {"awaits_captions": False}
    is_said = all(getattr(draft, name) == value for name, value in said.items())
    return draft if is_said else draft.changed(**said)


def with_captions(draft: Draft, captions: tuple[str, ...]) -> Draft:
    return draft.changed(captions=captions)


def with_format(draft: Draft, format_: Format) -> Draft:
    return draft.changed(format=format_)


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
