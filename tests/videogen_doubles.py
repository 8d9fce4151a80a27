"""Doubles around videogen's job maker; the stores pass the same tests as the real ones."""

import hashlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

from nats.aio.msg import Msg
from PIL import Image, ImageDraw

from contracts.bus import Delivery, ObjectMissingError
from contracts.messages import (
    Deducted,
    Done,
    GetJob,
    JobState,
    Message,
    OperatorAlert,
    Refunded,
    Refusal,
    RefusalCode,
    Start,
    VideoFailed,
    VideoReady,
)
from contracts.messages import Job as LedgerJob
from contracts.orders import Order, Template, digest_of
from contracts.topology import REFILL_HEADER, ledger_event
from tests.memory_values import MemoryValues
from videogen import job as jobs
from videogen.arriving import Arrivals
from videogen.breaker import Breaker
from videogen.job import Job
from videogen.making import JobMaker
from videogen.provider import Brief, Desk, Submission, Submitted, Task
from videogen.records import JobRecords
from videogen.video import Video

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
FILM = Video(b"film", b"thumbnail", duration_ms=7_000, width=720, height=1280)
BREAKER_REST = timedelta(seconds=60)
ROUNDS_MAX = 40


class RacingValues(MemoryValues):
    """Somebody else writes between our read and our write, `times` times."""

    def __init__(self, write: bytes, times: int = 1) -> None:
        super().__init__()
        self.rival_write = write
        self.times = times

    async def get(self, key: str) -> tuple[bytes, int]:
        if self.times == 0:
            return await super().get(key)
        self.times -= 1
        try:
            return await super().get(key)
        finally:
            self._write(key, self.rival_write)


class MemoryObjects:
    """`contracts.bus.Objects` in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    async def put(self, name: str, data: bytes) -> None:
        self.stored[name] = data

    async def get(self, name: str) -> bytes:
        if name not in self.stored:
            raise ObjectMissingError(name)
        return self.stored[name]


@dataclass
class MemoryStream:
    """What `Bus.publish` makes of facts: the first under each message id."""

    facts: dict[str, Message] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)

    async def __call__(self, subject: str, body: Message, *, message_id: str) -> int:
        self.attempts.append(message_id)
        first = self.facts.setdefault(message_id, body)
        if isinstance(body, VideoReady | VideoFailed):
            assert first == body, "one message id must mean one fact"
        self.subjects[message_id] = subject
        return len(self.facts)

    @property
    def ends(self) -> list[VideoReady | VideoFailed]:
        return [fact for fact in self.facts.values() if isinstance(fact, VideoReady | VideoFailed)]

    @property
    def alerts(self) -> list[OperatorAlert]:
        return [fact for fact in self.facts.values() if isinstance(fact, OperatorAlert)]


async def _nothing(_: Brief, __: Desk) -> None:
    """It renders without any trouble."""


@dataclass
class FakeProvider:
    """Makes a task for each submission, like a paid service elsewhere, and counts them.

    `answers` are given instead, one after another; `render` may fail.
    """

    submits_for_free: bool = False
    goes_on_alone: bool = True
    room: int = 2
    name: str = "fake"
    usual_s: float = 30.0
    video: bytes = b"film"
    answers: list[Submission] = field(default_factory=list)
    render: Callable[[Brief, Desk], Awaitable[None]] = _nothing
    briefs: list[Brief] = field(default_factory=list)
    """One for each submission."""
    tasks: list[Task] = field(default_factory=list)
    brought: list[Task] = field(default_factory=list)

    async def submit(self, brief: Brief, desk: Desk) -> Submission:  # noqa: ARG002 - of the port
        self.briefs.append(brief)
        if self.answers:
            return self.answers.pop(0)
        number = 0 if self.submits_for_free else len(self.tasks)
        self.tasks.append(Task(provider=self.name, task_id=f"{brief.job_id}-{number}", key_id="k1"))
        return Submitted(self.tasks[-1])

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:
        self.brought.append(task)
        await desk.rendering()
        await self.render(brief, desk)
        await desk.fetching(Decimal("12.5"))
        file = desk.folder / "video.mp4"
        file.write_bytes(self.video)
        return file


@dataclass
class FakeLedger:
    """What the ledger knows of the one job of a test; or it refuses, or is silent."""

    refusal: RefusalCode | None = None
    silence: Exception | None = None
    state: JobState = JobState.QUEUED
    reason: str | None = None
    asked: list[Start] = field(default_factory=list)
    queries: list[GetJob] = field(default_factory=list)

    async def start(self, start: Start) -> Done | Refusal:
        self.asked.append(start)
        if self.silence is not None:
            raise self.silence
        if self.refusal is not None:
            return Refusal(code=self.refusal)
        if self.state in (JobState.SETTLED, JobState.REFUNDED):
            return Refusal(code=RefusalCode.DEDUCTION_CLOSED)
        self.state = JobState.STARTED
        return Done(account=start.account, balance=0, position=2, repeat=len(self.asked) > 1)

    async def job(self, query: GetJob) -> LedgerJob | Refusal:
        self.queries.append(query)
        if self.silence is not None:
            raise self.silence
        if self.refusal is not None:
            return Refusal(code=self.refusal)
        return LedgerJob(
            job_id=query.job_id,
            account=query.account,
            state=self.state,
            credits=1,
            reason=self.reason,
            balance_after=0,
            ordered_at=NOW,
            deadline_at=NOW + timedelta(minutes=15),
            delivered=False,
            position=1,
        )


@dataclass
class Studio:
    """What the workers of one provider share, in memory, and the steps of one of them."""

    folder: Path
    provider: FakeProvider = field(default_factory=FakeProvider)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    values: MemoryValues = field(default_factory=MemoryValues)
    status: MemoryValues = field(default_factory=MemoryValues)
    orders: MemoryValues = field(default_factory=MemoryValues)
    photos: MemoryObjects = field(default_factory=MemoryObjects)
    videos: MemoryObjects = field(default_factory=MemoryObjects)
    stream: MemoryStream = field(default_factory=MemoryStream)
    clock: datetime = NOW
    making_s: float = 30.0

    @property
    def records(self) -> JobRecords:
        return JobRecords(self.values)

    @property
    def breaker(self) -> Breaker:
        return Breaker(self.provider.name, self.status, self.stream, self.now, BREAKER_REST)

    @property
    def arrivals(self) -> Arrivals:
        return Arrivals(self.records, self.ledger.job, self.now)

    def maker(self, worker: str = "first") -> JobMaker:
        return JobMaker(
            worker=worker,
            provider=self.provider,
            breaker=self.breaker,
            records=self.records,
            orders=self.orders,
            photos=self.photos,
            videos=self.videos,
            publish=self.stream,
            ask_start=self.ledger.start,
            making_s=lambda: self.making_s,
            workshop=self.folder,
            now=self.now,
        )

    def now(self) -> datetime:
        """A clock that always moves, so that a repeated fact shows if it was made anew."""
        self.clock += timedelta(milliseconds=10)
        return self.clock

    async def place(self, order: Order, photo: bytes) -> Deducted:
        await self.orders.create(str(order.job_id), order.to_bytes())
        await self.photos.put(str(order.job_id), photo)
        return deducted_of(order)

    async def arrive(self, deducted: Deducted) -> Job:
        await self.arrivals.handle(delivery_of(deducted, account=deducted.account))
        return await self.job(deducted.job_id)

    async def job(self, job_id: UUID) -> Job:
        job = await self.records.read(job_id)
        assert job is not None
        return job

    async def take(self, job_id: UUID, worker: str = "first") -> Job:
        """Take it over from whoever had it."""
        take = jobs.taken(worker, self.now(), lambda _: False)
        _, job = await self.records.change(job_id, take)
        return job

    async def step(self, job_id: UUID, worker: str = "first") -> Job:
        """Take the job and bring it as far as it goes now."""
        await self.maker(worker).make(await self.take(job_id, worker))
        return await self.job(job_id)

    async def work(self, job_id: UUID, worker: str = "first", rounds: int = ROUNDS_MAX) -> Job:
        """Go on until there is nothing to do but wait for others; rests pass in no time."""
        for _ in range(rounds):
            job = await self.job(job_id)
            if job.not_before is not None:
                self.clock = max(self.clock, job.not_before)
            if not job.can_be_worked_on(self.clock):
                break
            await self.step(job_id, worker)
        return await self.job(job_id)


def photo_of(color: str = "teal", size: tuple[int, int] = (900, 1200), seed: int = 0) -> bytes:
    """A picture with shapes in it, so that it can be told from another and seen to move."""
    picture = Image.new("RGB", size, color)
    draw = ImageDraw.Draw(picture)
    width, height = size
    for number in range(6):
        x = (number * 0.17 + seed * 0.31) % 0.8 * width
        y = (number * 0.29 + seed * 0.13) % 0.8 * height
        shade = (40 * number + 70 * seed) % 256
        draw.ellipse((x, y, x + width / 5, y + height / 6), fill=(shade, 255 - shade, 200))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=92)
    return data.getvalue()


def order_of(
    photo: bytes,
    *,
    account: str = "tg:42",
    text: str = "Термокружка «Север». Держит тепло 8 часов",
    scenario: str | None = None,
) -> Order:
    return Order(
        job_id=uuid4(),
        account=account,
        draft_id=uuid4(),
        revision=1,
        index=0,
        count=1,
        product_text=text,
        template=Template.AD,
        scenario=scenario,
        photo_digest=hashlib.sha256(photo).hexdigest(),
        salt="0" * 32,
    )


def deducted_of(order: Order, *, digest: str | None = None) -> Deducted:
    return Deducted(
        account=order.account,
        position=1,
        version=1,
        recorded_at=NOW,
        correlation_id="draft-1",
        balance_after=0,
        job_id=order.job_id,
        credits=1,
        order_digest=digest or digest_of(order.to_bytes()),
        deadline_at=NOW + timedelta(minutes=15),
    )


def refunded_of(deducted: Deducted, reason: str) -> Refunded:
    return Refunded(
        account=deducted.account,
        position=3,
        version=3,
        recorded_at=NOW,
        correlation_id=deducted.correlation_id,
        balance_after=1,
        job_id=deducted.job_id,
        credits=1,
        reason=reason,
    )


def delivery_of(
    fact: Deducted | Refunded | bytes,
    *,
    account: str = "tg:42",
    attempt: int = 1,
    refill_until: int = 0,
    subject: str | None = None,
) -> Delivery:
    """A real delivery, as JetStream labels it."""
    data = fact if isinstance(fact, bytes) else fact.model_dump_json().encode()
    name = "refunded" if isinstance(fact, Refunded) else "deducted"
    client = cast("Any", SimpleNamespace())
    return Delivery(
        Msg(
            _client=client,
            subject=subject or ledger_event(name, account),
            reply=f"$JS.ACK.LEDGER.videogen-jobs.{attempt}.7.7.1700000000000000000.0",
            data=data,
            headers={REFILL_HEADER: str(refill_until)} if refill_until else None,
        )
    )
