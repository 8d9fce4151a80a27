"""The checker of histories: what it accepts, and what it must not."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.messages import Deduct, Done, OpenAccount, Refusal, RefusalCode, TopUp
from tests.linearise import Call, NotLinearisableError, linearise
from tests.sequential_ledger import SequentialLedger, State

ME = "tg:1"


def add(amount, asked, answered=float("inf"), total=None):
    return Call(amount, asked, answered, total)


def counted(state, call):
    """A counter that answers each addition with its sum."""
    after = state + call.command
    return after if call.answer in (None, after) else None


HISTORIES = {
    "one after the other": [add(1, 0, 1, 1), add(2, 2, 3, 3)],
    "at the same time, the later one first": [add(1, 0, 3, 3), add(2, 1, 2, 2)],
    "an unknown one that happened": [add(5, 0), add(1, 1, 2, 6)],
    "an unknown one that happened late": [add(5, 0), add(1, 1, 2, 1), add(1, 3, 4, 7)],
    "an unknown one that never happened": [add(5, 0), add(1, 1, 2, 1)],
    "nothing": [],
}
LIES = {
    "the second does not know the first": [add(1, 0, 1, 1), add(2, 2, 3, 2)],
    "both were first": [add(1, 0, 2, 1), add(1, 1, 3, 1)],
    "the future was known": [add(1, 0, 1, 3), add(2, 2, 3, 2)],
    "an unknown one that happened twice": [add(5, 0), add(1, 1, 2, 6), add(1, 3, 4, 12)],
    "an unknown one before it was asked": [add(1, 0, 1, 6), add(5, 2)],
    "an unknown one that was undone": [add(5, 0), add(1, 1, 2, 6), add(1, 3, 4, 2)],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_with_a_sequential_story_is_explained(name):
    story = linearise(HISTORIES[name], 0, counted)
    total = 0
    for call in story:
        total += call.command
        assert call.answer in (None, total)


@pytest.mark.parametrize("name", LIES)
def test_a_history_without_one_is_not(name):
    with pytest.raises(NotLinearisableError):
        linearise(LIES[name], 0, counted)


def test_many_calls_that_change_nothing_cost_no_search():
    calls = [add(0, 0, 100, 0) for _ in range(200)] + [add(1, 0, 100, 1)]
    assert len(linearise(calls, 0, counted)) == 201


def test_the_attempt_that_came_farthest_is_told():
    with pytest.raises(NotLinearisableError) as told:
        linearise(LIES["the second does not know the first"], 0, counted)
    assert "1 -> 1" in str(told.value).partition("nothing fits")[0]
    assert "2 -> 2" in str(told.value).partition("nothing fits")[2]


# The sequential ledger tells time and repeats apart.

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON = MOMENT.timestamp()
OPENED = Done(account=ME, balance=1, position=2, bonus_credits=1)
SHORT = Refusal(code=RefusalCode.INSUFFICIENT_CREDITS, balance=1, needed=2)
LATE = Refusal(code=RefusalCode.TOO_LATE)


def opening(asked, answered, answer):
    command = OpenAccount(account=ME, correlation_id="c", terms_version="1")
    return Call(command, asked, answered, answer)


def granting(asked, answered, answer, not_after=None):
    command = TopUp(
        account=ME, correlation_id="c", not_after=not_after, grant_id="g", credits=1, reason="promo"
    )
    return Call(command, asked, answered, answer)


def ordering_two(asked, answered, answer):
    command = Deduct(
        account=ME,
        correlation_id="c",
        draft_id=UUID(int=1),
        revision=0,
        price_credits=1,
        order_digests=("a" * 64, "a" * 64),
    )
    return Call(command, asked, answered, answer)


def granted(balance=2, *, repeat=False):
    return Done(account=ME, balance=balance, position=3, repeat=repeat)


TRUE = {
    "a refusal from the middle of a concurrent grant": [
        opening(0, 1, OPENED),
        granting(2, 9, granted()),
        ordering_two(3, 4, SHORT),
    ],
    "too late while the time ran out": [
        opening(0, 1, OPENED),
        granting(NOON - 1, NOON + 1, LATE, MOMENT),
    ],
    "a repeat after the time ran out": [
        opening(0, 1, OPENED),
        granting(2, 3, granted(), MOMENT),
        granting(NOON + 1, NOON + 2, granted(repeat=True), MOMENT),
    ],
}
FALSE = {
    "a refusal from stale memory": [
        opening(0, 1, OPENED),
        granting(2, 3, granted()),
        ordering_two(4, 5, SHORT),
    ],
    "a grant given twice": [
        opening(0, 1, OPENED),
        granting(2, 3, granted()),
        granting(4, 5, granted(3)),
    ],
    "a grant that was lost": [
        opening(0, 1, OPENED),
        granting(2, 3, granted()),
        granting(4, 5, granted()),
    ],
    "too late before the time ran out": [
        opening(0, 1, OPENED),
        granting(NOON - 2, NOON - 1, LATE, MOMENT),
    ],
    "new after the time ran out": [
        opening(0, 1, OPENED),
        granting(NOON + 1, NOON + 2, granted(), MOMENT),
    ],
    "a repeat of what never was": [opening(0, 1, OPENED), granting(2, 3, granted(repeat=True))],
}


@pytest.mark.parametrize("name", TRUE)
def test_the_sequential_ledger_tells_this_story(name):
    assert linearise(TRUE[name], State(), SequentialLedger().step)


@pytest.mark.parametrize("name", FALSE)
def test_the_sequential_ledger_does_not_tell_that_story(name):
    with pytest.raises(NotLinearisableError):
        linearise(FALSE[name], State(), SequentialLedger().step)
