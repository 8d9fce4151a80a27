"""The event log in PostgreSQL through asyncpg: one function call per append, one query per look."""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ledger.codec import decode, encode
from ledger.database import UNREACHABLE, Lines, Pool, Row
from ledger.domain.account import Account, Deduction, Order
from ledger.domain.columns import columns_of
from ledger.log import (
    Change,
    Loaded,
    LogDivergedError,
    LogMovedError,
    LogUnreachableError,
    Recorded,
)

CLOCK_AGE_S_MAX = 1.0
"""An older answer tells too little about PostgreSQL's clock now."""

# One statement is one snapshot: accounts and keys can never disagree about a commit between them.
LOAD = """
    SELECT clock_timestamp() AS now, a.account_id, a.version, a.balance, a.debt,
           a.open_deductions, a.open_orders, e.*
    FROM (SELECT) AS always
    LEFT JOIN (
        (SELECT originator_id AS account_id, version, balance, debt, open_deductions, open_orders
         FROM ledger.accounts WHERE originator_id = ANY ($1::text[])) AS a
        FULL JOIN
        (SELECT * FROM ledger.events
         WHERE key = ANY ($2::text[]) OR order_id = ANY ($3::uuid[])) AS e
        ON false
    ) ON true
    ORDER BY e.notification_id
"""
ACCOUNTS_MOVED = "LG001"
WAIT_FOR_APPENDS = "SELECT ledger.wait_for_appends()"
APPEND = "SELECT * FROM ledger.append_events($1, $2, $3, $4, $5)"

_read_deductions = msgspec.json.Decoder(dict[UUID, Deduction]).decode
_read_orders = msgspec.json.Decoder(dict[UUID, Order]).decode
_write = msgspec.json.Encoder().encode


class PostgresEventLog:
    def __init__(self, database: Lines | Pool) -> None:
        self._database = database
        self._heard: tuple[datetime, float] | None = None
        self._seen_position = 0
        self._seen_hash = b""

    def clock(self) -> datetime | None:
        if self._heard is None:
            return None
        moment, heard_at = self._heard
        age_s = time.monotonic() - heard_at
        return moment + timedelta(seconds=age_s) if age_s <= CLOCK_AGE_S_MAX else None

    async def now(self) -> datetime:
        try:
            [row] = await self._database.fetch("SELECT clock_timestamp() AS now")
        except UNREACHABLE as error:
            raise LogUnreachableError(repr(error)) from error
        return self._hear(row["now"])

    async def load(
        self,
        accounts: Collection[str],
        keys: Collection[str] = (),
        orders: Collection[UUID] = (),
        *,
        settled: bool = False,
    ) -> Loaded:
        try:
            if settled:
                # Once the lock was ours, what was under way is there, or never will be.
                await self._database.fetch(WAIT_FOR_APPENDS)
            rows = await self._database.fetch(LOAD, list(accounts), list(keys), list(orders))
        except UNREACHABLE as error:
            raise LogUnreachableError(repr(error)) from error
        return _loaded_of(rows, accounts, orders, self._hear(rows[0]["now"]))

    async def append(
        self,
        changes: Sequence[Change],
        versions: Mapping[str, int],
        not_after: datetime | None = None,
    ) -> Sequence[Recorded]:
        seen = (self._seen_position, self._seen_hash, not_after)
        rows = _accounts_of(changes, versions), _events_of(changes)
        try:
            [row] = await self._database.fetch(APPEND, *seen, *rows)
        except UNREACHABLE as error:
            raise LogUnreachableError(repr(error)) from error
        except asyncpg.UniqueViolationError as error:
            # The function has looked under its lock; the constraints look once more.
            raise LogMovedError(versions, [one.key for one in changes]) from error
        except asyncpg.PostgresError as error:
            if error.sqlstate != ACCOUNTS_MOVED:
                raise
            raise LogMovedError(versions) from error
        moment = self._hear(row["moment"])
        if row["outcome"] == "moved":
            keys = row["moved_keys"] or ()
            owners = {one.event.originator_id for one in changes if one.key in keys}
            raise LogMovedError(owners, keys)
        if row["outcome"] == "diverged":
            raise LogDivergedError(
                f"the log no longer holds position {self._seen_position} as this process left it: "
                "it was restored or changed; `ledger audit verify --head` says more"
            )
        recorded = [
            Recorded(
                position=row["first_position"] + nth,
                event=one.event,
                recorded_at=moment,
                actor=one.origin.actor,
                correlation_id=one.origin.correlation_id,
                balance_after=one.after.balance,
                debt_after=one.after.debt,
                hash=row["hashes"][nth],
            )
            for nth, one in enumerate(changes)
        ]
        # Of two appends under way, the answer to the later one may be read first.
        if recorded[-1].position > self._seen_position:
            self._seen_position, self._seen_hash = recorded[-1].position, recorded[-1].hash
        return recorded

    def _hear(self, moment: datetime) -> datetime:
        self._heard = (moment, time.monotonic())
        return moment


def recorded_of(row: Row) -> Recorded:
    """Read one row of `ledger.events`."""
    return Recorded(
        position=row["notification_id"],
        event=decode(row["topic"], row["state"]),
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        correlation_id=row["correlation_id"],
        balance_after=row["balance_after"],
        debt_after=row["debt_after"],
        hash=row["hash"],
    )


def _loaded_of(
    rows: Sequence[Row], accounts: Collection[str], orders: Collection[UUID], now: datetime
) -> Loaded:
    recorded = [(row, recorded_of(row)) for row in rows if row["notification_id"] is not None]
    found = {row["account_id"]: _account_of(row) for row in rows if row["account_id"] is not None}
    return Loaded(
        accounts={one: found.get(one) or Account(account_id=one) for one in accounts},
        events={row["key"]: one for row, one in recorded},
        orders={
            order_id: [one for row, one in recorded if row["order_id"] == order_id]
            for order_id in orders
        },
        now=now,
    )


def _account_of(row: Row) -> Account:
    return Account(
        account_id=row["account_id"],
        version=row["version"],
        balance=row["balance"],
        debt=row["debt"],
        open=_read_deductions(row["open_deductions"]),
        orders=_read_orders(row["open_orders"]),
    )


def _accounts_of(changes: Sequence[Change], versions: Mapping[str, int]) -> list[tuple[Any, ...]]:
    """Return rows of `ledger.account_change`."""
    last = {one.after.account_id: one.after for one in changes}
    return [
        (
            after.account_id,
            versions[after.account_id],
            after.version,
            after.balance,
            after.debt,
            _write(after.open).decode() if after.open else "{}",
            _write(after.orders).decode() if after.orders else "{}",
        )
        for after in last.values()
    ]


def _events_of(changes: Sequence[Change]) -> list[tuple[Any, ...]]:
    """Return rows of `ledger.event_change`."""
    rows: list[tuple[Any, ...]] = []
    for change in changes:
        event = change.event
        stored = encode(event)
        columns = columns_of(event)
        rows.append(
            (
                event.originator_id,
                event.originator_version,
                stored.topic,
                stored.state,
                columns.amount,
                change.key,
                columns.job_id,
                columns.closes_job,
                columns.order_id,
                columns.closes_refund,
                change.origin.actor,
                change.origin.correlation_id,
                change.after.balance,
                columns.debt_change,
                change.after.debt,
            )
        )
    return rows
