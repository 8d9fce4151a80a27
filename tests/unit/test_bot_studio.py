"""Who is let in: by the last word of the workers, and in a trial only a few."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot.draft import Draft
from bot.studio import Studio
from contracts.studio import (
    HEARTBEAT_OLD,
    STUDIO_KEY,
    TRIALS_MAX,
    WAIT_S_MAX,
    Door,
    Entrance,
    StudioStatus,
)
from tests.memory_values import MemoryValues

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
JUST_OLD = HEARTBEAT_OLD + timedelta(microseconds=1)


def draft(number: int = 1, *, count: int = 1, revision: int = 0) -> Draft:
    return Draft(draft_id=UUID(int=number), count=count, revision=revision)


class House:
    """A studio whose workers say what the test wants."""

    def __init__(self) -> None:
        self.values = MemoryValues()
        self.studio = Studio(self.values)

    def says(self, **status) -> None:
        said = StudioStatus(**{"beat_at": NOON, **status})
        self.values.stored[STUDIO_KEY] = said.model_dump_json().encode(), 1

    async def lets_in(self, *drafts: Draft) -> list[bool]:
        return [(await self.studio.let_in(one, NOON)).is_yes for one in drafts]


@pytest.fixture
def house() -> House:
    house = House()
    house.says(door=Door.TRIAL, trial="first")
    return house


@pytest.mark.parametrize(
    ("status", "entrance"),
    [
        ({}, Entrance.FREE),
        ({"beat_at": NOON - HEARTBEAT_OLD}, Entrance.FREE),
        ({"beat_at": NOON - JUST_OLD}, Entrance.CLOSED),
        ({"beat_at": NOON + timedelta(hours=1)}, Entrance.FREE),
        ({"wait_s": WAIT_S_MAX}, Entrance.FREE),
        ({"wait_s": WAIT_S_MAX + 0.1}, Entrance.CROWDED),
        ({"door": Door.SHUT}, Entrance.CLOSED),
        ({"door": Door.SHUT, "wait_s": WAIT_S_MAX * 2}, Entrance.CLOSED),
        ({"door": Door.TRIAL}, Entrance.TRIAL),
        ({"door": Door.TRIAL, "wait_s": WAIT_S_MAX + 0.1}, Entrance.CROWDED),
        ({"door": Door.TRIAL, "beat_at": NOON - JUST_OLD}, Entrance.CLOSED),
        ({"wait_s": WAIT_S_MAX * 2, "beat_at": NOON - JUST_OLD}, Entrance.CLOSED),
    ],
)
async def test_what_an_order_meets(house, status, entrance):
    house.says(**status)
    answer = await house.studio.let_in(draft(), NOON)
    assert answer.entrance is entrance
    assert answer.is_yes is (entrance in (Entrance.FREE, Entrance.TRIAL))


async def test_without_a_word_of_the_workers_nobody_is_let_in():
    answer = await Studio(MemoryValues()).let_in(draft(), NOON)
    assert answer.entrance is Entrance.CLOSED


async def test_whoever_is_turned_away_hears_how_long_the_queue_is(house):
    house.says(wait_s=531.0)
    assert (await house.studio.let_in(draft(), NOON)).wait_s == 531.0


async def test_a_trial_lets_in_a_few_and_no_more(house):
    drafts = [draft(number) for number in range(TRIALS_MAX + 2)]
    assert await house.lets_in(*drafts) == [True] * TRIALS_MAX + [False, False]


async def test_a_draft_of_several_videos_counts_as_many(house):
    two = draft(1, count=TRIALS_MAX)
    assert await house.lets_in(two, draft(2)) == [True, False]


async def test_a_draft_of_more_videos_than_are_left_is_refused_and_takes_no_part(house):
    many, one = draft(1, count=TRIALS_MAX), draft(2)
    assert await house.lets_in(one, many, draft(3)) == [True, False, True]
    assert await house.lets_in(draft(4, count=TRIALS_MAX + 1)) == [False]


async def test_who_taps_twice_is_counted_once_and_a_new_revision_again(house):
    assert await house.lets_in(draft(1), draft(1), draft(1, revision=1)) == [True, True, True]
    assert await house.lets_in(draft(2)) == [False]


async def test_each_trial_is_counted_anew(house):
    drafts = [draft(number) for number in range(TRIALS_MAX + 1)]
    await house.lets_in(*drafts)
    house.says(door=Door.TRIAL, trial="second")
    assert await house.lets_in(*reversed(drafts)) == [True] * TRIALS_MAX + [False]


async def test_what_was_not_ordered_leaves_its_part_to_others(house):
    await house.lets_in(draft(1, count=TRIALS_MAX))
    house.studio.give_back(draft(1, count=TRIALS_MAX))
    assert await house.lets_in(draft(2)) == [True]


async def test_nobody_is_counted_while_the_door_is_open(house):
    house.says(door=Door.OPEN, trial="first")
    assert all(await house.lets_in(*(draft(number) for number in range(9))))
    house.says(door=Door.TRIAL, trial="first")
    assert await house.lets_in(draft(10, count=TRIALS_MAX)) == [True]
