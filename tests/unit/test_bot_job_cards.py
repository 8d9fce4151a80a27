"""The card of a waiting job: what is worth an edit, and what comes too late for one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot import job_cards
from bot.jobs import ORDER, JobCard, Stage
from bot.settings import BotSettings
from bot.stores import JobCards
from bot.texts import Texts
from tests.memory_values import MemoryValues

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INTERVAL = timedelta(seconds=BotSettings().bot_progress_interval_s)
CARD = JobCard(
    job_id=UUID(int=1),
    account="tg:42",
    chat_id=42,
    message_id=7,
    balance=3,
    shown_stage=Stage.QUEUED,
    shown_at=NOON,
)


class Chat:
    """A desk whose chat is a list of what the card said, at a time that the test sets."""

    def __init__(self) -> None:
        self.cards = JobCards(MemoryValues())
        self.texts = Texts()
        self.settings = BotSettings()
        self.shown: list[str] = []
        self.time = NOON
        self.now = lambda: self.time

    async def redraw(self, _chat_id, _message_id, screen):
        self.shown.append(screen.text.splitlines()[-1])

    async def place(self, place, eta_s=None, *, said_at=None):
        at = said_at or self.time
        return await self._change(lambda found: found.placed(place, eta_s, at))

    async def reach(self, stage):
        return await self._change(lambda found: found.at(stage))

    async def _change(self, change):
        return await job_cards.change(self, await self.cards.load(CARD.job_id), change)

    @property
    def places(self) -> list[str]:
        return [said.partition("-е место")[0].removeprefix("В очереди: ") for said in self.shown]


@pytest.fixture
async def chat() -> Chat:
    chat = Chat()
    await chat.cards.create(CARD)
    return chat


async def test_the_first_place_is_shown_at_once_though_the_card_is_new(chat):
    await chat.place(3, 240)
    assert chat.shown == [
        "В очереди: 3-е место, примерно 4 минуты. Кредит списан, баланс 3 кредита."
    ]


async def test_a_new_place_is_shown_and_the_same_one_is_not(chat):
    for place in (3, 3, 2):
        chat.time += INTERVAL
        await chat.place(place, 240 + place)
    assert chat.places == ["3", "2"]


async def test_places_are_shown_at_most_once_per_interval(chat):
    await chat.place(4)
    for seconds, place in ((1, 3), (2, 2), (4, 1)):
        chat.time = NOON + seconds * SECOND
        await chat.place(place)
    assert chat.places == ["4", "1"]
    assert (await chat.cards.load(CARD.job_id)).place == 1


async def test_an_older_word_about_the_place_changes_nothing(chat):
    chat.time += INTERVAL
    await chat.place(2, 60)
    chat.time += INTERVAL
    card = await chat.place(3, 120, said_at=NOON)
    assert (card.place, card.eta_s, chat.places) == (2, 60, ["2"])


async def test_a_word_without_a_place_changes_nothing(chat):
    assert await chat.place(None) == CARD
    assert chat.shown == []


@pytest.mark.parametrize("stage", ORDER[1:])
async def test_a_later_stage_always_wins(chat, stage):
    await chat.place(3)
    chat.time += INTERVAL
    await chat.reach(stage)
    chat.time += INTERVAL
    card = await chat.place(2)
    assert (card.stage, card.place, len(chat.shown)) == (stage, 3, 2)
    assert "место" not in chat.shown[-1]


@pytest.mark.parametrize("stage", [Stage.DONE, Stage.REFUNDED, Stage.CANCELLED])
async def test_the_end_is_shown_right_behind_a_place(chat, stage):
    await chat.place(3)
    await chat.reach(stage)
    assert len(chat.shown) == 2


def test_a_card_that_was_stored_before_there_were_places_can_be_read():
    old = CARD.model_dump_json(
        exclude={"place", "eta_s", "placed_at", "shown_place", "late_attempts", "late_told"}
    )
    assert JobCard.model_validate_json(old) == CARD
