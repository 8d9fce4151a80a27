"""Group commit: what shares a batch shares a commit, and nothing else."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from ledger import service
from ledger.domain.commands import Deduct, OpenAccount, Start, TopUp
from ledger.domain.events import Started
from ledger.domain.refusals import (
    DeductionClosed,
    InsufficientCredits,
    KeyReused,
    LedgerRefusal,
    Overloaded,
    TooLate,
)
from ledger.domain.rules import Rules
from ledger.log import EventLog, LogMovedError, LogUnreachableError
from ledger.recent import Recent
from ledger.service import open_ledger
from tests.memory_log import NOON, MemoryEventLog
from tests.story import (
    CANCEL,
    COMPLETE,
    DEDUCT,
    FAIL,
    ME,
    OPEN,
    PERSON,
    REQUEST,
    SETTLE,
    START,
    TOP_UP_2,
)


def open_(number: int) -> OpenAccount:
    return OpenAccount(account_id=f"tg:{number}", terms_version="1")


def grant(account_id: str, grant_id: str, credits_: int = 1) -> TopUp:
    return TopUp(account_id=account_id, grant_id=grant_id, credits=credits_, reason="promo")


class WatchedLog:
    """A log that counts its appends and lets a test step in before each of them."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.sizes: list[int] = []
        self.loads = 0
        self.before = []
        self.now, self.clock = log.now, log.clock

    async def load(self, accounts, keys=(), orders=(), *, settled=False):
        self.loads += 1
        return await self._log.load(accounts, keys, orders, settled=settled)

    async def append(self, changes, versions, not_after=None):
        if self.before:
            await self.before.pop(0)(changes)
        await asyncio.sleep(0)  # as a log does that is far away
        appended = await self._log.append(changes, versions, not_after)
        self.sizes.append(len(changes))
        return appended


@pytest.fixture
def log() -> WatchedLog:
    return WatchedLog(MemoryEventLog())


async def results(ledger, commands):
    asked = [ledger.execute(command, PERSON) for command in commands]
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_commands_that_wait_together_are_committed_together(log):
    async with open_ledger(log, Rules(welcome_credits=0)) as ledger:
        await results(ledger, [open_(number) for number in range(50)])
        await results(ledger, [grant(f"tg:{number}", "g") for number in range(50)])
    assert log.sizes == [50, 50]
    assert log.loads == 1  # the second batch is decided from memory


async def test_of_many_commands_a_second_half_is_under_way_beside_the_first(log):
    async with open_ledger(log, Rules(welcome_credits=0)) as ledger:
        await results(ledger, [open_(number) for number in range(300)])
    assert log.sizes == [150, 150]


async def test_what_waits_for_its_account_keeps_its_order(log):
    """While a batch is under way nothing of its accounts begins, and nobody else waits for it."""
    first_may_end = asyncio.Event()

    async def wait(_):
        await first_may_end.wait()

    async with asyncio.timeout(10), open_ledger(log, Rules(welcome_credits=0)) as ledger:
        await results(ledger, [open_(number) for number in range(100)])
        log.before = [wait]
        slow = asyncio.ensure_future(ledger.execute(grant("tg:1", "slow"), PERSON))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        behind = [asyncio.ensure_future(ledger.execute(grant("tg:1", n), PERSON)) for n in "ab"]
        others = await results(ledger, [grant(f"tg:{n}", "g") for n in range(2, 90)])
        assert len(others) == 88
        assert not any(one.done() for one in (slow, *behind))
        first_may_end.set()
        ends = [(await one).recorded[-1].position for one in (slow, *behind)]
    assert ends == sorted(ends)


async def test_a_refusal_and_a_foreign_key_do_not_fail_their_neighbours(log):
    async with open_ledger(log, Rules()) as ledger:
        await results(ledger, [open_(1), open_(2), grant("tg:1", "g", 5)])
        outcomes = await results(
            ledger,
            [
                grant("tg:1", "g", 5),  # a repeat
                grant("tg:1", "g", 6),  # other content under the same key
                grant("tg:9", "g", 1),  # no such account
                grant("tg:2", "new", 1),
                grant("tg:2", "new", 1),  # twice in one batch
            ],
        )
    repeat, reused, unknown, new, twice = outcomes
    assert repeat.repeat
    assert isinstance(reused, KeyReused)
    assert reused.field == "credits"
    assert isinstance(unknown, LedgerRefusal)
    assert not new.repeat
    assert twice.repeat
    assert twice.recorded == new.recorded


async def test_the_next_command_of_a_batch_sees_what_the_one_before_it_did(log):
    async with open_ledger(log, Rules(welcome_credits=1)) as ledger:
        opened, deducted, started, short = await results(
            ledger,
            [OPEN, DEDUCT, START, Deduct(account_id=ME, jobs=(), price_credits=1)],
        )
    assert [len(one.recorded) for one in (opened, deducted, started)] == [2, 1, 1]
    assert short.repeat or isinstance(short, LedgerRefusal)


async def test_a_refusal_from_memory_is_checked_in_the_log_first(log):
    """Another ledger topped the account up: the person who was told so is not refused here."""
    async with open_ledger(log, Rules(welcome_credits=0)) as ledger:
        await ledger.execute(OPEN, PERSON)
        async with open_ledger(log, Rules()) as other:
            await other.execute(TOP_UP_2, PERSON)
        outcome = await ledger.execute(DEDUCT, PERSON)
    assert outcome.recorded[-1].balance_after == 1


async def test_a_log_that_moved_is_looked_at_and_decided_on_again(log):
    """Between our look and our append the other ledger takes the last credit."""
    async with open_ledger(log, Rules()) as ledger, open_ledger(log, Rules()) as other:
        await ledger.execute(OPEN, PERSON)

        async def take_it_first(_):
            await other.execute(DEDUCT, PERSON)

        log.before = [take_it_first]
        taken, bystander = await results(
            ledger,
            [
                Deduct(
                    account_id=ME,
                    jobs=((UUID(int=99), "a" * 64),),
                    price_credits=1,
                ),
                open_(2),
            ],
        )
    assert isinstance(taken, InsufficientCredits)
    assert len(bystander.recorded) == 2


async def test_an_account_and_its_keys_are_never_of_two_moments(log):
    """Another ledger settles the job between our look and our append."""
    async with open_ledger(log, Rules()) as ledger, open_ledger(log, Rules()) as other:
        await results(ledger, [OPEN, DEDUCT, START])
        log.before = [lambda _: other.execute(SETTLE, PERSON)]
        cancelled, granted = await results(ledger, [CANCEL, TOP_UP_2])
    assert isinstance(cancelled, DeductionClosed)
    assert granted.recorded[-1].balance_after == 2


async def test_a_command_is_not_recorded_after_its_time_even_if_it_was_decided_before(log):
    clock = log._log

    async def dawdle(_):
        clock.pass_time(timedelta(seconds=10))

    async with open_ledger(log, Rules()) as ledger:
        await ledger.execute(OPEN, PERSON)
        log.before = [dawdle]
        late = TopUp(
            account_id=ME,
            not_after=NOON + timedelta(seconds=5),
            grant_id="late",
            credits=1,
            reason="promo",
        )
        late_one, other = await results(ledger, [late, TOP_UP_2])
    assert isinstance(late_one, TooLate)
    assert other.recorded[-1].balance_after == 3


async def test_the_first_time_limit_of_a_batch_is_the_append_s(log):
    clock = log._log

    async def dawdle(_):
        clock.pass_time(timedelta(seconds=10))

    async with open_ledger(log, Rules()) as ledger:
        await ledger.execute(OPEN, PERSON)
        log.before = [dawdle]
        limits_s = {"patient": 60, "hasty": 5, "calm": 30}
        outcomes = await results(
            ledger,
            [
                replace(grant(ME, grant_id), not_after=NOON + timedelta(seconds=limit_s))
                for grant_id, limit_s in limits_s.items()
            ],
        )
    assert [type(one).__name__ for one in outcomes] == ["Outcome", "TooLate", "Outcome"]


async def test_the_next_command_of_a_batch_sees_the_order_that_the_one_before_it_made(log):
    async with open_ledger(log, Rules()) as ledger:
        await ledger.execute(OPEN, PERSON)
        requested, completed = await results(ledger, [REQUEST, COMPLETE])
    assert completed.recorded[-1].position == requested.recorded[-1].position + 1
    assert completed.recorded[-1].balance_after == 1 + REQUEST.credits


async def test_a_log_that_always_moves_is_refused_as_overloaded():
    class Moving(MemoryEventLog):
        async def append(self, _, versions, *__):
            raise LogMovedError(list(versions))

    async with open_ledger(Moving(), Rules()) as ledger:
        with pytest.raises(Overloaded):
            await ledger.execute(OPEN, PERSON)


async def test_a_full_queue_is_refused_at_once(log, monkeypatch):
    monkeypatch.setattr(service, "QUEUE_MAX", 3)
    async with open_ledger(log, Rules()) as ledger:
        outcomes = await results(ledger, [open_(number) for number in range(5)])
    assert [isinstance(one, Overloaded) for one in outcomes] == [False] * 3 + [True] * 2


async def test_a_command_that_the_database_chokes_on_fails_alone(log):
    async def choke(changes):
        log.before = [choke]
        if any(one.event.originator_id == "tg:13" for one in changes):
            raise ValueError("a row that cannot be written")

    async with open_ledger(log, Rules(welcome_credits=0)) as ledger:
        log.before = [choke]
        outcomes = await results(ledger, [open_(number) for number in range(12, 15)])
    assert [type(one).__name__ for one in outcomes] == ["Outcome", "ValueError", "Outcome"]


async def test_a_log_that_stays_silent_is_an_unknown_outcome(monkeypatch):
    monkeypatch.setattr("ledger.writer.UNREACHABLE_DELAYS_S", (0.0,))

    class Silent(MemoryEventLog):
        async def append(self, *_):
            raise LogUnreachableError("silence")

    async with open_ledger(Silent(), Rules()) as ledger:
        with pytest.raises(LogUnreachableError):
            await ledger.execute(OPEN, PERSON)


class LosingAnAnswer:
    """A log whose answer to one append is lost, after others did something else."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.meanwhile = None
        self.now, self.clock, self.load = log.now, log.clock, log.load

    async def append(self, changes, versions, not_after=None):
        appended = await self._log.append(changes, versions, not_after)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
            raise LogUnreachableError("the answer was lost")
        return appended


async def test_what_was_recorded_is_never_refused_however_late_the_ledger_learns_of_it():
    """The start is in the log, its answer is lost, and then another ledger ends the job."""
    log = MemoryEventLog()
    losing = LosingAnAnswer(log)
    async with open_ledger(losing, Rules()) as ledger, open_ledger(log, Rules()) as other:
        await results(ledger, [OPEN, DEDUCT])
        losing.meanwhile = lambda: other.execute(FAIL, PERSON)
        started, bystander = await results(ledger, [START, open_(2)])
    assert [type(one.event) for one in started.recorded] == [Started]
    assert len(bystander.recorded) == 2


async def test_an_asker_who_left_disturbs_nobody(log):
    async with open_ledger(log, Rules()) as ledger:
        left = asyncio.ensure_future(ledger.execute(open_(1), PERSON))
        stays = asyncio.ensure_future(ledger.execute(open_(2), PERSON))
        await asyncio.sleep(0)
        left.cancel()
        assert len((await stays).recorded) == 2
        assert (await ledger.execute(open_(1), PERSON)).repeat


async def test_what_is_queued_at_the_end_is_answered(log):
    async with open_ledger(log, Rules()) as ledger:
        asked = [asyncio.ensure_future(ledger.execute(open_(n), PERSON)) for n in range(3)]
        await asyncio.sleep(0)
    assert all(one.done() for one in asked)
    with pytest.raises(Overloaded):
        await ledger.execute(open_(9), PERSON)


async def test_a_start_repeated_is_answered_with_its_first_result(log):
    async with open_ledger(log, Rules()) as ledger:
        await results(ledger, [OPEN, DEDUCT])
        first = await ledger.execute(START, PERSON)
        again = await ledger.execute(Start(account_id=ME, job_id=START.job_id), PERSON)
    assert again.repeat
    assert again.recorded == first.recorded


def test_what_was_not_used_for_longest_is_forgotten_first():
    recent = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
    assert len(recent) == 2
