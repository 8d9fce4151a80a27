"""A log of the first version comes through the upgrade whole, with its views, and is chained."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from importlib import resources
from uuid import UUID

import asyncpg

from infra.local.credentials import OWNER, DatabaseUrls
from ledger.chain import genesis_of
from ledger.domain.rules import Rules
from ledger.log.postgres import PostgresEventLog
from ledger.migrations import MAKE_TABLE, REMEMBER, migrate
from ledger.service import open_ledger
from ledger.views import PROJECTIONS
from ledger.views.following import catch_up
from tests.servers import Databases
from tests.story import JOB, ME, PERSON, START

FIRST_VERSION = ("0001_log.sql", "0002_views.sql")
OLD_APPEND = """
    SELECT * FROM ledger.append_events(
        ARRAY['tg:1'], ARRAY[0], ARRAY[3], ARRAY[0], ARRAY[$1]::jsonb[],
        ARRAY['tg:1', 'tg:1', 'tg:1'], ARRAY[1, 2, 3],
        ARRAY['account_opened.v1', 'topped_up.v1', 'deducted.v1'], $2,
        ARRAY['account_opened', 'topped_up', 'deducted'], ARRAY[0, 1, 1],
        ARRAY['account:tg:1', 'grant:tg:1:welcome', 'deducted:' || $3],
        ARRAY[NULL, NULL, $3]::uuid[], ARRAY[NULL, NULL, NULL]::uuid[],
        ARRAY['person', 'person', 'person'], ARRAY['c', 'c', 'c'], ARRAY[0, 1, 0])
"""
DEADLINE = "2126-11-23T12:15:00Z"
STATES = [
    {"terms_version": "1"},
    {"grant_id": "welcome", "credits": 1, "reason": "welcome_bonus"},
    {
        "job_id": str(JOB),
        "credits": 1,
        "order_digest": "a" * 64,
        "index": 0,
        "count": 1,
        "deadline_at": DEADLINE,
    },
]
OPEN_JOB = {str(JOB): {"credits": 1, "deadline_at": DEADLINE, "started": False}}


OLD_VIEWS = """
    INSERT INTO ledger.cursors (name, position)
        SELECT unnest(ARRAY['balances', 'history', 'jobs']), 3;
    INSERT INTO ledger.balances SELECT 'tg:1', 0, 1, recorded_at
        FROM ledger.events WHERE notification_id = 3;
    INSERT INTO ledger.history
        SELECT notification_id, originator_id, recorded_at, kind,
               CASE kind WHEN 'deducted' THEN -amount ELSE amount END, balance_after, job_id,
               CASE kind WHEN 'topped_up' THEN 'welcome_bonus' END
        FROM ledger.events;
    INSERT INTO ledger.jobs (job_id, account, state, credits, balance_after, ordered_at,
                             deadline_at, ordered_position, position)
        SELECT job_id, originator_id, 'queued', amount, balance_after, recorded_at,
               '2126-11-23T12:15:00Z', notification_id, notification_id
        FROM ledger.events WHERE kind = 'deducted';
"""


async def make_first_version(databases: Databases, name: str) -> DatabaseUrls:
    url = databases.cluster.url("postgres")
    superuser = await asyncpg.connect(url)
    await superuser.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE template0')
    await superuser.close()
    urls = databases.urls_of(name)
    owner = await asyncpg.connect(urls.owner)
    await owner.execute(MAKE_TABLE)
    for script in FIRST_VERSION:
        text = (resources.files("ledger.sql") / script).read_text()
        await owner.execute(text)
        await owner.execute(REMEMBER, script, hashlib.sha256(text.encode()).hexdigest())
    states = [
        json.dumps({"originator_id": ME, "originator_version": version, **state}).encode()
        for version, state in enumerate(STATES, 1)
    ]
    await owner.execute(OLD_APPEND, json.dumps(OPEN_JOB), states, str(JOB))
    await owner.execute(OLD_VIEWS)
    await owner.close()
    return urls


async def test_a_log_of_the_first_version_is_chained_and_goes_on(databases: Databases):
    urls = await make_first_version(databases, "first_version")
    applied = await migrate(urls.owner)
    assert applied[0] == "0003_engine.sql"
    async with asyncpg.create_pool(urls.superuser, min_size=1, max_size=3) as pool:
        log_id: UUID = await pool.fetchval("SELECT log_id FROM ledger.identity")
        rows = await pool.fetch("""
            SELECT hash, ledger.event_form(
                notification_id, originator_version, recorded_at, amount, balance_after,
                debt_change, debt_after, originator_id, topic, state, kind, key, actor,
                correlation_id, job_id, closes_job, order_id, closes_refund) AS form
            FROM ledger.events ORDER BY notification_id
        """)
        previous = genesis_of(log_id)
        for row in rows:
            previous = hashlib.sha256(previous + row["form"]).digest()
            assert row["hash"] == previous
        async with open_ledger(PostgresEventLog(pool), Rules()) as ledger:
            outcome = await ledger.execute(START, PERSON)
        assert outcome.recorded[-1].position == 4
        for projection in PROJECTIONS:
            while await catch_up(pool, projection):
                pass
        [account] = await pool.fetch("SELECT * FROM ledger.accounts")
        assert (account["originator_id"], account["version"], account["debt"]) == (ME, 4, 0)
    verified = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-P", "-m", "ledger", "audit", "verify"],
        env={**os.environ, "DATABASE_URL": urls.reader},
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
