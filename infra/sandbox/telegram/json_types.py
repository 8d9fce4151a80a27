"""The shape of everything that crosses the wire."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""A JSON object: a Bot API object, or the checked parameters of a call."""
