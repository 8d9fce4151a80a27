"""The one button that spends credits, while nobody may be there to make the video."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from bot.buttons import ConfirmButton
from bot.desk import Person
from bot.draft import Draft, Photo
from bot.handlers import confirming
from bot.handlers.confirming import confirm
from bot.stores import Drafts, Studio
from bot.texts import Texts, Voice
from contracts.bus import NoAnswerError
from contracts.messages import Refusal, RefusalCode
from contracts.orders import Template
from contracts.studio import HEARTBEAT_OLD, STUDIO_KEY, StudioStatus
from tests.videogen_doubles import MemoryValues

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ME = Person(account="tg:42", chat_id=42, voice=Voice(Texts(), "ru"))
DRAFT = Draft(
    draft_id=UUID(int=7),
    photo=Photo(digest="a" * 64),
    product_text="Кружка",
    template=Template.UGC,
    wishes="",
    script={
        "title": "Кружка",
        "setting": "светлая кухня; мягкий свет",
        "scenes": [{"shot": "камера приближается", "caption": "Кружка"}],
        "call": "Закажите сегодня",
        "prompt": "A mug.",
        "variant": "kitchen",
        "source": "template",
    },
    accepted=True,
    shown_price=1,
)
TAP = ConfirmButton(draft_id=DRAFT.draft_id, revision=DRAFT.revision)


class Counter:
    """A desk that remembers what was said, and a ledger that answers as it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.asked = 0
        self.answer_of_ledger = Refusal(code=RefusalCode.TOO_MANY_OPEN)
        self.values = MemoryValues()
        self.drafts = Drafts(MemoryValues())
        self.studio = Studio(self.values)
        self.now = lambda: NOON

    async def say(self, _person, text_id, **_):
        self.said.append(text_id)

    async def answer(self, *_, **__):
        pass

    async def heartbeat(self, age: timedelta) -> None:
        status = StudioStatus(beat_at=NOON - age)
        await self.values.create(STUDIO_KEY, status.model_dump_json().encode())

    async def order(self, *_):
        self.asked += 1
        if isinstance(self.answer_of_ledger, Exception):
            raise self.answer_of_ledger
        return self.answer_of_ledger

    async def tap(self) -> None:
        await confirm(SimpleNamespace(), TAP, self, ME)


@pytest.fixture
async def counter(monkeypatch) -> Counter:
    counter = Counter()
    monkeypatch.setattr(confirming, "order", counter.order)
    await counter.drafts.change(ME.account, lambda _: DRAFT)
    return counter


async def test_without_a_worker_no_credit_is_asked_for(counter):
    await counter.tap()
    assert (counter.said, counter.asked) == (["confirm-closed"], 0)


async def test_an_old_heartbeat_is_no_worker(counter):
    await counter.heartbeat(HEARTBEAT_OLD + timedelta(seconds=1))
    await counter.tap()
    assert (counter.said, counter.asked) == (["confirm-closed"], 0)


async def test_with_a_worker_the_ledger_is_asked(counter):
    await counter.heartbeat(HEARTBEAT_OLD)
    await counter.tap()
    assert (counter.said, counter.asked) == (["confirm-too-many"], 1)


async def test_what_may_have_been_ordered_is_found_out_though_the_workers_left(counter):
    """The answer was lost: whoever is told that nothing was taken must be told the truth."""
    await counter.heartbeat(timedelta())
    counter.answer_of_ledger = NoAnswerError("lost")
    with pytest.raises(NoAnswerError):
        await counter.tap()
    counter.now = lambda: NOON + timedelta(hours=1)
    counter.answer_of_ledger = Refusal(code=RefusalCode.TOO_MANY_OPEN)
    await counter.tap()
    assert (counter.said, counter.asked) == (["confirm-unsure", "confirm-too-many"], 2)


async def test_after_a_refusal_the_workers_are_asked_again(counter):
    await counter.heartbeat(timedelta())
    await counter.tap()
    counter.now = lambda: NOON + timedelta(hours=1)
    await counter.tap()
    assert (counter.said, counter.asked) == (["confirm-too-many", "confirm-closed"], 1)
