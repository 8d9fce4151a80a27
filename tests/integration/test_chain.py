"""The chain in SQL and the chain in Python are the same chain."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from infra.local.credentials import DatabaseUrls
from ledger.chain import ROW_COLUMNS, RowReader, form_of, genesis_of, next_hash, stamp_of
from tests.chained_rows import append_rows

FORM = f"SELECT ledger.event_form({', '.join(f'${nth}' for nth in range(1, 19))})"
ROWS = f"SELECT {ROW_COLUMNS} FROM ledger.events ORDER BY notification_id"  # noqa: S608 - a constant of ours

PLAIN: dict[str, Any] = {
    "position": 1,
    "version": 2,
    "recorded_at": datetime(2026, 11, 3, 12, 0, 0, 123456, tzinfo=UTC),
    "amount": 3,
    "balance_after": 4,
    "debt_change": 5,
    "debt_after": 6,
    "originator_id": "tg:1",
    "topic": "topped_up.v2",
    "state": b"{}",
    "kind": "topped_up",
    "key": "grant:tg:1:1",
    "actor": "bot",
    "correlation_id": "update-1",
    "job_id": None,
    "closes_job": None,
    "order_id": None,
    "closes_refund": None,
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"debt_change": -1, "amount": 2**63 - 1},
        {"recorded_at": datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)},
        {"recorded_at": datetime(9999, 12, 31, tzinfo=UTC)},
        {"state": bytes(range(256)), "actor": "", "correlation_id": "привет 👋"},
        {"job_id": UUID(int=1), "closes_job": UUID(int=2**128 - 1), "order_id": UUID(int=3)},
        {"closes_refund": ""},
        {"closes_refund": "возврат"},
    ],
)
async def test_sql_and_python_make_the_same_form(database: DatabaseUrls, change: dict[str, Any]):
    values = {**PLAIN, **change}
    connection = await asyncpg.connect(database.reader)
    try:
        told = await connection.fetchval(FORM, *values.values())
    finally:
        await connection.close()
    assert form_of(**{**values, "recorded_at": stamp_of(values["recorded_at"])}) == told


async def test_a_copied_row_is_the_form_that_was_hashed(database: DatabaseUrls):
    await append_rows(database.owner, 20)
    connection = await asyncpg.connect(database.reader)
    reader, rows = RowReader(), []

    async def take(piece: bytes) -> None:
        rows.extend(reader.feed(piece))

    try:
        await connection.copy_from_query(ROWS, output=take, format="binary")
        log_id = await connection.fetchval("SELECT log_id FROM ledger.identity")
        genesis = await connection.fetchval("SELECT ledger.genesis()")
    finally:
        await connection.close()
    assert reader.is_complete
    assert genesis == genesis_of(log_id)
    previous = genesis
    for position, row in enumerate(rows, start=1):
        previous = next_hash(previous, row.form)
        assert (row.position, row.hash) == (position, previous)
    assert len(rows) == 20
