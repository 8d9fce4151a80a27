"""Our engine in process, and what a person waits for it under a steady load."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from random import Random

import asyncpg

from bench.life import Life, account_of, lives_at_random, lives_in_turn, opening, origin_of
from bench.meter import WARM_UP_S, Meter
from bench.sides import Figures, Parameters
from ledger.database import open_lines
from ledger.domain.commands import AccountCommand
from ledger.domain.rules import Rules
from ledger.log.postgres import PostgresEventLog
from ledger.service import Ledger, open_ledger

SEED = 7
OPENERS = 256
COUNT = "SELECT count(*) FROM ledger.events"


@asynccontextmanager
async def engine(url: str) -> AsyncGenerator["Engine"]:
    async with (
        open_lines(url, name="bench") as line,
        open_ledger(PostgresEventLog(line), Rules()) as ledger,
    ):
        yield Engine(ledger, url)


class Engine:
    def __init__(self, ledger: Ledger, url: str) -> None:
        self._ledger = ledger
        self._url = url

    async def do(self, command: AccountCommand) -> None:
        await self._ledger.execute(command, origin_of(command.account_id))

    async def open_accounts(self, count: int) -> None:
        lives = ((opening(account_of(number)),) for number in range(count))
        await Meter().run_out([lives] * OPENERS, self.do)

    async def stored(self) -> int:
        connection = await asyncpg.connect(self._url)
        try:
            return await connection.fetchval(COUNT)
        finally:
            await connection.close()

    async def rate(
        self,
        callers: Sequence[Iterator[Life]],
        seconds: float,
        warm_up_s: float = WARM_UP_S,
    ) -> float:
        """Return the commands per second, once the log proved that it holds them all."""
        before = await self.stored()
        meter = Meter()
        rate = await meter.run(callers, self.do, seconds, warm_up_s)
        stored = await self.stored() - before
        assert stored == meter.done, f"{meter.done} commands, but {stored} events"
        return rate


async def throughput(parameters: Parameters) -> Figures:
    """`callers` at once, each with `accounts` of its own."""
    callers, accounts = parameters["callers"], parameters["accounts"]
    async with engine(parameters["url"]) as ours:
        await ours.open_accounts(callers * accounts)
        chance = Random(SEED)
        walks = [
            lives_in_turn([account_of(caller * accounts + nth) for nth in range(accounts)], chance)
            for caller in range(callers)
        ]
        return {parameters["figure"]: await ours.rate(walks, parameters["seconds"])}


async def growth(parameters: Parameters) -> Figures:
    """A log that is filled already: all callers at one account, or at any of `drawn`."""
    chance = Random(time.time_ns())
    async with engine(parameters["url"]) as ours:
        drawn = parameters["drawn"]
        walks = [lives_at_random(drawn, chance) for _ in range(parameters["callers"])]
        rate = await ours.rate(walks, parameters["seconds"], parameters["warm_up_s"])
    return {parameters["figure"]: rate}


async def latency(parameters: Parameters) -> Figures:
    """Open loop: commands come when they come, and each waits from its scheduled instant."""
    per_second = parameters["per_second"]
    async with engine(parameters["url"]) as ours:
        await ours.open_accounts(parameters["accounts"])
        chance = Random(SEED)
        idle = deque(
            chain.from_iterable(lives_in_turn([account_of(number)], chance))
            for number in range(parameters["accounts"])
        )
        waits_s = await _open_loop(ours, idle, per_second, parameters["seconds"])
    waits_s.sort()
    return {
        f"latency_{per_second}_{name}": 1_000 * waits_s[int(len(waits_s) * share)]
        for name, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))
    }


async def _open_loop(
    ours: Engine, idle: "deque[Iterator[AccountCommand]]", per_second: int, seconds: float
) -> list[float]:
    waits_s: list[float] = []

    async def one(walk: Iterator[AccountCommand], due: float) -> None:
        await ours.do(next(walk))
        if due >= counted_from:
            waits_s.append(time.perf_counter() - due)
        idle.append(walk)

    started = time.perf_counter()
    counted_from = started + WARM_UP_S
    async with asyncio.TaskGroup() as tasks:
        for nth in range(int(per_second * (seconds + WARM_UP_S))):
            due = started + nth / per_second
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            tasks.create_task(one(idle.popleft(), due))
    return waits_s
