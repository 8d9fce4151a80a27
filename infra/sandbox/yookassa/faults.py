"""Trouble on purpose: rules that say which calls and events meet which fault, and how often.

A rule strikes `times` times, once unless said otherwise, or always. Rules for one endpoint or
event, and for texts that hold something, leave all others alone.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from infra.sandbox.rules import Rule, RuleAtWork, RulesAtWork
from infra.sandbox.yookassa.refunds import RefundFate, RefundStatus
from infra.sandbox.yookassa.refusals import YooKassaError
from infra.sandbox.yookassa.settings import DAY_S


class Endpoint(StrEnum):
    CREATE_PAYMENT = "payments.create"
    GET_PAYMENT = "payments.get"
    LIST_PAYMENTS = "payments.list"
    CAPTURE = "payments.capture"
    CANCEL = "payments.cancel"
    CREATE_REFUND = "refunds.create"
    GET_REFUND = "refunds.get"
    LIST_REFUNDS = "refunds.list"
    GET_RECEIPT = "receipts.get"
    LIST_RECEIPTS = "receipts.list"
    ME = "me"


CREATING = {Endpoint.CREATE_PAYMENT, Endpoint.CREATE_REFUND}


class Event(StrEnum):
    WAITING = "payment.waiting_for_capture"
    SUCCEEDED = "payment.succeeded"
    CANCELED = "payment.canceled"
    REFUNDED = "refund.succeeded"


class FaultKind(StrEnum):
    REFUSE = "refuse"
    """Answer `status` and do nothing."""
    REFUSE_AFTER = "refuse_after"
    """Do it, then answer `status`: 500 after having created."""
    PROCESSING = "processing"
    """Answer 202 and do nothing yet; the same call once more does it."""
    PROCESSING_AFTER = "processing_after"
    """Do it, and answer 202 all the same."""
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
    """What stands before YooKassa answers, and nothing happens."""
    TRUNCATED = "truncated"
    """Do it, and answer 200 with half of the JSON."""
    WRONG_SHAPE = "wrong_shape"
    """Do it, and answer 200 with JSON that is something else."""
    EARLY = "early"
    """A payment is paid, or a refund made, and its notification delivered before the reply."""

    REFUND_PENDING = "refund_pending"
    """A refund succeeds only `delay_s` of YooKassa's time later, as with SBP."""
    REFUND_CANCELED = "refund_canceled"
    """A refund is canceled with `reason`, after being pending for `delay_s` if that is given."""

    NO_NOTIFICATION = "no_notification"
    DUPLICATE = "duplicate"
    """The notification comes `copies` times."""
    DELAYED = "delayed"
    """The notification comes `delay_s` of YooKassa's time later."""
    REORDERED = "reordered"
    """The notification comes after the next one."""


OF_A_REFUND = {FaultKind.REFUND_PENDING, FaultKind.REFUND_CANCELED}
OF_AN_EVENT = {
    FaultKind.NO_NOTIFICATION,
    FaultKind.DUPLICATE,
    FaultKind.DELAYED,
    FaultKind.REORDERED,
}


class FaultRule(Rule):
    kind: FaultKind
    always: bool = False
    """Strike until it is removed, whatever `times` says."""
    endpoint: Endpoint | None = None
    """For a fault of a call; None is any."""
    event: Event | None = None
    """For a fault of a notification; None is any."""
    contains: str = ""
    """Only calls with this text in their address or body, or notifications with it."""
    status: Annotated[int, Field(ge=400, le=599)] = 500
    description: str = ""
    parameter: str = ""
    retry_after_ms: Annotated[int, Field(ge=0, le=3_600_000)] = 1800
    delay_s: Annotated[float, Field(ge=0, le=30 * DAY_S)] | None = None
    """1 second for a call, a day for a refund that is pending, an hour for a notification."""
    reason: str = "general_decline"
    copies: Annotated[int, Field(ge=2, le=1_000)] = 2

    @model_validator(mode="after")
    def _makes_sense(self) -> "FaultRule":
        if self.event is not None and self.kind not in OF_AN_EVENT:
            raise ValueError(f"{self.kind} is no fault of a notification")
        if self.endpoint is not None and self.kind in OF_AN_EVENT | OF_A_REFUND:
            raise ValueError(f"{self.kind} is no fault of a call")
        if self.kind is FaultKind.EARLY and self.endpoint not in CREATING | {None}:
            raise ValueError(f"{self.endpoint} creates nothing")
        return self

    def delay(self, usual: float) -> float:
        return usual if self.delay_s is None else self.delay_s


class Fault(RuleAtWork[FaultRule]):
    def spend(self, text: str) -> bool:
        """Strike once if the rule has times left and wants this text."""
        if self.rule.contains not in text:
            return False
        return self.rule.always or self.strike()

    def refusal(self) -> YooKassaError:
        return YooKassaError(self.rule.status, self.rule.description, self.rule.parameter)


class Faults(RulesAtWork[FaultRule, Fault]):
    def __init__(self) -> None:
        super().__init__(Fault)

    def of_call(self, endpoint: Endpoint, text: str) -> Fault | None:
        """Return the oldest rule for calls that fits this one, one time poorer."""
        for fault in self._faults.values():
            rule = fault.rule
            is_of_call = rule.kind not in OF_AN_EVENT | OF_A_REFUND
            is_early_elsewhere = rule.kind is FaultKind.EARLY and endpoint not in CREATING
            is_meant = is_of_call and not is_early_elsewhere and rule.endpoint in (None, endpoint)
            if is_meant and fault.spend(text):
                return fault
        return None

    def of_event(self, event: Event, text: str) -> FaultRule | None:
        for fault in self._faults.values():
            is_meant = fault.rule.kind in OF_AN_EVENT and fault.rule.event in (None, event)
            if is_meant and fault.spend(text):
                return fault.rule
        return None

    def of_refund(self, text: str, usual_s: float) -> RefundFate:
        for fault in self._faults.values():
            if fault.rule.kind in OF_A_REFUND and fault.spend(text):
                return _fate(fault.rule, usual_s)
        return RefundFate()


def _fate(rule: FaultRule, usual_s: float) -> RefundFate:
    if rule.kind is FaultKind.REFUND_PENDING:
        return RefundFate(rule.delay(usual_s))
    return RefundFate(rule.delay(0.0), RefundStatus.CANCELED, rule.reason)
