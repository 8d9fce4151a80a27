"""What a language model may answer, and the script that comes of it. Nothing is taken on trust."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.scripts.brief import Brief
from bot.scripts.grounding import is_grounded
from bot.scripts.phrase import SHOTS, Shot
from bot.scripts.prompt import compose
from bot.scripts.script import (
    CALL_LENGTH_MAX,
    CAPTION_LENGTH_MAX,
    SCENES_MAX,
    SCENES_MIN,
    Language,
    Scene,
    Script,
    ScriptWriterError,
    Source,
)
from bot.scripts.words import cleaned, says_something

ACTION_LENGTH_MAX = 80

# Neither digits nor quotation marks: no price and no text to be drawn can be hidden here.
PLAIN = {
    Language.EN: re.compile(r"[A-Za-z][A-Za-z ,.;'’()–—-]*"),
    Language.RU: re.compile(r"[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё ,.;'’()–—-]*"),
}


class AnswerScene(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    shot: Shot
    caption: Annotated[str, Field(min_length=1, max_length=CAPTION_LENGTH_MAX)]
    action: Annotated[str, Field(min_length=1, max_length=ACTION_LENGTH_MAX)]
    """What is seen, in the language of the video model."""


class Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    scenes: Annotated[list[AnswerScene], Field(min_length=SCENES_MIN, max_length=SCENES_MAX)]
    call: Annotated[str, Field(min_length=1, max_length=CALL_LENGTH_MAX)]


def read_answer(content: str, brief: Brief) -> Answer:
    """Raises `ScriptWriterError`."""
    try:
        answer = Answer.model_validate_json(_unfenced(content))
    except ValidationError:
        # Not chained: the error quotes what was answered, and with it perhaps the person's text.
        raise ScriptWriterError("answer_not_in_schema") from None
    for caption in (answer.call, *(scene.caption for scene in answer.scenes)):
        if caption != cleaned(caption) or "\n" in caption or not says_something(caption):
            raise ScriptWriterError("caption_not_one_line")
        if not is_grounded(caption, brief.ask.words):
            raise ScriptWriterError("caption_invented")
    plain = PLAIN[brief.target.language]
    if not all(plain.fullmatch(scene.action) for scene in answer.scenes):
        raise ScriptWriterError("action_not_plain")
    return answer


def script_of(answer: Answer, brief: Brief) -> Script:
    """Put the answer into our frame: name, place, light and the rules of the prompt stay ours."""
    person, model = brief.ask.language, brief.target.language
    plan = [
        f"{SHOTS[scene.shot].of(model)}, {scene.action.rstrip(' .,;')}" for scene in answer.scenes
    ]
    return Script(
        title=brief.told.name,
        setting=brief.staging.setting(person),
        scenes=tuple(
            Scene(shot=SHOTS[scene.shot].of(person), caption=scene.caption)
            for scene in answer.scenes
        ),
        call=answer.call,
        prompt=compose(brief, plan, quotes=False),
        variant=brief.staging.variant.name,
        source=Source.LANGUAGE_MODEL,
    )


def _unfenced(content: str) -> str:
    """Some models wrap whatever they answer as if it were shown to a person."""
    return content.strip().removeprefix("```json").removeprefix("```").removesuffix("```")


def answer_schema() -> dict[str, object]:
    """The same as JSON Schema. Lengths are left out: some services refuse a schema with them."""
    text = {"type": "string"}
    scene = _object({"shot": {**text, "enum": list(Shot)}, "caption": text, "action": text})
    return _object({"scenes": {"type": "array", "items": scene}, "call": text})


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
