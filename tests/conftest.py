"""Fixtures that every integration test may use: `database` and `nats_server`, both real."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from infra.local.credentials import DatabaseUrls
from tests.depth import DEPTH, examples
from tests.servers import Databases, NatsServer, running_postgres

# A failure there says what differs, as in a test.
pytest.register_assert_rewrite("tests.deciding")

settings.register_profile("deep", max_examples=examples(100), deadline=None, print_blob=True)
if DEPTH > 1:
    settings.load_profile("deep")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """One PostgreSQL for all tests of this process."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as databases:
        yield databases


@pytest.fixture
def database(databases: Databases) -> Iterator[DatabaseUrls]:
    """A migrated database of the test: URLs of its `superuser`, `owner`, `service`, `reader`."""
    with databases.one() as urls:
        yield urls


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A nats-server of the test's own: `url`, `seeds`, `settings(service)`, `kill()`, `start()`."""
    server = NatsServer(tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()
