"""Which videos a person gets after the credit came back: late ones, and no others."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from bot.delivering import Deliveries
from bot.jobs import JobCard, Stage
from bot.outcomes import Outcomes
from bot.stores import JobCards
from bot.texts import Texts
from contracts.bus import NoAnswerError
from contracts.messages import Done, FailureReason, Job, JobState, VideoReady
from contracts.topology import facts_object, thumbnail_object, video_object
from tests.memory_values import MemoryValues

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
JOB_ID = UUID(int=1)
READY = VideoReady(
    account="tg:42",
    job_id=JOB_ID,
    occurred_at=NOON,
    video_digest="a" * 64,
    size_bytes=1,
    duration_ms=7_000,
    width=720,
    height=1280,
)
NEVER = ["cancelled", *FailureReason]


class Shop:
    """A desk, its ledger, its chat and the stored video of one job."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.bot = self.ledger = self
        self.texts = Texts()
        self.cards = JobCards(MemoryValues())
        self.stored = {
            video_object(JOB_ID): b"video",
            thumbnail_object(JOB_ID): b"thumbnail",
            facts_object(JOB_ID): READY.model_dump_json().encode(),
        }
        self.deliveries = Deliveries(self, self)
        self.outcomes = Outcomes(self, self.deliveries, SimpleNamespace())

    async def get(self, name):
        return self.stored[name]

    async def send_video(self, _chat_id, _video, *, caption, **_):
        self.sent.append(caption)
        return SimpleNamespace(video=SimpleNamespace(file_id="file"))

    async def job(self, *_):
        return self.known

    async def deliver(self, *_):
        return Done(account="tg:42", balance=0, position=1)

    async def card(self, stage: Stage) -> JobCard:
        return await self.cards.create(
            JobCard(job_id=JOB_ID, account="tg:42", chat_id=42, stage=stage)
        )

    def knows(self, state: JobState, reason: str | None = None) -> None:
        self.known = Job(
            job_id=JOB_ID,
            account="tg:42",
            state=state,
            credits=1,
            reason=reason,
            balance_after=1,
            ordered_at=NOON,
            deadline_at=NOON + timedelta(minutes=15),
            delivered=False,
            position=5,
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.parametrize("reason", NEVER)
async def test_after_another_refund_than_the_deadline_s_no_video_is_delivered(shop, reason):
    shop.knows(JobState.REFUNDED, reason)
    card = await shop.card(Stage.CANCELLED if reason == "cancelled" else Stage.REFUNDED)
    await shop.outcomes._on_ready(READY)
    assert not await shop.deliveries.send_again(card), "though the button was made up"
    assert shop.sent == []


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.STARTED])
async def test_before_its_end_no_video_is_sent_on_request(shop, state):
    shop.knows(state)
    assert not await shop.deliveries.send_again(await shop.card(Stage.RENDERING))
    assert shop.sent == []


async def test_after_the_deadline_it_is_delivered_once_and_said_to_be_free(shop):
    shop.knows(JobState.REFUNDED, "deadline")
    await shop.card(Stage.REFUNDED)
    for _ in range(2):
        await shop.outcomes._on_ready(READY)
    [caption] = shop.sent
    assert "он бесплатный" in caption


async def test_a_late_video_that_is_asked_for_again_is_still_free(shop):
    shop.knows(JobState.REFUNDED, "deadline")
    card = await shop.card(Stage.REFUNDED)
    for _ in range(2):
        assert await shop.deliveries.send_again(card)
        card = await shop.cards.load(JOB_ID)
    assert len(shop.sent) == 2
    assert all("он бесплатный" in caption for caption in shop.sent)


async def test_a_video_that_was_paid_for_is_sent_again_on_request(shop):
    shop.knows(JobState.SETTLED)
    assert await shop.deliveries.send_again(await shop.card(Stage.SENDING))
    assert "бесплатный" not in shop.sent[0]


async def test_a_ledger_that_is_behind_what_was_told_is_asked_again(shop):
    """Else the late video would be taken for one that will be settled, and never come."""
    shop.knows(JobState.STARTED)
    await shop.card(Stage.REFUNDED)
    with pytest.raises(NoAnswerError):
        await shop.outcomes._on_ready(READY)
