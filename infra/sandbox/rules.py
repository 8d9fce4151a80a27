"""What the emulators' fault rules have in common: how often one may strike, and who it holds."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.telegram.json_types import Json


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")

    times: Annotated[int, Field(ge=1, le=100_000)] = 1


AnyRule = TypeVar("AnyRule", bound=Rule)


class RuleAtWork(Generic[AnyRule]):
    """How often the rule may still strike, and who waits for its release."""

    def __init__(self, fault_id: int, rule: AnyRule) -> None:
        self.fault_id = fault_id
        self.rule = rule
        self.left = rule.times
        self.held = 0
        self.released = asyncio.Event()

    def strike(self) -> bool:
        if not self.left:
            return False
        self.left -= 1
        return True

    def as_json(self) -> Json:
        state = {"fault_id": self.fault_id, "left": self.left, "held": self.held}
        return {**state, **self.rule.model_dump(mode="json")}


AnyFault = TypeVar("AnyFault", bound=RuleAtWork[Any])


class RulesAtWork(Generic[AnyRule, AnyFault]):
    """The rules in the order in which they were added."""

    def __init__(self, fault: Callable[[int, AnyRule], AnyFault]) -> None:
        self._fault = fault
        self._faults: dict[int, AnyFault] = {}
        self._count = 0

    def add(self, rule: AnyRule) -> AnyFault:
        self._count += 1
        fault = self._fault(self._count, rule)
        self._faults[self._count] = fault
        return fault

    def release(self, fault_id: int) -> bool:
        """Let the held calls go on and end the rule; False when there is no such rule."""
        fault = self._faults.pop(fault_id, None)
        if fault is not None:
            fault.released.set()
        return fault is not None

    def clear(self) -> None:
        for fault_id in [*self._faults]:
            self.release(fault_id)

    def listed(self) -> list[Json]:
        return [fault.as_json() for fault in self._faults.values()]
