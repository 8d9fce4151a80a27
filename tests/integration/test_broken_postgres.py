"""PostgreSQL killed, frozen or out of disk under load: honest answers, and nothing lost or doubled.

The ledger is the real service and is never restarted: it recovers by itself.
"""

import asyncio
import itertools
from collections import Counter
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from contracts import topology
from contracts.bus import NoAnswerError, ask, open_bus
from contracts.messages import Done, OpenAccount, Refusal, RefusalCode, TopUp
from contracts.topology import Service
from tests.breakable_postgres import BreakablePostgres, fill, small_disk
from tests.depth import DEPTH
from tests.eventually import eventually
from tests.integration.conftest import running_ledger
from tests.integration.log_checks import check_books
from tests.quiet_logs import quiet_logs

CALLERS = 8
ASK_S = 1.0
LONG_ASK_S = 8.0
RECOVERY_S = 60.0
DISK_MB = 256
KILLS_MAX = 5
DEEP_FREEZE_S = 30.0
FREEZE_S = 5.0
SHORT_WAIT_S = 0.25
SHORT_CONNECT_S = 5.0
"""A busy machine takes a while to connect at the start."""
"""So that the ledger gives up, and says so, while PostgreSQL is still frozen."""

DONE, NO, UNKNOWN = "done", "refused", "unknown"


class Caller:
    """Asks for one grant after the other; of what is unknown it asks every other one again.

    Every other caller waits until the ledger itself says that it does not know.
    """

    def __init__(self, number, buses):
        self.account = f"tg:{number}"
        self.bot, self.operator = buses
        self.wait_s = LONG_ASK_S if number % 2 else ASK_S
        self.heard: dict[str, str] = {}
        self.lately: Counter[str] = Counter()
        self._numbers = itertools.count()

    async def open(self):
        message = OpenAccount(account=self.account, correlation_id="c", terms_version="1")
        with suppress(NoAnswerError):
            return await ask(self.bot, topology.OPEN_ACCOUNT, message, Done, ASK_S)

    async def call(self, stop):
        while not stop.is_set():
            number = next(self._numbers)
            grant_id = f"g{number}"
            heard = await self._ask(grant_id)
            while heard == UNKNOWN and number % 2 and not stop.is_set():
                heard = await self._ask(grant_id)
            self.heard[grant_id] = heard

    async def _ask(self, grant_id):
        message = TopUp(
            account=self.account, correlation_id="c", grant_id=grant_id, credits=1, reason="promo"
        )
        try:
            answer = await ask(self.operator, topology.TOP_UP, message, Done, self.wait_s)
        except NoAnswerError:
            heard = UNKNOWN
        else:
            heard = DONE if isinstance(answer, Done) else NO
            assert heard == DONE or answer == Refusal(code=RefusalCode.OVERLOADED)
        self.lately[heard] += 1
        return heard


class Load:
    def __init__(self, callers):
        self.callers = callers

    async def hear(self, what):
        """Wait until every caller hears it (again)."""
        for caller in self.callers:
            caller.lately.clear()
        each = [lambda caller=one: caller.lately[what] > 0 for one in self.callers]
        for heard in each:
            await eventually(heard, within_s=RECOVERY_S)


@asynccontextmanager
async def load(nats_server):
    """Callers that ask without a pause, until the end of the block."""
    stop = asyncio.Event()
    services = (Service.BOT, Service.OPERATOR)
    async with (
        open_bus(nats_server.settings(services[0]), services[0]) as bot,
        open_bus(nats_server.settings(services[1]), services[1]) as operator,
    ):
        callers = [Caller(number, (bot, operator)) for number in range(1, CALLERS + 1)]
        for caller in callers:
            await eventually(caller.open, within_s=15)
        async with asyncio.TaskGroup() as calling:
            for caller in callers:
                calling.create_task(caller.call(stop))
            try:
                yield Load(callers)
            finally:
                stop.set()


async def check(urls, callers):
    """Who was told yes is in the log once, who was told no is not, unknown is there at most once.

    Keys are unique there, so nothing is there twice; the books say that no credit is either.
    """
    async with asyncpg.create_pool(urls.service, min_size=1, max_size=2) as pool:
        rows = await pool.fetch(
            "SELECT key, count(*) AS times FROM ledger.events WHERE kind = 'topped_up' GROUP BY key"
        )
        times = {row["key"]: row["times"] for row in rows}
        possible = {DONE: {1}, NO: {0}, UNKNOWN: {0, 1}}
        wrong = {
            key: (heard, found)
            for caller in callers
            for grant_id, heard in caller.heard.items()
            if (found := times.get(key := f"grant:{caller.account}:{grant_id}", 0))
            not in possible[heard]
        }
        assert wrong == {}
        heard = Counter(one for caller in callers for one in caller.heard.values())
        assert heard[DONE] > CALLERS, heard
        await check_books(pool)


@pytest.fixture
def postgres(tmp_path, point_ledger):
    postgres = BreakablePostgres(tmp_path)
    with postgres.running(), quiet_logs():
        point_ledger(postgres)
        yield postgres


@pytest.fixture
def point_ledger(nats_server, monkeypatch):
    def point_to(postgres):
        monkeypatch.setenv("DATABASE_URL", postgres.urls.service)
        monkeypatch.setenv("NATS_URL", nats_server.url)
        monkeypatch.setenv("NATS_SEED_FILE", str(nats_server.seeds[Service.LEDGER]))

    return point_to


async def test_killed_postgres_loses_and_doubles_nothing(postgres, nats_server):
    async with running_ledger():
        async with load(nats_server) as calling:
            for _ in range(min(DEPTH, KILLS_MAX)):
                await calling.hear(DONE)
                await asyncio.to_thread(postgres.kill)
                await calling.hear(UNKNOWN)
                await asyncio.to_thread(postgres.start)
                await calling.hear(DONE)
        await check(postgres.urls, calling.callers)


async def test_frozen_postgres_loses_and_doubles_nothing(postgres, nats_server, monkeypatch):
    freeze_s = FREEZE_S
    if DEPTH > 1:
        freeze_s = DEEP_FREEZE_S
    else:
        monkeypatch.setattr("ledger.database.STATEMENT_WAIT_S", SHORT_WAIT_S)
        monkeypatch.setattr("ledger.database.CONNECT_WAIT_S", SHORT_CONNECT_S)
    async with running_ledger():
        async with load(nats_server) as calling:
            await calling.hear(DONE)
            postgres.freeze()
            try:
                await asyncio.sleep(freeze_s)  # this long and no shorter is what is tested
                await calling.hear(UNKNOWN)
            finally:
                postgres.thaw()
            await calling.hear(DONE)
        await check(postgres.urls, calling.callers)


@pytest.fixture
def disk(tmp_path):
    try:
        with small_disk(tmp_path / "disk", DISK_MB) as disk:
            yield disk
    except OSError as error:
        reason = " ".join(str(error).split())
        pytest.skip(f"OUT OF DISK IS NOT TESTED HERE, a small disk cannot be mounted: {reason}")


async def test_postgres_out_of_disk_loses_and_doubles_nothing(disk, nats_server, point_ledger):
    postgres = BreakablePostgres(disk)
    with postgres.running(), quiet_logs():
        point_ledger(postgres)
        async with running_ledger():
            async with load(nats_server) as calling:
                await calling.hear(DONE)
                ballast = await asyncio.to_thread(fill, disk)
                await calling.hear(UNKNOWN)
                ballast.unlink()
                if postgres.is_dead():  # no room for its write-ahead log is a panic
                    postgres.bury()
                    await asyncio.to_thread(postgres.start)
                await calling.hear(DONE)
            await check(postgres.urls, calling.callers)
