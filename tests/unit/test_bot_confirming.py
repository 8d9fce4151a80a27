"""The one button that spends credits, while nobody may be there to make the video."""

import contextlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from bot.buttons import ConfirmButton
from bot.desk import Person
from bot.draft import Draft, Photo
from bot.handlers import confirming
from bot.handlers.confirming import confirm
from bot.ordering import PhotoGoneError
from bot.stores import Drafts
from bot.studio import Studio
from bot.texts import Texts, Voice
from contracts.bus import NoAnswerError
from contracts.messages import Done, Refusal, RefusalCode
from contracts.orders import Template
from contracts.studio import HEARTBEAT_OLD, STUDIO_KEY, Door, StudioStatus
from tests.memory_values import MemoryValues

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


class Counter:
    """A desk that remembers what was said, and a ledger that answers as it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.asked = 0
        self.answer_of_ledger = Refusal(code=RefusalCode.TOO_MANY_OPEN)
        self.words = ""
        self.values = MemoryValues()
        self.drafts = Drafts(MemoryValues())
        self.studio = Studio(self.values)
        self.now = lambda: NOON

    async def say(self, person, text_id, **arguments):
        self.said.append(text_id)
        self.words = person.voice(text_id, **arguments)

    async def answer(self, *_, **__):
        pass

    async def heartbeat(self, age: timedelta, **more) -> None:
        status = StudioStatus(beat_at=NOON - age, **more)
        self.values.stored[STUDIO_KEY] = status.model_dump_json().encode(), 1

    async def shows_nothing(self, *_):
        pass

    async def order(self, *_):
        self.asked += 1
        if isinstance(self.answer_of_ledger, Exception):
            raise self.answer_of_ledger
        return self.answer_of_ledger

    async def put_down(self, draft: Draft) -> None:
        await self.drafts.change(ME.account, lambda _: draft)

    async def tap(self, draft_id: UUID = DRAFT.draft_id) -> None:
        tap = ConfirmButton(draft_id=draft_id, revision=DRAFT.revision)
        await confirm(SimpleNamespace(), tap, self, ME)


@pytest.fixture
async def counter(monkeypatch) -> Counter:
    counter = Counter()
    monkeypatch.setattr(confirming, "order", counter.order)
    for shown in ("ask_next", "send_card", "put_up_cards", "close_card"):
        monkeypatch.setattr(confirming, shown, counter.shows_nothing)
    await counter.put_down(DRAFT)
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


async def test_with_a_long_queue_the_wait_is_named_and_no_credit_is_asked_for(counter):
    await counter.heartbeat(timedelta(), wait_s=485.0)
    await counter.tap()
    assert (counter.said, counter.asked) == (["confirm-crowded"], 0)
    assert "ждать около 9 минут: заказ не принят, кредиты не списаны. Черновик" in counter.words


async def test_what_may_have_been_ordered_is_found_out_though_the_queue_grew(counter):
    await counter.heartbeat(timedelta())
    counter.answer_of_ledger = NoAnswerError("lost")
    with pytest.raises(NoAnswerError):
        await counter.tap()
    await counter.heartbeat(timedelta(), wait_s=1000.0)
    with pytest.raises(NoAnswerError):
        await counter.tap()
    assert (counter.said, counter.asked) == (["confirm-unsure"], 2)


async def test_in_a_trial_the_third_is_told_that_nothing_is_made(counter):
    await counter.heartbeat(timedelta(), door=Door.TRIAL, trial="first")
    for number in range(3):
        await counter.put_down(DRAFT.model_copy(update={"draft_id": UUID(int=number)}))
        counter.answer_of_ledger = NoAnswerError("lost")
        with contextlib.suppress(NoAnswerError):
            await counter.tap(UUID(int=number))
    assert (counter.said, counter.asked) == (["confirm-unsure"] * 2 + ["confirm-closed"], 2)


async def test_in_a_trial_what_was_asked_already_goes_through_and_is_not_counted_again(counter):
    await counter.heartbeat(timedelta(), door=Door.TRIAL, trial="first")
    counter.answer_of_ledger = NoAnswerError("lost")
    for trial in ("first", "first", "second", "second"):
        await counter.heartbeat(timedelta(), door=Door.TRIAL, trial=trial)
        with pytest.raises(NoAnswerError):
            await counter.tap()
    two = DRAFT.model_copy(update={"draft_id": UUID(int=8), "count": 2})
    assert (await counter.studio.let_in(two, NOON)).is_yes, "the second trial is untouched"


@pytest.mark.parametrize(
    "answer",
    [Refusal(code=RefusalCode.TOO_LATE), Refusal(code=RefusalCode.PRICE_CHANGED), PhotoGoneError()],
    ids=["refused", "refused for its price", "without its photo"],
)
async def test_in_a_trial_whoever_orders_nothing_takes_nobody_s_place(counter, answer):
    await counter.heartbeat(timedelta(), door=Door.TRIAL, trial="first")
    counter.answer_of_ledger = answer
    await counter.tap()
    two = DRAFT.model_copy(update={"draft_id": UUID(int=8), "count": 2})
    assert (await counter.studio.let_in(two, NOON)).is_yes


async def test_in_a_trial_whoever_ordered_keeps_the_place(counter):
    await counter.heartbeat(timedelta(), door=Door.TRIAL, trial="first")
    counter.answer_of_ledger = Done(account=ME.account, balance=0, position=3)
    await counter.tap()
    two = DRAFT.model_copy(update={"draft_id": UUID(int=8), "count": 2})
    assert not (await counter.studio.let_in(two, NOON)).is_yes
