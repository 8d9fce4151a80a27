"""The token bucket: never too many in any window, and nobody waits longer than needed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kie_world import FakeTime
from videogen.kie.bucket import TokenBucket


@given(
    count=st.integers(2, 30),
    gaps_s=st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=80),
)
async def test_no_window_holds_more_than_the_limit(count, gaps_s):
    time, taken_s = FakeTime(), []
    bucket = TokenBucket(count=count, per_s=10, clock=time.clock, sleep=time.sleep)
    for gap_s in gaps_s:
        time.now_s += gap_s
        await bucket.take()
        taken_s.append(time.now_s)
    for start_s in taken_s:
        assert sum(start_s <= at_s < start_s + 10 - 1e-6 for at_s in taken_s) <= count


async def test_a_steady_stream_gets_half_the_limit_at_once_and_the_rest_evenly():
    time = FakeTime()
    bucket = TokenBucket(count=18, per_s=10, clock=time.clock, sleep=time.sleep)
    started_s = time.now_s
    for _ in range(9):
        await bucket.take()
    assert time.now_s == started_s
    for _ in range(9):
        await bucket.take()
    assert time.now_s - started_s == pytest.approx(10)


async def test_those_who_wait_at_the_same_time_wait_one_after_another():
    waits_s = []

    async def sleep(seconds):
        waits_s.append(seconds)

    bucket = TokenBucket(count=2, per_s=1, clock=lambda: 0.0, sleep=sleep)
    await asyncio.gather(*(bucket.take() for _ in range(4)))
    assert waits_s == [1, 2, 3]
