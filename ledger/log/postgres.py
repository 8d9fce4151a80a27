"""The event log in PostgreSQL through asyncpg: optimistic concurrency and unique keys."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ledger.codec import decode, encode, kind_of
from ledger.database import UNREACHABLE, Pool, Row
from ledger.domain.account import Account, Deduction, evolve
from ledger.domain.events import (
    AccountEvent,
    Deducted,
    Delivered,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.domain.keys import key_of
from ledger.log import Loaded, LogMovedError, LogUnreachableError, Origin, Recorded

# One statement is one snapshot: account and keys can never disagree about a commit between them.
LOAD = """
    SELECT clock_timestamp() AS now, a.version, a.balance, a.open_deductions, e.*
    FROM (SELECT) AS always
    LEFT JOIN ledger.accounts AS a ON a.originator_id = $1
    LEFT JOIN ledger.events AS e ON e.key = ANY ($2::text[])
    ORDER BY e.notification_id
"""

APPEND = """
    SELECT * FROM ledger.append_events(
        $1, $2, $3, $4, $5::jsonb[], $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""

OpenDeductions = dict[UUID, Deduction]


class PostgresEventLog:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def now(self) -> datetime:
        try:
            return await self._pool.fetchval("SELECT clock_timestamp()")
        except UNREACHABLE as error:
            raise LogUnreachableError(repr(error)) from error

    async def load(self, account_id: str, keys: Sequence[str]) -> Loaded:
        try:
            rows = await self._pool.fetch(LOAD, account_id, list(keys))
        except UNREACHABLE as error:
            raise LogUnreachableError(repr(error)) from error
        recorded = [recorded_of(row) for row in rows if row["notification_id"] is not None]
        return Loaded(
            account=_account_of(account_id, rows[0]),
            events={key_of(one.event): one for one in recorded},
            now=rows[0]["now"],
        )

    async def append(
        self, account: Account, events: Sequence[AccountEvent], origin: Origin
    ) -> Sequence[Recorded]:
        states = list(_states_after(account, events))
        try:
            rows = await self._pool.fetch(APPEND, *_arguments(account, events, states, origin))
        except asyncpg.UniqueViolationError as error:
            # The function has looked under its lock; the constraints look once more.
            raise LogMovedError(error.constraint_name) from error
        except UNREACHABLE as error:
            raise LogUnreachableError(repr(error)) from error
        if rows[0]["outcome"] == "moved":
            raise LogMovedError(account.account_id)
        return [
            Recorded(
                position=row["appended_position"],
                event=event,
                recorded_at=row["appended_at"],
                actor=origin.actor,
                correlation_id=origin.correlation_id,
                balance_after=state.balance,
            )
            for row, event, state in zip(rows, events, states, strict=True)
        ]


def recorded_of(row: Row) -> Recorded:
    """Read one row of `ledger.events`."""
    return Recorded(
        position=row["notification_id"],
        event=decode(row["topic"], row["state"]),
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        correlation_id=row["correlation_id"],
        balance_after=row["balance_after"],
    )


def _account_of(account_id: str, row: Row) -> Account:
    if row["version"] is None:
        return Account(account_id=account_id)
    return Account(
        account_id=account_id,
        version=row["version"],
        balance=row["balance"],
        open=msgspec.json.decode(row["open_deductions"], type=OpenDeductions),
    )


def _states_after(account: Account, events: Iterable[AccountEvent]) -> Iterable[Account]:
    for event in events:
        account = evolve(account, event)
        yield account


def _arguments(
    account: Account,
    events: Sequence[AccountEvent],
    states: Sequence[Account],
    origin: Origin,
) -> Iterable[list[Any]]:
    last = states[-1]
    stored = [encode(event) for event in events]
    yield [account.account_id]
    yield [account.version]
    yield [last.version]
    yield [last.balance]
    yield [msgspec.json.encode(last.open).decode()]
    yield [event.originator_id for event in events]
    yield [event.originator_version for event in events]
    yield [one.topic for one in stored]
    yield [one.state for one in stored]
    yield [kind_of(event) for event in events]
    yield [amount_of(event) for event in events]
    yield [key_of(event) for event in events]
    yield [job_of(event) for event in events]
    yield [job_of(event) if isinstance(event, Settled | Refunded) else None for event in events]
    yield [origin.actor] * len(events)
    yield [origin.correlation_id] * len(events)
    yield [state.balance for state in states]


def amount_of(event: AccountEvent) -> int:
    """Return the credits that the event is about; its kind says which way they went."""
    return event.credits if isinstance(event, ToppedUp | Deducted | Settled | Refunded) else 0


def job_of(event: AccountEvent) -> UUID | None:
    about_a_job = isinstance(event, Deducted | Started | Settled | Refunded | Delivered)
    return event.job_id if about_a_job else None
