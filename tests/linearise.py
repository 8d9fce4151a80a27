"""Tell whether some order of single calls explains a history of concurrent ones.

Wing and Gong's search with Lowe's memory: whatever was asked before every open call was answered
may have come next. A call without an answer may have happened at any time after it was asked, or
never.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)
Command = TypeVar("Command")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Call(Generic[Command, Answer]):
    """What one caller asked and heard, and when; `answer` None if the outcome is unknown."""

    command: Command
    asked: float
    answered: float = inf
    answer: Answer | None = None

    def __str__(self) -> str:
        until = "         " if self.answer is None else f"{self.answered:9.4f}"
        return f"{self.asked:9.4f}…{until}  {self.command!r} -> {self.answer!r}"


Step = Callable[[State, Call[Command, Answer]], State | None]
"""The state after the call, or None if in this state it is not answered like that."""


class NotLinearisableError(AssertionError):
    """No order explains the history. The text shows how far the longest attempt came."""


def linearise(
    calls: Sequence[Call[Command, Answer]], start: State, step: Step[State, Command, Answer]
) -> list[Call[Command, Answer]]:
    """Return an order that explains the calls. Raises `NotLinearisableError`."""
    calls = sorted(calls, key=lambda call: call.asked)
    must = sum(1 << n for n, call in enumerate(calls) if call.answer is not None)
    seen: set[tuple[int, State]] = set()
    longest: tuple[int, ...] = ()
    attempts: list[tuple[int, State, tuple[int, ...]]] = [(0, start, ())]
    while attempts:
        taken, state, order = attempts.pop()
        if taken & must == must:
            return [calls[n] for n in order]
        if (taken, state) in seen:
            continue
        seen.add((taken, state))
        longest = max(longest, order, key=len)
        for n, after in _nexts(calls, taken, state, step):
            attempts.append((taken | 1 << n, after, (*order, n)))
    raise NotLinearisableError(_told(calls, longest))


def _nexts(
    calls: Sequence[Call[Command, Answer]],
    taken: int,
    state: State,
    step: Step[State, Command, Answer],
) -> list[tuple[int, State]]:
    """Return what may come next; one that changes nothing may as well come at once."""
    open_ = [n for n in range(len(calls)) if not taken >> n & 1]
    first_answer = min(calls[n].answered for n in open_)
    found: list[tuple[int, State]] = []
    for n in open_:
        if calls[n].asked > first_answer:
            break
        after = step(state, calls[n])
        if after is None or (calls[n].answer is None and after == state):
            continue
        if after == state:
            return [(n, after)]
        found.append((n, after))
    return found[::-1]


def _told(calls: Sequence[Call[Command, Answer]], order: Sequence[int]) -> str:
    zero = calls[0].asked
    rest = [n for n in range(len(calls)) if n not in order]
    return "\n".join(
        [
            "no order of single calls explains this; the longest attempt was",
            *(f"  {_since(zero, calls[n])}" for n in order),
            "and of what is left nothing fits there:",
            *(f"  {_since(zero, calls[n])}" for n in rest),
        ]
    )


def _since(zero: float, call: Call[Command, Answer]) -> str:
    return str(Call(call.command, call.asked - zero, call.answered - zero, call.answer))
