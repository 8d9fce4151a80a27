"""A made-up history is as good as a real one, and is only made where there is none."""

import os
import subprocess
import sys

import asyncpg
import pytest

from ledger.audit.verifying import verify
from ledger.domain.commands import TopUp
from ledger.domain.rules import Rules
from ledger.generating.filling import LogNotEmptyError, fill
from ledger.log import Origin
from ledger.log.postgres import PostgresEventLog
from ledger.service import open_ledger
from tests.books import follow_all

# Everything but the hashes, which belong to the log.
CONTENT = """
    SELECT md5(string_agg(ledger.event_form(
        notification_id, originator_version, recorded_at, amount, balance_after, debt_change,
        debt_after, originator_id, topic, state, kind, key, actor, correlation_id, job_id,
        closes_job, order_id, closes_refund)::text, '' ORDER BY notification_id))
    FROM ledger.events
"""
SHAPE = """
    SELECT count(*) AS events, count(DISTINCT originator_id) AS accounts,
           bool_and(recorded_at < clock_timestamp()) AS past
    FROM ledger.events
"""


async def filled(urls, *, events=1_000, accounts=20, seed=1):
    await fill(urls.owner, events=events, accounts=accounts, seed=seed, progress=lambda *_: None)


async def row_of(url, query):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchrow(query)
    finally:
        await connection.close()


async def test_the_same_seed_makes_the_same_history(databases):
    contents = []
    for seed in (1, 1, 2):
        with databases.one() as urls:
            await filled(urls, seed=seed)
            contents.append((await row_of(urls.reader, CONTENT))[0])
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize(("events", "accounts"), [(2, 1), (40, 20), (41, 20), (1_777, 100)])
async def test_exactly_what_was_asked_for_is_made(database, events, accounts):
    await filled(database, events=events, accounts=accounts)
    shape = await row_of(database.reader, SHAPE)
    assert dict(shape) == {"events": events, "accounts": accounts, "past": True}
    assert (await verify(database.reader, None, lambda *_: None)).findings == []


async def test_the_ledger_goes_on_where_a_made_up_history_ends(database, pool):
    await filled(database)
    account_id = (await row_of(database.reader, "SELECT max(originator_id) FROM ledger.events"))[0]
    command = TopUp(account_id=account_id, grant_id="new", credits=1, reason="promo")
    async with open_ledger(PostgresEventLog(pool), Rules()) as ledger:
        outcome = await ledger.execute(command, Origin(actor="test", correlation_id="test"))
    assert outcome.recorded[-1].position == 1_001
    await follow_all(database.service)
    report = await verify(database.reader, None, lambda *_: None)
    assert report.findings == []
    assert report.position == 1_001


async def test_nothing_is_made_up_beside_what_happened(database):
    await filled(database)
    with pytest.raises(LogNotEmptyError):
        await filled(database, seed=2)
    assert (await row_of(database.reader, SHAPE))["events"] == 1_000


def test_the_console_says_in_one_line_what_it_did_or_why_not(database):
    def console(*arguments, url=database.owner):
        return subprocess.run(
            [sys.executable, "-P", "-m", "ledger", "generate", *arguments],
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )

    enough = ("--events", "100", "--accounts", "5", "--seed", "3")
    for url in (database.service, database.reader):
        forbidden = console(*enough, url=url)
        assert (forbidden.returncode, forbidden.stderr.count("\n")) == (1, 1)
        assert "owner" in forbidden.stderr
    done = console(*enough)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("100 events of 5 accounts")
    again = console(*enough)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "not empty" in again.stderr
    assert console("--events", "9", "--accounts", "5").returncode == 2
    assert console("--events", "many", "--accounts", "5").returncode == 2
