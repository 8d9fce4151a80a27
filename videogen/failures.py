"""How making a video may fail elsewhere: one table of whose trouble it is and what follows.

An adapter sorts what it meets into a `Trouble`; everything else is decided here, once for all
providers. What nobody has sorted is `UNSORTED`, which blames neither the person nor the photo.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts.messages import FailureReason


class Whose(StrEnum):
    PERSON = "person"
    """Another photo or text may help."""
    OPERATOR = "operator"
    """Only the operator can repair it: no order is to be taken meanwhile."""
    PASSING = "passing"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    PHOTO_REFUSED = "photo_refused"
    CONTENT_REFUSED = "content_refused"
    KEY_REFUSED = "key_refused"
    KEY_MISSING = "key_missing"
    """A task was made with a key that is not among the settings any more."""
    KEY_CAPPED = "key_capped"
    BALANCE_EMPTY = "balance_empty"
    MODEL_GONE = "model_gone"
    ADDRESS_WRONG = "address_wrong"
    REQUEST_REFUSED = "request_refused"
    """Ours was not as the provider wants it; not the fault of what the person sent."""
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    MAINTENANCE = "maintenance"
    EDGE_BLOCKED = "edge_blocked"
    """The protection before the service took us for a robot."""
    UNREACHABLE = "unreachable"
    """Nothing was sent."""
    UPLOAD_FAILED = "upload_failed"
    """The provider did not take the photo, before anything was ordered."""
    UPLOAD_NOT_FETCHED = "upload_not_fetched"
    """The provider could not read back the photo that we had given it."""
    EDGE_FAILED = "edge_failed"
    SERVER_FAILED = "server_failed"
    UPSTREAM_SILENT = "upstream_silent"
    NO_REPLY = "no_reply"
    """Sent, and the connection ended or stayed silent."""
    RESULT_GONE = "result_gone"
    RESULT_EMPTY = "result_empty"
    RESULT_TOO_LARGE = "result_too_large"
    TASK_NOT_VISIBLE = "task_not_visible"
    GENERATION_FAILED = "generation_failed"
    UNREADABLE = "unreadable"
    """An answer that is not in the provider's own form."""
    UNSORTED = "unsorted"


@dataclass(frozen=True)
class Failure:
    """One row. The person's sentences are the bot's, under `reason`, in each of its languages."""

    trouble: Trouble
    whose: Whose
    reason: FailureReason
    is_rejection: bool = False
    """As the answer to a submission: it is certain that no task was made."""
    retry_delays_s: tuple[float, ...] = ()
    """Waits before the same call is made again. A submission only after a rejection, and a task
    that failed is never made a second time."""
    alerts: bool = False
    another_key_may_do: bool = False


def _person(trouble: Trouble, reason: FailureReason) -> Failure:
    return Failure(trouble, Whose.PERSON, reason, is_rejection=True)


def _operator(trouble: Trouble, *, another_key_may_do: bool = False) -> Failure:
    return Failure(
        trouble,
        Whose.OPERATOR,
        FailureReason.PROVIDER_MISCONFIGURED,
        is_rejection=True,
        alerts=True,
        another_key_may_do=another_key_may_do,
    )


def _passing(
    trouble: Trouble, *retry_delays_s: float, is_rejection: bool = False, alerts: bool = False
) -> Failure:
    return Failure(
        trouble,
        Whose.PASSING,
        FailureReason.PROVIDER_UNAVAILABLE,
        is_rejection=is_rejection,
        retry_delays_s=retry_delays_s,
        alerts=alerts,
    )


def _unknown(trouble: Trouble, *retry_delays_s: float) -> Failure:
    """Somebody has to look at it, because nobody foresaw it."""
    return Failure(
        trouble,
        Whose.UNKNOWN,
        FailureReason.INTERNAL,
        retry_delays_s=retry_delays_s,
        alerts=True,
    )


ROWS = (
    _person(Trouble.PHOTO_REFUSED, FailureReason.PHOTO_UNREADABLE),
    _person(Trouble.CONTENT_REFUSED, FailureReason.CONTENT_REJECTED),
    _operator(Trouble.KEY_REFUSED, another_key_may_do=True),
    _operator(Trouble.KEY_CAPPED, another_key_may_do=True),
    _operator(Trouble.BALANCE_EMPTY, another_key_may_do=True),
    _operator(Trouble.KEY_MISSING),
    _operator(Trouble.MODEL_GONE),
    _operator(Trouble.ADDRESS_WRONG),
    _operator(Trouble.REQUEST_REFUSED),
    _passing(Trouble.RATE_LIMITED, 3, 10, 20, 30, is_rejection=True),
    _passing(Trouble.BUSY, 10, 20, 40, is_rejection=True),
    _passing(Trouble.MAINTENANCE, 15, 30, 60, is_rejection=True),
    # It passes by itself more often than not; when it does not, the User-Agent has to change.
    _passing(Trouble.EDGE_BLOCKED, 10, 30, 60, is_rejection=True, alerts=True),
    _passing(Trouble.UNREACHABLE, 1, 5, 15, 30, is_rejection=True),
    _passing(Trouble.UPLOAD_FAILED, 2, 10, 30, is_rejection=True),
    # Uploaded anew, not asked again with the same address.
    _passing(Trouble.UPLOAD_NOT_FETCHED, 5, 15, is_rejection=True),
    # A task may have been made by whoever gave these no answer, or half of one.
    _passing(Trouble.EDGE_FAILED, 2, 10, 30),
    _passing(Trouble.SERVER_FAILED, 2, 10, 30),
    _passing(Trouble.UPSTREAM_SILENT, 10, 30),
    _passing(Trouble.NO_REPLY, 2, 10, 30),
    _passing(Trouble.TASK_NOT_VISIBLE, 3, 5, 10),
    _passing(Trouble.GENERATION_FAILED),
    _unknown(Trouble.RESULT_GONE, 5),
    _unknown(Trouble.RESULT_EMPTY),
    _unknown(Trouble.RESULT_TOO_LARGE),
    _unknown(Trouble.UNREADABLE, 5, 15),
    _unknown(Trouble.UNSORTED, 5, 15),
)

TABLE: Mapping[Trouble, Failure] = {row.trouble: row for row in ROWS}


class ProviderCallError(Exception):
    """One call to a provider did not succeed. `detail` is for logs and holds no secret."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
        self.failure = TABLE[trouble]
        self.detail = detail
