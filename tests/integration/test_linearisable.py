"""Two ledgers, many clients, every fault: what the clients are told has one sequential story."""

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

import pytest
import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings

from contracts.bus import NoAnswerError, ask, declare
from contracts.messages import GetTerms, Terms
from contracts.topology import TERMS, Service
from infra.sandbox.faults import Faults
from tests.depth import examples, seed_of
from tests.eventually import eventually
from tests.integration.conftest import running_ledger
from tests.integration.crashing_ledger import DEATHS
from tests.integration.faulty_log import FAULTS, FaultyLog, FaultyPublisher, Trouble
from tests.integration.log_checks import check_answers, check_books
from tests.integration.wrong_logs import WRONG_LOGS
from tests.properties.service_machine import Machine, plans

HUNTS_MAX = 10
CALLERS = (Service.BOT, Service.OPERATOR, Service.VIDEOGEN)


@pytest.fixture(autouse=True)
def small_world(ledger_environment, monkeypatch):
    monkeypatch.setenv("LEDGER_OPEN_JOBS_MAX", "3")
    monkeypatch.setattr("ledger.writer.UNREACHABLE_DELAYS_S", (0.001, 0.002, 0.005))
    # Hundreds of faults would be told with a drawn stack each, which takes longer than the faults.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def hunt(request):
    """Return a coroutine function that plays drawn plans in a thread beside the servers."""

    async def play_many(machine, strategy, count):
        loop = asyncio.get_running_loop()
        number = seed_of(request.config)
        print(f"seed: --hypothesis-seed={number}")  # noqa: T201 - pytest shows it with a failure

        @seed(number)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # time would go another way in a smaller plan
            suppress_health_check=list(HealthCheck),
        )
        @given(plan=strategy)
        def every_history_has_a_sequential_story(plan):
            asyncio.run_coroutine_threadsafe(machine.play(plan), loop).result()

        await asyncio.to_thread(every_history_has_a_sequential_story)

    return play_many


@asynccontextmanager
async def machine_on(connect, pool, trouble, **more):
    buses = {service: await connect(service) for service in CALLERS}
    await declare(buses[Service.VIDEOGEN])
    await eventually(lambda: answers(buses[Service.BOT]), within_s=15)
    yield Machine(buses, trouble.arm, partial(check_answers, pool), **more)


async def answers(bus):
    with suppress(NoAnswerError):
        return await ask(bus, TERMS, GetTerms(), Terms, 0.2)


@asynccontextmanager
async def two_ledgers(wrap_log, wrap_publisher):
    async with AsyncExitStack() as stack:
        for _ in range(2):
            ledger = running_ledger(wrap_log=wrap_log, wrap_publisher=wrap_publisher)
            await stack.enter_async_context(ledger)
        yield


async def test_every_history_of_two_ledgers_is_linearisable(hunt, connect, pool):
    trouble = Trouble()
    wrap_log, wrap_publisher = (
        partial(one, trouble=trouble) for one in (FaultyLog, FaultyPublisher)
    )
    async with (
        two_ledgers(wrap_log, wrap_publisher),
        machine_on(connect, pool, trouble) as machine,
    ):
        await hunt(machine, plans(FAULTS), examples(15))
        await check_books(pool)


@pytest.mark.parametrize("wrong", WRONG_LOGS, ids=lambda wrong: wrong.__name__)
async def test_the_hunt_finds_a_ledger_that_is_wrong(hunt, connect, pool, wrong):
    trouble = Trouble()
    async with (
        two_ledgers(wrong, lambda publisher: publisher),
        machine_on(connect, pool, trouble) as machine,
    ):
        with pytest.raises(AssertionError):
            await hunt(machine, plans(), 200)


async def test_every_history_is_linearisable_though_the_ledgers_are_killed(
    hunt, connect, pool, ledger_environment, tmp_path
):
    faults = Faults(tmp_path / "faults")
    environment = {
        **os.environ,
        **ledger_environment,
        "LEDGER_OPEN_JOBS_MAX": "3",
        "SANDBOX_FAULTS_DIR": str(tmp_path / "faults"),
    }
    async with Mortals(environment) as mortals, machine_on(connect, pool, faults) as machine:
        # The deaths are drawn too, and a few plans may happen to hold none.
        for _ in range(HUNTS_MAX):
            await hunt(machine, plans(DEATHS, quiet=60), examples(2))
            if mortals.deaths > 0:
                break
        assert mortals.deaths > 0, "nobody died"
        await check_books(pool)


class Mortals:
    """Two ledgers as processes; one that dies is started again."""

    def __init__(self, environment):
        self._environment = environment
        self._stop = asyncio.Event()
        self.deaths = 0

    async def __aenter__(self):
        self._lives = [asyncio.ensure_future(self._live()) for _ in range(2)]
        return self

    async def __aexit__(self, *_):
        self._stop.set()
        await asyncio.gather(*self._lives)

    async def _live(self):
        stopping = asyncio.ensure_future(self._stop.wait())
        while not self._stop.is_set():
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "tests.integration.crashing_ledger"),
                env=self._environment,
                stderr=asyncio.subprocess.DEVNULL,
            )
            dying = asyncio.ensure_future(process.wait())
            await asyncio.wait({stopping, dying}, return_when=asyncio.FIRST_COMPLETED)
            if not dying.done():
                process.kill()
            elif self._stop.is_set():
                return
            else:
                assert dying.result() == -signal.SIGKILL, "it ended by itself"
                self.deaths += 1
            await dying
