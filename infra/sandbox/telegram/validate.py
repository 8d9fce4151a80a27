"""Every call is checked against the documented Bot API before anything happens.

Telegram ignores what it does not know; here an unknown field is a breach, because a typing
mistake in a parameter name must not pass in silence.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from infra.sandbox.telegram.annotations import Kind, kind_of
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import Breach
from infra.sandbox.telegram.schema import Method, fields_of, lengths_of

TRUE = {"true", "yes", "1"}
FALSE = {"false", "no", "0"}
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "video": "there is no video in the request",
    "document": "there is no document in the request",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "action": "wrong parameter action in request",
}
LENGTH_COMPLAINTS = {
    ("InlineKeyboardButton", "callback_data"): "BUTTON_DATA_INVALID",
    ("CopyTextButton", "text"): "BUTTON_COPY_TEXT_INVALID",
    ("AnswerCallbackQuery", "text"): "MESSAGE_TOO_LONG",
    ("BotCommand", "command"): "BOT_COMMAND_INVALID",
    ("BotCommand", "description"): "BOT_COMMAND_DESCRIPTION_INVALID",
}
CANNOT_PARSE = {
    "InlineKeyboardButton": "can't parse inline keyboard button: ",
    "KeyboardButton": "can't parse keyboard button: ",
    "MessageEntity": "can't parse MessageEntity: ",
    "BotCommand": "can't parse BotCommand: ",
}
CHECKED_BY_KEYBOARD_RULES = {("InlineKeyboardButton", "callback_data")}
"""An empty one counts as none there."""


def check_call(method: type[Method], raw: Mapping[str, str]) -> Json:
    """Return the parameters as typed JSON, or raise the first `Breach` found."""
    fields = fields_of(method)
    unknown = sorted(set(raw) - set(fields))
    if unknown:
        raise Breach(f'unknown parameter "{unknown[0]}" of {method.__api_method__}')
    checked: Json = {}
    for field, (annotation, required) in fields.items():
        value = raw.get(field, "")
        if value:
            decoded = _decoded(value, kind_of(annotation), field)
            checked[field] = _check(decoded, annotation, method, field)
        elif required:
            raise Breach(MISSING.get(field, f'Parameter "{field}" is required'))
    return checked


def check_object(value: object, model: type[BaseModel]) -> Json:
    """Return a JSON object without its nulls, or raise the first `Breach` found in it."""
    prefix = _prefix(model)
    if not isinstance(value, dict):
        raise Breach(f"{prefix}expected an Object")
    given = cast("Json", value)
    fields = fields_of(model)
    checked: Json = {}
    for name in given:
        if name not in fields:
            raise Breach(f'{prefix}Unknown field "{name}" of {model.__name__}')
    for name, (annotation, required) in fields.items():
        item = given.get(name)
        if item is not None:
            checked[name] = _check(item, annotation, model, name)
        elif required:
            raise Breach(f'{prefix}Can\'t find field "{name}"')
    return checked


def _decoded(value: str, kind: Kind, field: str) -> object:
    """Read a form value: text as it is, the rest as JSON."""
    if kind.models or kind.item is not None:
        try:
            return json.loads(value)
        except ValueError as error:
            raise Breach(f"can't parse {field.replace('_', ' ')} JSON object") from error
    if kind.is_boolean:
        word = value.strip().lower()
        return word in TRUE if word in TRUE | FALSE else value
    return value


def _check(value: Any, annotation: Any, owner: type[BaseModel], field: str) -> Any:  # noqa: ANN401 - any JSON
    kind = kind_of(annotation)
    if kind.item is not None:
        if not isinstance(value, list):
            raise _wrong_type(owner, field, "Array")
        return [_check(item, kind.item, owner, field) for item in cast("list[Any]", value)]
    if kind.models:
        return _check_models(value, kind.models)
    if kind.literals:
        return _check_literal(value, kind, owner, field)
    return _check_scalar(value, kind, owner, field)


def _check_models(value: object, models: tuple[type[BaseModel], ...]) -> Json:
    if not isinstance(value, dict):
        raise Breach(f"{_prefix(models[0])}Object expected")
    given = cast("Json", value)
    types = [_types_of(model) for model in models]
    if not all(types):
        return check_object(given, max(models, key=lambda model: _resemblance(given, model)))
    if "type" not in given:
        raise Breach(f'{_prefix(models[0])}Can\'t find field "type"')
    for model, names in zip(models, types, strict=True):
        if _is_one_of(given["type"], names):
            return check_object(given, model)
    raise Breach(f'{_prefix(models[0])}type "{given["type"]}" is unsupported')


def _types_of(model: type[BaseModel]) -> frozenset[Any]:
    annotation, _ = fields_of(model).get("type", (None, False))
    return kind_of(annotation).literals if annotation is not None else frozenset()


def _resemblance(given: Json, model: type[BaseModel]) -> tuple[bool, int]:
    """Rank the members of a union without a `type`: nothing missing or wrong, most in common."""
    fields = fields_of(model)
    has_all = all(name in given for name, (_, required) in fields.items() if required)
    literals = {name: kind_of(annotation).literals for name, (annotation, _) in fields.items()}
    fits = all(
        _is_one_of(given[name], allowed)
        for name, allowed in literals.items()
        if allowed and name in given
    )
    return has_all and fits, len(set(given) & set(fields))


def _is_one_of(value: object, allowed: frozenset[Any]) -> bool:
    """Compare without hashing, as JSON may hold a list where a word belongs."""
    return any(value == one for one in allowed)


def _check_literal(value: object, kind: Kind, owner: type[BaseModel], field: str) -> object:
    if not _is_one_of(value, kind.literals):
        raise Breach(f'{_prefix(owner)}Invalid value of field "{field}"')
    return value


def _check_scalar(value: Any, kind: Kind, owner: type[BaseModel], field: str) -> Any:  # noqa: ANN401 - any JSON
    if kind.is_boolean:
        if not isinstance(value, bool):
            raise _wrong_type(owner, field, "Boolean")
        return value
    if kind.is_number and (number := _number(value, whole=not kind.is_float)) is not None:
        return number
    if kind.is_text and isinstance(value, str):
        _check_length(value, owner, field)
        return value
    if not (kind.is_number or kind.is_text):
        return value
    raise _wrong_type(owner, field, "String" if kind.is_text else "Number")


def _number(value: object, *, whole: bool) -> int | float | None:
    """Numbers may come as text; a boolean is not a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if whole and isinstance(value, float) and not value.is_integer():
        return None
    try:
        return int(value) if whole else float(value)
    except ValueError:
        return None


def _check_length(value: str, owner: type[BaseModel], field: str) -> None:
    length = lengths_of(owner).get(field)
    key = (owner.__name__, field)
    if length is None or length.allows(value) or key in CHECKED_BY_KEYBOARD_RULES:
        return
    documented = f"{length.minimum}-{length.maximum} {length.unit}"
    raise Breach(LENGTH_COMPLAINTS.get(key, f'"{field}" must be {documented}'))


def _wrong_type(owner: type[BaseModel], field: str, expected: str) -> Breach:
    return Breach(f'{_prefix(owner)}Field "{field}" must be of type {expected}')


def _prefix(model: type[BaseModel]) -> str:
    if model.__name__.startswith("InputMedia"):
        return "can't parse InputMedia: "
    return CANNOT_PARSE.get(model.__name__, "")
