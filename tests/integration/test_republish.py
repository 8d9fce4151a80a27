"""`ledger republish`: an operator has a running ledger publish its log again."""

import asyncio
import os
import subprocess
import sys

import pytest

from ledger.outbox.stream import NatsPublisher
from tests.eventually import eventually
from tests.outbox_world import ends_with, fill, published, publishing

EVENTS = 300


@pytest.fixture
def republish(database):
    def run(*arguments):
        return asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-P", "-m", "ledger", "republish", *arguments],
            env={**os.environ, "DATABASE_URL": database.service},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    return run


async def test_the_log_is_published_again_from_a_position_and_marked(
    pool, event_log, bus, republish
):
    await fill(event_log, EVENTS)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, EVENTS))
        for _ in range(2):
            done = await republish("--from", "20")
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout == "published 281 events again, positions 20 to 300\n"
        await fill(event_log, 1, name="later")
        await eventually(lambda: ends_with(bus, EVENTS + 1))
    first = [(position, False) for position in range(1, EVENTS + 1)]
    again = [(position, True) for position in range(20, EVENTS + 1)]
    assert await published(bus) == [*first, *again, *again, (EVENTS + 1, False)]


async def test_a_wish_outlives_the_leader_that_began_with_it(pool, event_log, bus):
    class DyingPublisher(NatsPublisher):
        async def publish(self, batch, **how):
            if how["refill_until"] and batch[0].position > 20:
                raise ZeroDivisionError
            return await super().publish(batch, **how)

    await fill(event_log, EVENTS)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, EVENTS))
    await pool.execute("UPDATE ledger.cursors SET republish_from = 20 WHERE name = 'outbox'")
    with pytest.raises(ZeroDivisionError):
        async with publishing(pool, DyingPublisher(bus)) as task:
            await task
    assert await ends_with(bus, 275)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: is_done(pool))
    assert (await published(bus))[EVENTS:] == [(n, True) for n in range(20, EVENTS + 1)]


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("--from", "6"), 1, "the log has no position 6, its head is 5"),
        (("--from", "0"), 2, f"'0' is not a whole number from 1 to {2**63 - 1}"),
        (("--from", "all"), 2, f"'all' is not a whole number from 1 to {2**63 - 1}"),
        ((), 2, "the following arguments are required: --from"),
        (("--from", "5"), 69, "no ledger is running, nothing is published"),
    ],
)
async def test_what_cannot_be_published_again_is_refused_in_one_line(
    event_log, republish, arguments, code, line
):
    await fill(event_log, 5)
    refused = await republish(*arguments)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.rstrip().endswith(line)


async def test_one_wish_at_a_time_is_heeded(pool, event_log, bus, republish):
    await fill(event_log, 5)
    async with publishing(pool, NatsPublisher(bus)):
        await eventually(lambda: ends_with(bus, 5))

    released = asyncio.Event()

    class Holding(NatsPublisher):
        async def publish(self, batch, **how):
            await released.wait()
            return await super().publish(batch, **how)

    async with publishing(pool, Holding(bus)):
        await pool.execute("UPDATE ledger.cursors SET republish_from = 2 WHERE name = 'outbox'")
        refused = await republish("--from", "1")
        released.set()
    assert refused.returncode == 1
    assert "published again from position 2 already" in refused.stderr


async def is_done(pool):
    return await pool.fetchval(
        "SELECT republish_from IS NULL FROM ledger.cursors WHERE name = 'outbox'"
    )
