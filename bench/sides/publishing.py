"""The outbox: from the log to the acknowledged stream."""

import asyncio
import time
from itertools import islice
from random import Random

from bench.life import account_of, lives_in_turn
from bench.meter import Meter
from bench.sides import Figures, Parameters
from bench.sides.engine import engine
from bench.sides.service import bus_settings
from contracts.bus import declare, open_bus
from contracts.bus.streams import tail_of
from contracts.topology import LEDGER, Service
from ledger.database import Bell, open_pool
from ledger.outbox.leading import Outbox
from ledger.outbox.stream import NatsPublisher

SEED = 7
ACCOUNTS = 256
LIFE_EVENTS = 4
POLL_S = 0.01
COUNT = "SELECT count(*) FROM ledger.events"


async def outbox(parameters: Parameters) -> Figures:
    """Publish a log that is there already; time from its first event to its last."""
    await _record(parameters["url"], parameters["events"])
    async with (
        open_pool(parameters["url"], name="bench") as pool,
        open_bus(bus_settings(parameters), Service.LEDGER) as bus,
    ):
        await declare(bus)
        events: int = await pool.fetchval(COUNT)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            running = Outbox(pool, NatsPublisher(bus), Bell())
            tasks.create_task(running.run(stop))
            while not (before := (await tail_of(bus, LEDGER)).sequence):
                await asyncio.sleep(POLL_S)
            started = time.perf_counter()
            while (published := (await tail_of(bus, LEDGER)).sequence) < events:
                await asyncio.sleep(POLL_S)
            passed = time.perf_counter() - started
            stop.set()
    return {"outbox": (published - before) / passed}


async def _record(url: str, events: int) -> None:
    async with engine(url) as ours:
        await ours.open_accounts(ACCOUNTS)
        chance = Random(SEED)
        each = [lives_in_turn([account_of(number)], chance) for number in range(ACCOUNTS)]
        count = events // ACCOUNTS // LIFE_EVENTS
        await Meter().run_out([islice(lives, count) for lives in each], ours.do)
