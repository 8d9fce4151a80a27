"""The stock ProjectionRunner, catching up with the stock application's own log."""

import asyncio
import time
from functools import singledispatchmethod
from random import Random
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from bench.life import DIGEST, REASON, TERMS, random_id
from bench.sides import Figures, Parameters
from bench.sides.stock import Account, Accounts, settings_of

SEED = 7
THREADS = 4
ACCOUNTS = 100
WAIT_S = 120.0
MAKE = "CREATE TABLE IF NOT EXISTS {0}.balances (account uuid PRIMARY KEY, balance bigint NOT NULL)"
CHANGE = """
    INSERT INTO {0}.balances AS balances VALUES (%s, %s)
    ON CONFLICT (account) DO UPDATE SET balance = balances.balance + excluded.balance
"""


class BalancesView(PostgresTrackingRecorder):
    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        schema = Identifier(datastore.schema)
        self.sql_create_statements.append(SQL(MAKE).format(schema))
        self._change = SQL(CHANGE).format(schema)

    def change(self, account_id: UUID, amount: int, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._change, (account_id, amount), prepare=True)


class Balances(Projection[BalancesView]):
    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.insert_tracking(tracking)

    @process_event.register
    def _(self, domain_event: Account.ToppedUp, tracking: Tracking) -> None:
        self.view.change(domain_event.originator_id, domain_event.amount, tracking)

    @process_event.register
    def _(self, domain_event: Account.Deducted, tracking: Tracking) -> None:
        self.view.change(domain_event.originator_id, -domain_event.amount, tracking)


async def catch_up(parameters: Parameters) -> Figures:
    return await asyncio.to_thread(_catch_up, parameters)


def _catch_up(parameters: Parameters) -> Figures:
    settings = settings_of(parameters["url"], THREADS)
    head = _record(Accounts(settings), parameters["events"])
    started = time.perf_counter()
    with ProjectionRunner(
        application_class=Accounts,
        projection_class=Balances,
        view_class=BalancesView,
        env=settings,
    ) as runner:
        runner.wait(head, timeout=WAIT_S)
        passed = time.perf_counter() - started
    return {"stock_projection": head / passed}


def _record(application: Accounts, events: int) -> int:
    """Write the log of a few lives each, many events in one transaction."""
    chance = Random(SEED)
    with application:
        while (application.recorder.max_notification_id() or 0) < events:
            accounts = [Account(TERMS) for _ in range(ACCOUNTS)]
            for account in accounts:
                _live(account, random_id(chance))
            application.save(*accounts)
        head = application.recorder.max_notification_id()
    assert head is not None
    return head


def _live(account: Account, job_id: UUID) -> None:
    account.top_up(job_id.hex, 1, REASON)
    account.deduct(job_id, 1)
    account.start(job_id)
    account.settle(job_id, DIGEST)
