"""How deep the property tests dig, and from which seed: `./justw test-deep` digs deeper."""

import os
import secrets

import pytest

DEPTH = int(os.environ.get("TEST_DEPTH", "1"))


def examples(count: int) -> int:
    """Return how many examples a hunt takes that takes `count` in a usual run."""
    return count * DEPTH


def seed_of(config: pytest.Config) -> int:
    """Return the run's `--hypothesis-seed`, or a new one."""
    given = config.getoption("--hypothesis-seed")
    return int(given) if given else secrets.randbelow(2**32)
