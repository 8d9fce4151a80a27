"""One emulator serves all tests here, made new before each; its clock moves only when told to."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.yookassa_fixture import RunningYooKassa, Wall, running_yookassa


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_yookassa() -> AsyncGenerator[RunningYooKassa]:
    async with running_yookassa(wall=Wall()) as one:
        yield one


@pytest.fixture
def yookassa(shared_yookassa: RunningYooKassa) -> RunningYooKassa:
    shared_yookassa.make_new()
    return shared_yookassa
