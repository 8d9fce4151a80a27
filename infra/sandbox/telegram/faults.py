"""Trouble on purpose: rules that say which calls meet which fault, and how often."""

import json
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from pydantic import Field, model_validator

from infra.sandbox.rules import Rule, RuleAtWork, RulesAtWork
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import ApiError, too_many_requests
from infra.sandbox.telegram.schema import METHODS

ANY_METHOD = "*"
PHRASES = {
    400: "Bad Request: the sandbox refuses",
    403: "Forbidden: bot was blocked by the user",
    409: "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running",
    502: "Bad Gateway",
}


class FaultKind(StrEnum):
    ERROR = "error"
    """Answer `code` (429 with `retry_after_s`) and do nothing."""
    RESET = "reset"
    """Cut the connection before anything happens."""
    SLOW = "slow"
    """Do it after `delay_s`."""
    DROP_REPLY = "drop_reply"
    """Do it, then cut the connection: the caller cannot know."""
    HOLD = "hold"
    """Wait for the release; if the caller goes away first, nothing happens."""
    DUPLICATE_UPDATE = "duplicate_update"
    """Let getUpdates hand out an answer twice; `contains` is sought in the updates."""


class FaultRule(Rule):
    kind: FaultKind
    method: str = ANY_METHOD
    contains: str | None = None
    """Only calls whose parameters, as JSON, contain this text."""
    code: Annotated[int, Field(ge=400, le=599)] = 500
    description: str | None = None
    retry_after_s: Annotated[int, Field(ge=1, le=3600)] = 1
    delay_s: Annotated[float, Field(ge=0, le=600)] = 1.0

    @model_validator(mode="after")
    def _method_exists(self) -> "FaultRule":
        if self.method != ANY_METHOD and self.method.lower() not in METHODS:
            raise ValueError(f"there is no method {self.method}")
        return self


class Fault(RuleAtWork[FaultRule]):
    @property
    def repeats_updates(self) -> bool:
        return self.rule.kind is FaultKind.DUPLICATE_UPDATE

    def spend(self, text: str) -> bool:
        """Strike once if the rule has times left and wants this text."""
        return (self.rule.contains or "") in text and self.strike()

    def error(self) -> ApiError:
        code = self.rule.code
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            return too_many_requests(self.rule.retry_after_s)
        phrase = PHRASES.get(code, "Internal Server Error")
        return ApiError(code, self.rule.description or phrase)


class Faults(RulesAtWork[FaultRule, Fault]):
    def __init__(self) -> None:
        super().__init__(Fault)

    def strike(self, method: str, parameters: str) -> Fault | None:
        """Return the oldest rule that fits this call, one time poorer."""
        for fault in self._faults.values():
            is_meant = fault.rule.method.lower() in (ANY_METHOD, method.lower())
            if is_meant and not fault.repeats_updates and fault.spend(parameters):
                return fault
        return None

    def repeats(self, updates: Sequence[Json]) -> bool:
        """Return whether a rule wants these updates to be handed out twice."""
        text = json.dumps(updates, ensure_ascii=False)
        return any(fault.repeats_updates and fault.spend(text) for fault in self._faults.values())
