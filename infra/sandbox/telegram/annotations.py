"""aiogram's field annotations, reduced to what may stand on the wire."""

import datetime as dt
import types
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from aiogram.client.default import Default
from aiogram.types import InputFile
from pydantic import BaseModel


@dataclass(frozen=True)
class Kind:
    models: tuple[type[BaseModel], ...] = ()
    item: Any = None
    """The annotation of a list's items."""
    literals: frozenset[Any] = field(default_factory=frozenset[Any])
    is_boolean: bool = False
    is_number: bool = False
    is_float: bool = False
    is_text: bool = False


@cache
def kind_of(annotation: Any) -> Kind:  # noqa: ANN401 - an annotation has no better type
    options = _options(annotation)
    literals: set[Any] = set()
    item: Any = None
    for option in options:
        if get_origin(option) is Literal:
            literals.update(getattr(value, "value", value) for value in get_args(option))
        if get_origin(option) is list:
            [item] = get_args(option)
    return Kind(
        models=tuple(option for option in options if _is_model(option)),
        item=item,
        literals=frozenset(literals),
        is_boolean=bool in options,
        is_number=any(option in (int, float, dt.datetime) for option in options),
        is_float=float in options,
        # A file is named on the wire: `attach://name`, an id or an address.
        is_text=str in options or InputFile in options,
    )


def _options(annotation: Any) -> list[Any]:  # noqa: ANN401 - an annotation has no better type
    """Return what a union allows, without None and without aiogram's own defaults."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [option for part in get_args(annotation) for option in _options(part)]
    return [] if annotation in (Default, types.NoneType, dt.timedelta) else [annotation]


def _is_model(option: Any) -> bool:  # noqa: ANN401 - an annotation has no better type
    return isinstance(option, type) and issubclass(option, BaseModel)
