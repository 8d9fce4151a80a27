"""Lateness is told once: not while there is nothing to promise, and again only if it was lost."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import aiohttp
import pytest
from aiogram.exceptions import TelegramForbiddenError, TelegramNetworkError, TelegramServerError
from aiogram.methods import SendMessage

from bot.delivering import Deliveries
from bot.jobs import ENDED, Stage
from bot.late import LateJobs
from bot.settings import BotSettings
from bot.stores import JobCards
from bot.texts import Texts
from contracts.bus import NoAnswerError
from contracts.messages import Job, Jobs, JobState
from tests.memory_values import MemoryValues

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEND = SendMessage(chat_id=42, text="")
JOB = Job(
    job_id=UUID(int=1 << 108),
    account="tg:42",
    state=JobState.STARTED,
    credits=1,
    balance_after=1,
    ordered_at=NOON,
    deadline_at=NOON + timedelta(minutes=15),
    delivered=False,
    position=5,
)


def refused_connection() -> TelegramNetworkError:
    error = TelegramNetworkError(SEND, "no connection")
    error.__cause__ = aiohttp.ClientConnectorError(SimpleNamespace(), OSError())
    return error


class Wait:
    """A desk at six minutes after the order; the ledger names the jobs, Telegram may refuse."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.troubles: list[Exception] = []
        self.jobs: list[Job] | Exception = [JOB]
        self.asked: list[float] = []
        self.ledger = self
        self.texts = Texts()
        self.settings = BotSettings()
        self.cards = JobCards(MemoryValues())
        self.time = NOON + timedelta(minutes=6)
        self.now = lambda: self.time
        self.late_jobs = LateJobs(self, Deliveries(self, SimpleNamespace()))

    async def late(self, older_s):
        self.asked.append(older_s)
        if isinstance(self.jobs, Exception):
            raise self.jobs
        return Jobs(jobs=tuple(self.jobs))

    async def show(self, _chat_id, screen):
        if self.troubles:
            raise self.troubles.pop(0)
        self.said.append(screen.text)

    async def turns(self, count: int = 1) -> None:
        for _ in range(count):
            await self.late_jobs.tell()

    async def card_at(self, stage: Stage) -> None:
        card = await Deliveries(self, SimpleNamespace()).card(JOB.account, JOB.job_id)
        await self.cards.change(card.job_id, lambda found: found.at(stage))


@pytest.fixture
def wait() -> Wait:
    return Wait()


async def test_it_is_told_once_with_the_minutes_that_are_left(wait):
    await wait.turns(3)
    [said] = wait.said
    assert "через 9 минут, кредит вернётся сам" in said
    assert set(wait.asked) == {300.0}


async def test_another_bot_that_starts_then_tells_it_no_more(wait):
    await wait.turns()
    wait.late_jobs = LateJobs(wait, Deliveries(wait, SimpleNamespace()))
    await wait.turns()
    assert len(wait.said) == 1


@pytest.mark.parametrize("stage", ENDED)
async def test_whoever_was_told_the_end_is_not_told_that_it_takes_longer(wait, stage):
    await wait.card_at(stage)
    await wait.turns()
    assert wait.said == []


@pytest.mark.parametrize("left", [timedelta(), timedelta(seconds=-1)])
async def test_past_the_deadline_nothing_is_promised(wait, left):
    wait.time = JOB.deadline_at - left
    await wait.turns()
    assert wait.said == []


async def test_an_account_outside_telegram_is_nobody_to_tell(wait):
    wait.jobs = [JOB.model_copy(update={"account": "web:1"})]
    await wait.turns()
    assert wait.said == []


async def test_while_the_ledger_is_silent_nobody_is_told_and_then_everybody(wait):
    wait.jobs = NoAnswerError("late")
    await wait.turns()
    assert wait.said == []
    wait.jobs = [JOB]
    await wait.turns()
    assert len(wait.said) == 1


async def test_what_certainly_did_not_arrive_is_told_again_until_it_does(wait):
    wait.troubles = [refused_connection() for _ in range(4)]
    await wait.turns(6)
    assert len(wait.said) == 1


async def test_what_may_have_arrived_is_repeated_once(wait):
    wait.troubles = [TelegramServerError(SEND, "gateway") for _ in range(2)]
    await wait.turns(4)
    assert (wait.said, wait.troubles) == ([], [])


async def test_one_chat_that_is_closed_keeps_nobody_else_from_being_told(wait):
    wait.jobs = [JOB, JOB.model_copy(update={"job_id": UUID(int=2 << 108)})]
    wait.troubles = [TelegramForbiddenError(SEND, "bot was blocked")]
    await wait.turns()
    [said] = wait.said
    assert "№ 000020" in said
