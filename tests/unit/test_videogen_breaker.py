"""The breaker: what shuts the door, how long it rests, and what the operator hears of it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.studio import Door
from tests.memory_values import MemoryValues
from tests.quiet_logs import quiet_logs
from tests.videogen_doubles import NOW, MemoryStream
from videogen.breaker import IN_A_ROW, REFUSES_EVERYTHING, REST_MAX, Breaker
from videogen.failures import ROWS, TABLE, Trouble, Whose
from videogen.status import BreakerStatus

REST = timedelta(seconds=60)
ONE_BY_ONE = st.sampled_from(["accepted", "made", "beat", *Trouble])
ONLY_BUSY = {Trouble.RATE_LIMITED, Trouble.BUSY, Trouble.UPLOAD_NOT_FETCHED}
MATTERS = [row for row in ROWS if row.whose is not Whose.PERSON and row.trouble not in ONLY_BUSY]


class YieldingValues(MemoryValues):
    """Others have their turn between a read and a write."""

    async def get(self, key: str) -> tuple[bytes, int]:
        await asyncio.sleep(0)
        found = await super().get(key)
        await asyncio.sleep(0)
        return found


class House:
    """Two workers with one provider."""

    def __init__(self) -> None:
        self.clock = NOW
        self.values = YieldingValues()
        self.stream = MemoryStream()
        self.breakers = [
            Breaker("fake", self.values, self.stream, self.now, REST) for _ in range(2)
        ]

    def now(self) -> datetime:
        return self.clock

    async def read(self) -> BreakerStatus:
        return await self.breakers[0].read()

    async def fail(self, trouble: Trouble, times: int = 1, worker: int = 0) -> BreakerStatus:
        for _ in range(times):
            await self.breakers[worker].note_failure(TABLE[trouble], "its words")
        return await self.read()

    async def rest(self, how_long: timedelta) -> BreakerStatus:
        self.clock += how_long
        await self.breakers[0].try_again_when_rested()
        return await self.read()

    async def do(self, what: str, worker: int) -> None:
        breaker = self.breakers[worker]
        match what:
            case "accepted":
                await breaker.note_accepted()
            case "made":
                await breaker.note_made()
            case "beat":
                await breaker.try_again_when_rested()
            case _:
                await self.fail(Trouble(what), worker=worker)

    @property
    def of_the_breaker(self) -> list[bool]:
        """What the operator was told: False that it shut, True that it is over."""
        hourly = {f"fake-{trouble}-{self.clock:%Y}" for trouble in Trouble}
        return [
            alert.is_over
            for alert in self.stream.alerts
            if not any(alert.alert_id.startswith(name) for name in hourly)
        ]


@pytest.fixture
def house() -> Iterator[House]:
    with quiet_logs():
        yield House()


@pytest.mark.parametrize("row", MATTERS, ids=lambda row: row.trouble)
async def test_the_door_shuts_after_as_many_failures_as_tell(house, row):
    enough = IN_A_ROW[row.whose]
    if enough > 1:
        assert (await house.fail(row.trouble, enough - 1)).door is Door.OPEN
    breaker = await house.fail(row.trouble, enough - max(0, enough - 1))
    assert (breaker.door, breaker.trouble) == (Door.SHUT, row.trouble)
    assert breaker.until == NOW + REST
    assert house.of_the_breaker == [False]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row not in MATTERS], ids=lambda row: row.trouble
)
async def test_what_a_person_sent_and_a_busy_provider_never_shut_it(house, row):
    breaker = await house.fail(row.trouble, 30)
    assert (breaker.door, breaker.failures) == (Door.OPEN, 0)
    assert house.of_the_breaker == []


async def test_a_video_in_between_begins_the_count_anew(house):
    for _ in range(5):
        await house.fail(Trouble.SERVER_FAILED, IN_A_ROW[Whose.PASSING] - 1)
        await house.breakers[1].note_made()
    assert (await house.read()).door is Door.OPEN
    assert house.of_the_breaker == []


async def test_it_rests_is_tried_and_opens_with_a_video(house):
    await house.fail(Trouble.BALANCE_EMPTY)
    assert (await house.rest(REST - timedelta(microseconds=1))).door is Door.SHUT
    breaker = await house.rest(timedelta(microseconds=1))
    assert breaker.door is Door.TRIAL
    assert breaker.trial
    await house.breakers[1].note_made()
    breaker = await house.read()
    assert (breaker.door, breaker.rest_s, breaker.opened_at) == (Door.OPEN, 0, None)
    assert house.of_the_breaker == [False, True]


@pytest.mark.parametrize("trouble", [row.trouble for row in MATTERS])
async def test_a_task_that_was_made_shows_only_that_asking_works(house, trouble):
    await house.fail(trouble, IN_A_ROW[TABLE[trouble].whose])
    await house.rest(REST)
    await house.breakers[0].note_accepted()
    door = (await house.read()).door
    assert door is (Door.OPEN if trouble in REFUSES_EVERYTHING else Door.TRIAL)


async def test_after_each_trial_that_failed_it_rests_twice_as_long_but_ten_minutes_at_most(house):
    breaker = await house.fail(Trouble.KEY_REFUSED)
    rests, trials = [], set()
    for _ in range(6):
        rests.append(breaker.rest_s)
        breaker = await house.rest(timedelta(seconds=breaker.rest_s))
        trials.add(breaker.trial)
        breaker = await house.fail(Trouble.SERVER_FAILED)
    assert rests == [60, 120, 240, 480, 600, 600]
    assert len(trials) == 6
    assert house.of_the_breaker == [False]


async def test_the_operator_hears_of_its_beginning_and_its_end_and_of_no_trial_between(house):
    for _ in range(2):
        breaker = await house.fail(Trouble.KEY_REFUSED, 3)
        for _ in range(3):
            await house.rest(timedelta(seconds=breaker.rest_s))
            breaker = await house.fail(Trouble.KEY_REFUSED, 2)
        await house.rest(timedelta(seconds=breaker.rest_s))
        await house.breakers[0].note_made()
        await house.breakers[1].note_made()
    assert house.of_the_breaker == [False, True] * 2
    assert len(house.stream.attempts) == 4
    begun, over = house.stream.alerts[:2]
    assert begun.alert_id == over.alert_id
    assert (begun.code, begun.provider, begun.detail) == ("key_refused", "fake", "its words")


async def test_a_person_s_failure_ends_no_trial(house):
    await house.fail(Trouble.KEY_REFUSED)
    await house.rest(REST)
    assert (await house.fail(Trouble.PHOTO_REFUSED, 5)).door is Door.TRIAL


async def test_a_video_that_was_ordered_before_the_trouble_does_not_open_a_shut_door(house):
    await house.fail(Trouble.KEY_REFUSED)
    await house.breakers[0].note_made()
    assert (await house.read()).door is Door.SHUT


async def test_workers_that_fail_at_once_are_all_counted_and_tell_it_once(house):
    first, second = house.breakers
    failure = TABLE[Trouble.SERVER_FAILED]
    await asyncio.gather(*(each.note_failure(failure, "") for each in (first, second)))
    assert (await house.read()).failures == 2
    await asyncio.gather(*(each.note_failure(failure, "") for each in (first, second) * 2))
    assert (await house.read()).door is Door.SHUT
    assert len(house.stream.attempts) == 1


async def test_one_of_two_workers_begins_the_trial(house):
    await house.fail(Trouble.KEY_REFUSED)
    house.clock += REST
    await asyncio.gather(*(each.try_again_when_rested() for each in house.breakers))
    breaker = await house.read()
    house.clock += REST
    await asyncio.gather(*(each.try_again_when_rested() for each in house.breakers))
    assert await house.read() == breaker


async def test_what_nobody_foresaw_is_told_once_an_hour(house):
    for hours in range(3):
        house.clock = NOW + timedelta(hours=hours)
        for _ in range(2):
            await house.fail(Trouble.UNSORTED)
            await house.breakers[0].note_made()
    assert [alert.code for alert in house.stream.alerts] == ["unsorted"] * 3


@given(
    steps=st.lists(
        st.tuples(ONE_BY_ONE, st.integers(0, 1), st.floats(0, 900)), min_size=1, max_size=40
    )
)
def test_whatever_happens_and_whenever_the_breaker_keeps_its_promises(steps):
    with quiet_logs():
        asyncio.run(_keeps_its_promises(steps))


async def _keeps_its_promises(steps: list[tuple[str, int, float]]) -> None:
    house = House()
    for what, worker, later_s in steps:
        house.clock += timedelta(seconds=later_s)
        before = await house.read()
        await house.do(what, worker)
        after = await house.read()
        _check_step(before, what, after, house.clock)
        told = house.of_the_breaker
        assert told == [False, True] * (len(told) // 2) + [False] * (len(told) % 2)
        assert bool(len(told) % 2) == (after.opened_at is not None)


def _check_step(before: BreakerStatus, what: str, after: BreakerStatus, now: datetime) -> None:
    assert (after.opened_at is not None) == (after.door is not Door.OPEN)
    assert timedelta(seconds=after.rest_s) <= REST_MAX
    match before.door, after.door:
        case (Door.OPEN, Door.SHUT):
            row = TABLE[Trouble(what)]
            assert row in MATTERS
            assert after.failures >= IN_A_ROW[row.whose]
            assert after.until == now + REST
        case (Door.TRIAL, Door.SHUT):
            assert TABLE[Trouble(what)] in MATTERS
            longer = min(timedelta(seconds=2 * before.rest_s), REST_MAX)
            assert (after.until, after.rest_s) == (now + longer, longer.total_seconds())
        case (Door.SHUT, Door.TRIAL):
            assert what == "beat"
            assert before.until <= now
        case (Door.TRIAL, Door.OPEN):
            assert what in ("made", "accepted")
        case (Door.OPEN, Door.TRIAL) | (Door.SHUT, Door.OPEN):
            raise AssertionError(f"{before.door} became {after.door} after {what}")
