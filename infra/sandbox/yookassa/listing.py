"""Lists, the newest first: filters, pages and the cursor between them."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.refusals import wrong

LIMIT = 10
LIMIT_MAX = 100
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
}

Item = TypeVar("Item")


@dataclass(frozen=True)
class Listed(Generic[Item]):
    """How one kind of thing is listed."""

    id_of: Callable[[Item], str]
    times: Mapping[str, Callable[[Item], float | None]]
    """What is compared with `gte`, `gt`, `lte` and `lt`."""
    texts: Mapping[str, Callable[[Item], str | None]]
    """What is equal."""
    tell: Callable[[Item], Json]

    def page(self, items: Iterable[Item], asked: Mapping[str, str]) -> Json:
        """Return one page. Raises 400 for a filter that is not there or says nothing."""
        self._check_names(asked)
        newest = sorted(items, key=self._order, reverse=True)
        matching = [item for item in newest if self._matches(item, asked)]
        start = self._start(matching, asked.get("cursor"))
        size = _limit(asked)
        shown = matching[start : start + size]
        more = start + size < len(matching)
        cursor = {"next_cursor": self.id_of(shown[-1])} if more else {}
        return {"type": "list", "items": [self.tell(item) for item in shown], **cursor}

    def _order(self, item: Item) -> tuple[float, str]:
        return (self.times["created_at"](item) or 0.0, self.id_of(item))

    def _start(self, items: Sequence[Item], cursor: str | None) -> int:
        """What is created in between comes before the cursor, and is not listed twice."""
        if cursor is None:
            return 0
        for index, item in enumerate(items):
            if self.id_of(item) == cursor:
                return index + 1
        raise wrong("Incorrect cursor", "cursor")

    def _check_names(self, asked: Mapping[str, str]) -> None:
        timed = {f"{name}.{how}" for name in self.times for how in COMPARISONS}
        known = timed | set(self.texts) | {"limit", "cursor"}
        unknown = sorted(set(asked) - known)
        if unknown:
            raise wrong("Unknown parameter", unknown[0])

    def _matches(self, item: Item, asked: Mapping[str, str]) -> bool:
        is_equal = all(
            value(item) == asked[name] for name, value in self.texts.items() if name in asked
        )
        return is_equal and all(
            _compares(value(item), how, f"{name}.{how}", asked)
            for name, value in self.times.items()
            for how in COMPARISONS
            if f"{name}.{how}" in asked
        )


def _compares(at: float | None, how: str, parameter: str, asked: Mapping[str, str]) -> bool:
    wanted = instant(asked[parameter], parameter)
    return at is not None and COMPARISONS[how](at, wanted)


def instant(text: str, parameter: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong("Not a time of ISO 8601", parameter) from error
    if at.tzinfo is None:
        raise wrong("A time needs its zone", parameter)
    return at.timestamp()


def _limit(asked: Mapping[str, str]) -> int:
    text = asked.get("limit", str(LIMIT))
    if not text.isdecimal() or not 1 <= int(text) <= LIMIT_MAX:
        raise wrong(f"From 1 to {LIMIT_MAX}", "limit")
    return int(text)
