"""What the Bot API documents, read out of the installed aiogram: methods, fields, length limits."""

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from aiogram import methods
from aiogram.enums import UpdateType
from aiogram.methods import TelegramMethod
from aiogram.types import ReactionTypeEmoji
from pydantic import BaseModel

LENGTH = re.compile(r"(\d[\d,]*)-(\d[\d,]*) (characters|bytes)(?! after entit)")
QUOTED = re.compile(r'"([^"]+)"')

Method = TelegramMethod[Any]


@dataclass(frozen=True)
class Length:
    minimum: int
    maximum: int
    unit: str

    def allows(self, value: str) -> bool:
        size = len(value.encode()) if self.unit == "bytes" else len(value)
        return self.minimum <= size <= self.maximum


def _documented_methods() -> Mapping[str, type[Method]]:
    found: dict[str, type[Method]] = {}
    for name in methods.__all__:
        model: Any = getattr(methods, name)
        if model is not TelegramMethod and issubclass(model, TelegramMethod):
            found[model.__api_method__.lower()] = model
    return MappingProxyType(found)


METHODS = _documented_methods()
"""By lower-case name: Telegram does not mind the case."""

UPDATE_TYPES = frozenset(kind.value for kind in UpdateType)


def fields_of(model: type[BaseModel]) -> dict[str, tuple[Any, bool]]:
    """Return the fields by their name on the wire: annotation, and whether it is required."""
    return {
        field.alias or name: (field.annotation, field.is_required())
        for name, field in model.model_fields.items()
    }


@cache
def lengths_of(model: type[BaseModel]) -> Mapping[str, Length]:
    """Return the documented lengths of a model's text fields, but not those of parsed text."""
    found: dict[str, Length] = {}
    for name, text in _documentation(model).items():
        match = LENGTH.search(text)
        if match is not None and "after entit" not in text:
            low, high, unit = match.groups()
            found[name] = Length(_number(low), _number(high), unit)
    return MappingProxyType(found)


@cache
def reaction_emoji() -> frozenset[str]:
    return frozenset(QUOTED.findall(_documentation(ReactionTypeEmoji)["emoji"]))


def _documentation(model: type[BaseModel]) -> dict[str, str]:
    """Return the text under each field of a class; it is in the source and nowhere else."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    texts: dict[str, str] = {}
    statements = definition.body if isinstance(definition, ast.ClassDef) else []
    for before, statement in itertools.pairwise(statements):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name):
            text = _constant_text(statement)
            if text is not None:
                texts[before.target.id] = text
    return texts


def _constant_text(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return value if isinstance(value, str) else None
    return None


def _number(digits: str) -> int:
    return int(digits.replace(",", ""))
