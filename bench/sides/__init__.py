"""Everything that is measured. Each side runs in a process of its own."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Parameters = Mapping[str, Any]
Figures = Mapping[str, float]
Side = Callable[[Parameters], Awaitable[Figures]]
