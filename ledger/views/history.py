"""Every event of an account as a line that a person can read."""

from collections.abc import Sequence

from ledger.codec import kind_of
from ledger.database import PooledConnection
from ledger.domain.events import AccountEvent, Delivered, Refunded, ToppedUp
from ledger.log import Recorded
from ledger.log.postgres import job_of
from ledger.views.balances import change_of

INSERT = """
    INSERT INTO ledger.history
        (position, account, recorded_at, kind, credits, balance_after, job_id, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class History:
    name = "history"

    async def apply(self, connection: PooledConnection, events: Sequence[Recorded]) -> None:
        await connection.executemany(
            INSERT,
            [
                (
                    one.position,
                    one.event.originator_id,
                    one.recorded_at,
                    kind_of(one.event),
                    change_of(one.event)[0],
                    one.balance_after,
                    job_of(one.event),
                    _reason_of(one.event),
                )
                for one in events
            ],
        )


def _reason_of(event: AccountEvent) -> str | None:
    if isinstance(event, ToppedUp | Refunded):
        return event.reason
    return event.outcome if isinstance(event, Delivered) else None
