"""`ledger republish`: have the leader publish the log again from some position, and wait for it."""

import argparse
import asyncio

from ledger.console import (
    EXIT_OK,
    EXIT_UNREACHABLE,
    ConsoleError,
    Subparsers,
    fail,
    pool_of_settings,
    say,
    whole,
)
from ledger.database import Pool
from ledger.outbox.leading import LEADER_LOCK

POSITION_MAX = 2**63 - 1
LEADER_WAIT_S = 5.0
"""A ledger that was just restarted leads again sooner than this."""
POLL_S = 0.1

HEAD = "SELECT coalesce(max(notification_id), 0) FROM ledger.events"
WISH = """
    UPDATE ledger.cursors SET republish_from = $1, republish_until = NULL
    WHERE name = 'outbox' AND republish_from IS NULL AND position >= $1
    RETURNING pg_notify('ledger_events', '')
"""
WISHED = "SELECT republish_from, republish_until FROM ledger.cursors WHERE name = 'outbox'"
# The lock of one 64-bit number, as pg_locks shows it.
IS_LED = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1 AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def add_commands(commands: Subparsers) -> None:
    republish = commands.add_parser(
        "republish", help="publish the log to NATS again, marked as a refill"
    )
    republish.add_argument(
        "--from",
        dest="position",
        metavar="POSITION",
        required=True,
        type=whole(1, POSITION_MAX),
        help="the first event to publish again",
    )
    republish.set_defaults(action=_republish)


async def _republish(options: argparse.Namespace) -> int:
    start: int = options.position
    async with pool_of_settings() as pool:
        head: int = await pool.fetchval(HEAD)
        if start > head:
            raise ConsoleError(f"the log has no position {start}, its head is {head}")
        if not await _is_led(pool):
            return fail("no ledger is running, nothing is published", EXIT_UNREACHABLE)
        await _wish(pool, start)
        until = await _wait(pool)
    if until is None:
        return fail("the ledger stopped, the next one goes on with it", EXIT_UNREACHABLE)
    say(f"published {until - start + 1} events again, positions {start} to {until}")
    return EXIT_OK


async def _wish(pool: Pool, start: int) -> None:
    if await pool.fetchrow(WISH, start) is not None:
        return
    wished = await pool.fetchrow(WISHED)
    if wished is not None and wished["republish_from"] is not None:
        raise ConsoleError(
            f"the log is being published again from position {wished['republish_from']} already"
        )
    raise ConsoleError(f"position {start} has not been published a first time yet")


async def _wait(pool: Pool) -> int | None:
    """Return up to where it was published, or None when nobody leads any more."""
    while True:
        wished = await pool.fetchrow(WISHED)
        if wished is None or wished["republish_from"] is None:
            return wished["republish_until"] if wished else None
        if not await _is_led(pool):
            return None
        await asyncio.sleep(POLL_S)


async def _is_led(pool: Pool) -> bool:
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + LEADER_WAIT_S
    while not await pool.fetchval(IS_LED, LEADER_LOCK):
        if loop.time() > give_up_at:
            return False
        await asyncio.sleep(POLL_S)
    return True
