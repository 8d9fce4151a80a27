"""What a step saw, and how it says that something does not hold."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from infra.sandbox.journey.books import Entry
from infra.sandbox.journey.person import Person
from infra.sandbox.journey.stage import Stage

Found = TypeVar("Found")
Seen = dict[str, Any]
Step = Callable[[Stage], Awaitable[Seen]]
"""Returns what it saw. Raises `AssertionError` with one sentence when something did not hold."""


def expect(holds: object, what: str) -> None:
    if not holds:
        raise AssertionError(f"it does not hold that {what}")


def present(value: Found | None, what: str) -> Found:
    """Expect that the value is there, and return it."""
    if value is None:
        raise AssertionError(f"it does not hold that {what}")
    return value


def kinds(events: list[Entry]) -> list[str]:
    return [one.kind for one in events]


def only(events: list[Entry], kind: str) -> list[Entry]:
    return [one for one in events if one.kind == kind]


def seen(person: Person, events: list[Entry], **more: object) -> Seen:
    jobs = dict.fromkeys(str(one.job_id) for one in events if one.job_id)
    return {
        "account": person.account,
        "jobs": list(jobs),
        "positions": [one.position for one in events],
        **more,
    }
