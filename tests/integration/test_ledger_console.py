"""The operator's console: plain answers, one line for each error, and grants that happen once."""

import os
import subprocess
import sys

import pytest

from ledger.domain.rules import Rules
from ledger.service import open_ledger
from ledger.views.balances import Balances
from ledger.views.following import catch_up
from ledger.views.history import History
from ledger.views.jobs import Jobs
from tests.story import ME, OPEN, PERSON


@pytest.fixture
def console(database):
    def run(*arguments, url=database.service):
        environment = {**os.environ, "DATABASE_URL": url}
        if url is None:
            del environment["DATABASE_URL"]
        return subprocess.run(
            [sys.executable, "-P", "-m", "ledger", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
async def account(event_log):
    async with open_ledger(event_log, Rules()) as ledger:
        await ledger.execute(OPEN, PERSON)


async def test_a_grant_is_given_once_per_id(console, account, pool):
    for _ in range(2):
        done = console("grant", ME, "5", "--reason", "promo", "--grant-id", "november")
        assert done.returncode == 0, done.stderr
    assert "already given" in done.stdout
    assert await pool.fetchval("SELECT balance FROM ledger.accounts") == 6
    different = console("grant", ME, "6", "--reason", "promo", "--grant-id", "november")
    assert different.returncode == 1
    assert different.stderr == "ledger: refused: key_reused (credits differs)\n"


async def test_balance_history_and_jobs_are_shown(console, account, pool):
    for view in (Balances(), History(), Jobs()):
        await catch_up(pool, view)
    assert console("balance", ME).stdout.startswith("tg:1: balance 1, in open jobs 0")
    lines = console("history", ME).stdout.splitlines()
    assert [line.split()[3] for line in lines] == ["topped_up", "account_opened"]
    assert console("jobs").stdout == "no jobs\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["grant", "tg:404", "5", "--reason", "promo"], 1),
        (["grant", "nobody", "5", "--reason", "promo"], 2),
        (["grant", ME, "0", "--reason", "promo"], 2),
        (["grant", ME, "-5", "--reason", "promo"], 2),
        (["grant", ME, "5.5", "--reason", "promo"], 2),
        (["grant", ME, "10000000", "--reason", "promo"], 2),
        (["grant", ME, "5"], 2),
        (["grant", ME, "5", "--reason", "with spaces"], 2),
        (["balance", "tg:404"], 1),
        (["history", "tg:404"], 1),
        (["history", ME, "--limit", "many"], 2),
        (["nonsense"], 2),
        ([], 2),
    ],
)
async def test_bad_input_is_one_line_and_a_code(console, account, arguments, code):
    done = console(*arguments)
    assert done.returncode == code
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_missing_setting_is_named(console):
    done = console("jobs", url=None)
    assert (done.returncode, done.stderr) == (
        2,
        "ledger: settings are wrong: DATABASE_URL: Field required\n",
    )


def test_a_database_that_is_away_is_one_line_without_its_password(console):
    done = console("jobs", url="postgresql://me:secret@127.0.0.1:1/neurocards")
    assert done.returncode == 69
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr
