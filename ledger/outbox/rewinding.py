"""How the leader heeds the wish to publish the log again from some position.

The wish stands in the outbox's cursor row, so that it outlives the process that began with it.
"""

import structlog
from msgspec.structs import replace

from ledger.database import PooledConnection
from ledger.outbox.standing import Standing

WISHED = "SELECT republish_from, republish_until FROM ledger.cursors WHERE name = 'outbox'"
BEGUN = """
    UPDATE ledger.cursors SET republish_until = $2
    WHERE name = 'outbox' AND republish_from = $1
"""
DONE = "UPDATE ledger.cursors SET republish_from = NULL WHERE name = 'outbox'"

log = structlog.get_logger()


async def heed(connection: PooledConnection, standing: Standing) -> Standing:
    """Return where to go on from: further back if somebody wishes so.

    Whoever publishes from there calls `note_begun` once the first batch is on the stream. From
    then on the stream itself says where a refill that was cut short must go on.
    """
    wish = await connection.fetchrow(WISHED)
    if wish is None or wish["republish_from"] is None or standing.is_refill:
        return standing
    start, until = wish["republish_from"], wish["republish_until"]
    if until is None:
        log.warning("the log is published again", start=start, until=standing.position)
        return replace(standing, position=start - 1, refill_until=standing.position)
    if standing.position >= until:
        await connection.execute(DONE)
        log.info("the log was published again", start=start, until=until)
    return standing


async def note_begun(connection: PooledConnection, heeded: Standing) -> None:
    await connection.execute(BEGUN, heeded.position + 1, heeded.refill_until)
