"""Ask the ledger whether a job may begin, and sort its answers."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from contracts.bus import UnprocessableMessageError
from contracts.messages import Done, Refusal, RefusalCode, Start
from videogen.job import Job

START_VALID_S = 10.0
"""A request that NATS held back for longer than this is refused: we have asked again since."""

CLOSED = frozenset(
    {
        RefusalCode.DEDUCTION_CLOSED,
        RefusalCode.TOO_LITTLE_TIME,
        RefusalCode.JOB_UNKNOWN,
        RefusalCode.ACCOUNT_UNKNOWN,
    }
)
PASSING = frozenset({RefusalCode.OVERLOADED, RefusalCode.TOO_LATE, RefusalCode.VIEW_BEHIND})

AskStart = Callable[[Start], Awaitable[Done | Refusal]]


class StartRefusedError(Exception):
    """There is nothing to render: the credit is back, or on its way back."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(str(code))
        self.code = code


class NotNowError(Exception):
    """The ledger could not say; the message comes again."""


async def ask_to_start(ask: AskStart, job: Job, now: datetime) -> None:
    """Return when the job may begin, or has begun before.

    Raises `StartRefusedError`, `NotNowError`, or `UnprocessableMessageError` for an answer that
    only a fault of ours explains.
    """
    answer = await ask(
        Start(
            account=job.account,
            correlation_id=job.correlation_id,
            job_id=job.job_id,
            not_after=now + timedelta(seconds=START_VALID_S),
        )
    )
    if isinstance(answer, Done):
        return
    if answer.code in CLOSED:
        raise StartRefusedError(answer.code)
    if answer.code in PASSING:
        raise NotNowError(answer.code)
    raise UnprocessableMessageError(f"start was refused as {answer.code}")
