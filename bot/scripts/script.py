"""What a script is, what it is asked for with, and the port to whoever writes it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from bot.scripts.words import says_something
from contracts.orders import Template

TITLE_LENGTH_MAX = 60
CAPTION_LENGTH_MAX = 70
CALL_LENGTH_MAX = 40
SHOT_LENGTH_MAX = 80
SETTING_LENGTH_MAX = 120
SCENES_MIN = 3
"""Of what we write; whoever writes the captions themselves may want one."""
SCENES_MAX = 5
PROMPT_LENGTH_MIN = 600
"""Less does not hold what every prompt must say."""
PROMPT_LENGTH_MAX = 20_000


class Language(StrEnum):
    RU = "ru"
    EN = "en"


class Source(StrEnum):
    TEMPLATE = "template"
    LANGUAGE_MODEL = "language_model"


@dataclass(frozen=True)
class Ask:
    """Whose words become a script, and which one of the possible scripts."""

    draft_id: UUID
    revision: int
    attempt: int
    """How many scripts of this draft the person has already turned down."""
    template: Template
    product_text: str
    wishes: str = ""
    scenario: str = ""
    language: Language = Language.RU
    """What the person reads."""
    captions: tuple[str, ...] = ()
    """The person's own, to be kept word for word; `read_captions` makes them."""

    def __post_init__(self) -> None:
        if not says_something(self.product_text):
            raise ValueError("the product text has no letter or digit")

    @property
    def words(self) -> tuple[str, str, str]:
        """Everything that the person wrote."""
        return self.product_text, self.wishes, self.scenario


@dataclass(frozen=True)
class Target:
    """The video model that the prompt is for."""

    language: Language = Language.EN
    prompt_length_max: int = 1_000
    """In UTF-16 units, as most services count; no text has fewer of them than characters."""

    def __post_init__(self) -> None:
        if not PROMPT_LENGTH_MIN <= self.prompt_length_max <= PROMPT_LENGTH_MAX:
            raise ValueError(f"a prompt needs {PROMPT_LENGTH_MIN} to {PROMPT_LENGTH_MAX} signs")


def _text(length_max: int) -> object:
    return Field(min_length=1, max_length=length_max)


class Scene(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    shot: Annotated[str, _text(SHOT_LENGTH_MAX)]
    """What the camera does."""
    caption: Annotated[str, _text(CAPTION_LENGTH_MAX)]


class Script(BaseModel):
    """All but the prompt is in the person's language; the person's own words stay in theirs."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    title: Annotated[str, _text(TITLE_LENGTH_MAX)]
    setting: Annotated[str, _text(SETTING_LENGTH_MAX)]
    """Place and light."""
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1, max_length=SCENES_MAX)]
    call: Annotated[str, _text(CALL_LENGTH_MAX)]
    prompt: Annotated[str, _text(PROMPT_LENGTH_MAX)]
    variant: str
    source: Source


class ScriptWriterError(Exception):
    """No script will come; `reason` is a short code and never holds what anybody wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ScriptWriter(Protocol):
    async def write(self, ask: Ask, target: Target) -> Script:
        """Raises `ScriptWriterError`."""
        ...
