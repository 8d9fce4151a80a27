"""Trouble on purpose: rules that say which calls meet which fault, and how often."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.tasks import Failure, Fate, TaskState
from infra.sandbox.rules import Rule, RuleAtWork, RulesAtWork


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


class FaultRule(Rule):
    """A fault of a task is met when one is accepted; all others when an endpoint is called."""

    kind: FaultKind
    endpoint: Endpoint | None = None
    """None: any, and of those that make a task for a task's fault."""
    contains: str = ""
    """Only calls with this text in their address or body."""
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


class Fault(RuleAtWork[FaultRule]):
    def spend(self, endpoint: Endpoint, text: str) -> bool:
        """Strike once if the rule has times left and wants this call."""
        is_meant = self.rule.endpoint in (None, endpoint) and self.rule.contains in text
        return is_meant and self.strike()

    def refusal(self) -> KieError:
        return KieError(self.rule.code, self.rule.msg, http_status=self.rule.http_status)


class Faults(RulesAtWork[FaultRule, Fault]):
    def __init__(self) -> None:
        super().__init__(Fault)

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
