"""The stock library reads our real log and comes to the same balances and debts."""

import json
import subprocess
import sys
from typing import Any

import asyncpg
import pytest

from infra.local.credentials import DatabaseUrls
from ledger.codec import TOPICS, decode
from ledger.domain.account import Account, fold
from tests.library.history import record_history
from tests.library.twins import TWINS
from tests.servers import apart

ACCOUNTS = 6
LOG = "SELECT notification_id, originator_id, topic, state FROM ledger.events ORDER BY 1"
ROWS = "SELECT originator_id, version, balance, debt, open_deductions FROM ledger.accounts"


def as_the_library_reads(url: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.library.stock_reader", url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def rows_of(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


def of(version: int, balance: int, debt: int, jobs: Any) -> dict[str, Any]:
    opened = sorted(str(job_id) for job_id in jobs)
    return {"version": version, "balance": balance, "debt": debt, "open": opened}


def of_account(account: Account) -> dict[str, Any]:
    return of(account.version, account.balance, account.debt, account.open)


@pytest.fixture
def recorded(database: DatabaseUrls) -> DatabaseUrls:
    """A log with every kind of event, written by the engine."""
    apart(record_history(database.service, ACCOUNTS))
    return database


def test_the_stock_recorder_and_mapper_fold_our_log_to_our_balances(recorded: DatabaseUrls):
    theirs = as_the_library_reads(recorded.reader)

    log = apart(rows_of(recorded.reader, LOG))
    by_account: dict[str, list] = {row["originator_id"]: [] for row in log}
    for row in log:
        by_account[row["originator_id"]].append(decode(row["topic"], row["state"]))
    assert theirs["accounts"] == {
        each: of_account(fold(each, events)) for each, events in by_account.items()
    }
    assert theirs["accounts"] == {
        row["originator_id"]: of(
            row["version"], row["balance"], row["debt"], json.loads(row["open_deductions"])
        )
        for row in apart(rows_of(recorded.reader, ROWS))
    }
    assert theirs["positions"] == [row["notification_id"] for row in log]
    assert theirs["kinds"] == sorted(twin.__name__ for twin in TWINS)
    assert theirs["ledger_modules"] == []
    assert any(one["debt"] for one in theirs["accounts"].values())


def test_every_topic_of_the_ledger_has_its_twin():
    twins = {topic: twin.__name__ for twin in TWINS for topic in twin.topics}
    assert {topic: event.__name__ for topic, event in TOPICS.items()}.items() <= twins.items()
