"""The balance of each account, and how many of its credits are in open deductions."""

from collections.abc import Sequence
from typing import assert_never

from ledger.database import PooledConnection
from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.log import Recorded

# The view sums for itself instead of copying `balance_after`: it is the second opinion.
ADD = """
    INSERT INTO ledger.balances AS b (account, balance, open_credits, updated_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (account) DO UPDATE
        SET balance = b.balance + excluded.balance,
            open_credits = b.open_credits + excluded.open_credits,
            updated_at = excluded.updated_at
"""
ADD_TO_EXISTING = """
    UPDATE ledger.balances
    SET balance = balance + $2, open_credits = open_credits + $3, updated_at = $4
    WHERE account = $1
"""


class Balances:
    name = "balances"

    async def apply(self, connection: PooledConnection, events: Sequence[Recorded]) -> None:
        for one in events:
            balance, open_credits = change_of(one.event)
            statement = ADD if isinstance(one.event, AccountOpened) else ADD_TO_EXISTING
            await connection.execute(
                statement, one.event.originator_id, balance, open_credits, one.recorded_at
            )


def change_of(event: AccountEvent) -> tuple[int, int]:
    """Return by how many credits the event changes the balance and the open deductions."""
    match event:
        case ToppedUp():
            return event.credits, 0
        case Deducted():
            return -event.credits, event.credits
        case Settled():
            return 0, -event.credits
        case Refunded():
            return event.credits, -event.credits
        case AccountOpened() | Started() | Delivered():
            return 0, 0
        case _:
            assert_never(event)
