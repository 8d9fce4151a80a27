"""A shop, its provider and two people, on the real log."""

import pytest

from tests.integration.payments_fixture import real_world
from tests.payments_world import ME, YOU
from tests.quiet_logs import quiet_logs


@pytest.fixture
async def world(database):
    with quiet_logs():
        async with real_world(database) as world, world.ledger() as ledger:
            await ledger.open(ME, YOU)
            yield world
