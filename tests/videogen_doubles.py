"""Doubles around videogen's job maker; the stores pass the same tests as the real ones."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

from nats.aio.msg import Msg
from PIL import Image, ImageDraw

from contracts.bus import (
    Delivery,
    KeyExistsError,
    KeyMissingError,
    ObjectMissingError,
    RevisionMovedError,
)
from contracts.messages import Deducted, Done, JobStage, Refusal, RefusalCode, Start, VideogenFact
from contracts.orders import Order, Template, digest_of
from contracts.topology import REFILL_HEADER, ledger_event
from videogen.making import JobMaker
from videogen.provider import Brief, Desk
from videogen.records import JobRecords

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


class MemoryValues:
    """`contracts.bus.Values` in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, tuple[bytes, int]] = {}
        self._revision = 0

    async def get(self, key: str) -> tuple[bytes, int]:
        if key not in self.stored:
            raise KeyMissingError(key)
        return self.stored[key]

    async def create(self, key: str, value: bytes) -> int:
        if key in self.stored:
            raise KeyExistsError(key)
        return self._write(key, value)

    async def update(self, key: str, value: bytes, revision: int) -> int:
        if key not in self.stored or self.stored[key][1] != revision:
            raise RevisionMovedError(key)
        return self._write(key, value)

    def _write(self, key: str, value: bytes) -> int:
        self._revision += 1
        self.stored[key] = value, self._revision
        return self._revision


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
    """What `Bus.publish` makes of facts: one under each message id."""

    facts: dict[str, VideogenFact] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)

    async def __call__(self, subject: str, body: VideogenFact, *, message_id: str) -> int:
        self.attempts.append(message_id)
        if message_id in self.facts:
            assert self.facts[message_id] == body, "one message id must mean one fact"
        self.facts[message_id] = body
        self.subjects[message_id] = subject
        return len(self.facts)


@dataclass
class FakeProvider:
    """Returns a prepared file, or fails with what `make_it` raises."""

    video: bytes = b""
    make_it: Callable[[Brief], None] = lambda _: None
    briefs: list[Brief] = field(default_factory=list)

    async def make(self, brief: Brief, desk: Desk) -> Path:
        self.briefs.append(brief)
        await desk.tell(JobStage.RENDERING)
        self.make_it(brief)
        file = desk.folder / "video.mp4"
        file.write_bytes(self.video)
        return file


class FakeLedger:
    """Answers `start` like the ledger: yes, yes again, or the refusal it was given."""

    def __init__(self, refusal: RefusalCode | None = None) -> None:
        self.refusal = refusal
        self.asked: list[Start] = []

    async def __call__(self, start: Start) -> Done | Refusal:
        self.asked.append(start)
        if self.refusal is not None:
            return Refusal(code=self.refusal)
        repeat = len(self.asked) > 1
        return Done(account=start.account, balance=0, position=1, repeat=repeat)


@dataclass
class Studio:
    """A job maker with everything around it in memory."""

    folder: Path
    provider: FakeProvider
    ledger: FakeLedger = field(default_factory=FakeLedger)
    values: MemoryValues = field(default_factory=MemoryValues)
    orders: MemoryValues = field(default_factory=MemoryValues)
    photos: MemoryObjects = field(default_factory=MemoryObjects)
    videos: MemoryObjects = field(default_factory=MemoryObjects)
    stream: MemoryStream = field(default_factory=MemoryStream)
    clock: datetime = NOW

    @property
    def maker(self) -> JobMaker:
        return JobMaker(
            provider=self.provider,
            records=JobRecords(self.values),
            orders=self.orders,
            photos=self.photos,
            videos=self.videos,
            publish=self.stream,
            ask_start=self.ledger,
            workshop=self.folder,
            now=self._now,
            new_id=uuid4,
        )

    def _now(self) -> datetime:
        """A clock that always moves, so that a repeated fact shows if it was made anew."""
        self.clock += timedelta(seconds=1)
        return self.clock

    async def place(self, order: Order, photo: bytes) -> Deducted:
        await self.orders.create(str(order.job_id), order.to_bytes())
        await self.photos.put(str(order.job_id), photo)
        return deducted_of(order)


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


def delivery_of(
    deducted: Deducted | bytes,
    *,
    account: str = "tg:42",
    attempt: int = 1,
    refill_until: int = 0,
    subject: str | None = None,
) -> Delivery:
    """A real delivery, as JetStream labels it."""
    data = deducted if isinstance(deducted, bytes) else deducted.model_dump_json().encode()
    client = cast("Any", SimpleNamespace())
    return Delivery(
        Msg(
            _client=client,
            subject=subject or ledger_event("deducted", account),
            reply=f"$JS.ACK.LEDGER.videogen-jobs.{attempt}.7.7.1700000000000000000.0",
            data=data,
            headers={REFILL_HEADER: str(refill_until)} if refill_until else None,
        )
    )
