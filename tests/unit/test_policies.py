"""What becomes of a fact of videogen that the ledger does not record."""

import pytest

from contracts.bus import UnprocessableMessageError
from contracts.messages import VideoReady
from contracts.topology import videogen_event
from ledger.domain.refusals import DeductionClosed, LedgerRefusal, NotStarted, Overloaded
from ledger.policies import Policies
from tests.memory_log import NOON
from tests.story import DIGEST, JOB, ME
from tests.videogen_doubles import delivery_of


class RefusingLedger:
    def __init__(self, refusal: LedgerRefusal) -> None:
        self._refusal = refusal

    async def execute(self, *_):
        raise self._refusal


VIDEO_READY = VideoReady(
    account=ME,
    job_id=JOB,
    occurred_at=NOON,
    video_digest=DIGEST,
    size_bytes=1,
    duration_ms=6_000,
    width=720,
    height=1_280,
)
READY = delivery_of(
    VIDEO_READY.model_dump_json().encode(), subject=videogen_event("video_ready", ME)
)


async def test_an_outcome_that_meets_a_full_queue_comes_again():
    """Set aside, a video that is ready would be refunded at its deadline."""
    with pytest.raises(Overloaded):
        await Policies(RefusingLedger(Overloaded()))(READY)


async def test_an_outcome_that_contradicts_the_log_is_set_aside():
    with pytest.raises(UnprocessableMessageError):
        await Policies(RefusingLedger(NotStarted()))(READY)


async def test_an_outcome_after_the_end_of_its_job_is_no_trouble():
    await Policies(RefusingLedger(DeductionClosed()))(READY)
