"""Trouble on purpose: rules that say which calls meet which fault, and how often."""

import asyncio
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.tasks import Failure, Fate, TaskState
from infra.sandbox.telegram.json_types import Json


class Endpoint(StrEnum):
    CREATE_TASK = "createTask"
    RECORD_INFO = "recordInfo"
    VEO_GENERATE = "veo/generate"
    VEO_RECORD_INFO = "veo/record-info"
    CREDIT = "chat/credit"
    DOWNLOAD_URL = "common/download-url"
    STREAM_UPLOAD = "file-stream-upload"
    BASE64_UPLOAD = "file-base64-upload"
    URL_UPLOAD = "file-url-upload"
    FILE = "file"
    """The download of an uploaded or generated file."""


CREATING = {Endpoint.CREATE_TASK, Endpoint.VEO_GENERATE}


class FaultKind(StrEnum):
    REFUSE = "refuse"
    """Answer `code`, with `msg` and `http_status` if given, and do nothing."""
    RESET = "reset"
    """Cut the connection before anything happens."""
    LOST_REPLY = "lost_reply"
    """Do it, then cut the connection: the caller cannot know."""
    SLOW = "slow"
    """Do it after `delay_s` of real time."""
    HANG = "hang"
    """Wait for the release; if the caller goes away first, nothing happens."""
    HANG_AFTER = "hang_after"
    """Do it, and answer only after the release."""
    HTML_502 = "html_502"
    CLOUDFLARE_403 = "cloudflare_403"

    STUCK = "stuck"
    """The task stays in `state` for ever."""
    LATE = "late"
    """The task ends `delay_s` of KIE's time later."""
    HIDDEN = "hidden"
    """Nobody can ask for the task for the first `delay_s` of KIE's time."""
    FAIL = "fail"
    """The task fails with `fail_code` and `fail_msg`."""
    EMPTY_RESULT = "empty_result"
    """The task succeeds without a video."""
    EXPIRED_RESULT = "expired_result"
    """The link to the video never works; a fresh link does."""
    NO_CALLBACK = "no_callback"
    DUPLICATE_CALLBACK = "duplicate_callback"


OF_A_TASK = {
    FaultKind.STUCK,
    FaultKind.LATE,
    FaultKind.HIDDEN,
    FaultKind.FAIL,
    FaultKind.EMPTY_RESULT,
    FaultKind.EXPIRED_RESULT,
    FaultKind.NO_CALLBACK,
    FaultKind.DUPLICATE_CALLBACK,
}


class FaultRule(BaseModel):
    """A fault of a task is met when one is accepted; all others when an endpoint is called."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    endpoint: Endpoint | None = None
    """None: any, and of those that make a task for a task's fault."""
    contains: str = ""
    """Only calls with this text in their address or body."""
    times: Annotated[int, Field(ge=1, le=100_000)] = 1
    code: Annotated[int, Field(ge=400, le=599)] = 500
    msg: str = ""
    http_status: Annotated[int, Field(ge=200, le=599)] | None = None
    delay_s: Annotated[float, Field(ge=0, le=30 * 24 * 3600)] = 1.0
    state: TaskState = TaskState.GENERATING
    fail_code: Annotated[str, Field(pattern=r"^\d{3}$")] = "500"
    fail_msg: str = "Internal Error, Please try again later."

    @model_validator(mode="after")
    def _makes_sense(self) -> "FaultRule":
        is_of_a_task = self.kind in OF_A_TASK
        if is_of_a_task and self.endpoint is not None and self.endpoint not in CREATING:
            raise ValueError(f"{self.endpoint} makes no task")
        if self.state in (TaskState.SUCCESS, TaskState.FAIL):
            raise ValueError("a task that has ended is not stuck")
        return self


class Fault:
    """A rule at work: how often it may still strike, and who waits for its release."""

    def __init__(self, fault_id: int, rule: FaultRule) -> None:
        self.fault_id = fault_id
        self.rule = rule
        self.left = rule.times
        self.held = 0
        self.released = asyncio.Event()

    def spend(self, endpoint: Endpoint, text: str) -> bool:
        """Strike once if the rule has times left and wants this call."""
        is_meant = self.rule.endpoint in (None, endpoint) and self.rule.contains in text
        if not (self.left and is_meant):
            return False
        self.left -= 1
        return True

    def refusal(self) -> KieError:
        return KieError(self.rule.code, self.rule.msg, http_status=self.rule.http_status)

    def as_json(self) -> Json:
        state = {"fault_id": self.fault_id, "left": self.left, "held": self.held}
        return {**state, **self.rule.model_dump(mode="json")}


class Faults:
    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._count = 0

    def add(self, rule: FaultRule) -> Fault:
        self._count += 1
        self._faults[self._count] = Fault(self._count, rule)
        return self._faults[self._count]

    def strike(self, endpoint: Endpoint, text: str) -> Fault | None:
        """Return the oldest rule for calls that fits this one, one time poorer."""
        for fault in self._faults.values():
            if fault.rule.kind not in OF_A_TASK and fault.spend(endpoint, text):
                return fault
        return None

    def fate(self, endpoint: Endpoint, text: str) -> Fate:
        """Return what all rules for tasks together want of the one that is accepted now."""
        fate = Fate()
        for fault in self._faults.values():
            if fault.rule.kind in OF_A_TASK and fault.spend(endpoint, text):
                fate = _worsened(fate, fault.rule)
        return fate

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


def _worsened(fate: Fate, rule: FaultRule) -> Fate:
    match rule.kind:
        case FaultKind.STUCK:
            return replace(fate, stuck_in=rule.state)
        case FaultKind.LATE:
            return replace(fate, late_s=rule.delay_s)
        case FaultKind.HIDDEN:
            return replace(fate, hidden_s=rule.delay_s)
        case FaultKind.FAIL:
            return replace(fate, failure=Failure(rule.fail_code, rule.fail_msg))
        case FaultKind.EMPTY_RESULT:
            return replace(fate, has_result=False)
        case FaultKind.EXPIRED_RESULT:
            return replace(fate, is_expired=True)
        case FaultKind.NO_CALLBACK:
            return replace(fate, callbacks=0)
        case _:
            return replace(fate, callbacks=2)
