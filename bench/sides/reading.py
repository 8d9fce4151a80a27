"""Reading a whole log: the audit, a bare read of the same rows, and the projections catching up."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import asyncpg

from bench.sides import Figures, Parameters
from infra.local.composition import module
from infra.local.environment import environment
from ledger.audit.verifying import verify
from ledger.codec import decode
from ledger.database import open_pool
from ledger.views import PROJECTIONS, Projection
from ledger.views.following import catch_up

ROWS = "SELECT * FROM ledger.events ORDER BY notification_id"
PREFETCH = 5_000
COUNT = "SELECT count(*) FROM ledger.events"
# Runs a command from an interpreter that is smaller than whatever it measures.
PEAK = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
KIB_OF_MAXRSS = 1 if sys.platform != "darwin" else 1 / 1024


async def audit(parameters: Parameters) -> Figures:
    """Everything that `ledger audit verify` checks, in events per second."""
    started = time.perf_counter()
    report = await verify(parameters["url"], None, lambda *_: None)
    passed = time.perf_counter() - started
    assert report.is_clean, report.counts
    return {"verify": report.events / passed}


async def bare(parameters: Parameters) -> Figures:
    """A server-side cursor over the whole rows, and each event decoded."""
    connection = await asyncpg.connect(parameters["url"])
    count = 0
    started = time.perf_counter()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(ROWS, prefetch=PREFETCH):
            decode(row["topic"], row["state"])
            count += 1
    passed = time.perf_counter() - started
    await connection.close()
    return {"read": count / passed}


async def memory(parameters: Parameters) -> Figures:
    """The peak resident memory of the operator's command, in MiB."""
    command = module("ledger", "audit", "verify", "--json")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-S", "-c", PEAK, *command],
        env=environment("migrate", os.environ, {"DATABASE_URL": parameters["url"]}),
        capture_output=True,
        text=True,
        check=True,
    )
    kib = float(done.stdout.splitlines()[-1]) * KIB_OF_MAXRSS
    return {parameters["figure"]: kib / 1024}


async def balances(parameters: Parameters) -> Figures:
    chosen = [one for one in PROJECTIONS if one.name == "balances"]
    return {"balances": await _caught_up(parameters["url"], chosen)}


async def all_projections(parameters: Parameters) -> Figures:
    return {"projections": await _caught_up(parameters["url"], PROJECTIONS)}


async def _caught_up(url: str, projections: Sequence[Projection]) -> float:
    """Follow from position 0 to the head, all at once as the service does; events per second."""
    async with open_pool(url, name="bench") as pool:
        events: int = await pool.fetchval(COUNT)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            caught = [tasks.create_task(_follow(pool, one)) for one in projections]
        passed = time.perf_counter() - started
    assert all(task.result() == events for task in caught), f"not all {events} events"
    return events / passed


async def _follow(pool: asyncpg.Pool, projection: Projection) -> int:
    applied = 0
    while batch := await catch_up(pool, projection):
        applied += batch
    return applied
