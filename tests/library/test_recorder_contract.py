"""The library's own test cases for recorders pass against ours, on PostgreSQL.

They need a table that takes any topic, state and version, so the CHECK constraints are taken off
the migrated table. The function that appends, its lock, the unique keys, the chain, the triggers
and the rights stay as they are in production.
"""

from collections.abc import Iterator
from uuid import uuid4

import asyncpg
import pytest
from eventsourcing.tests import persistence as contract

from infra.local.credentials import DatabaseUrls
from tests.library.facade import AggregateFacade, ApplicationFacade, open_facades
from tests.servers import apart

CHECKS = """
    SELECT conname FROM pg_constraint WHERE conrelid = 'ledger.events'::regclass AND contype = 'c'
"""
POSITIONS = "SELECT count(*), min(notification_id), max(notification_id) FROM ledger.events"


async def take_off_checks(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for row in await connection.fetch(CHECKS):
            await connection.execute(f'ALTER TABLE ledger.events DROP CONSTRAINT "{row[0]}"')
    finally:
        await connection.close()


async def positions(url: str) -> tuple[int, int, int]:
    connection = await asyncpg.connect(url)
    try:
        return tuple(await connection.fetchrow(POSITIONS))
    finally:
        await connection.close()


class OnOurLog:
    """Gives the library's test cases a recorder on a database of their own."""

    aggregates: AggregateFacade
    application: ApplicationFacade

    @pytest.fixture(autouse=True)
    def _open(self, database: DatabaseUrls) -> Iterator[None]:
        apart(take_off_checks(database.superuser))
        with open_facades(database.service) as (self.aggregates, self.application):
            yield
        count, first, last = apart(positions(database.reader))
        assert count == 0 or (first, last) == (1, count)

    def new_originator_id(self) -> str:
        return f"tg:{uuid4()}"


class TestAggregateRecorder(OnOurLog, contract.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateFacade:
        return self.aggregates


class TestApplicationRecorder(OnOurLog, contract.ApplicationRecorderTestCase):
    def create_recorder(self) -> ApplicationFacade:
        return self.application

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPositionsOfTwoAppends(OnOurLog, contract.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> ApplicationFacade:
        return self.application
