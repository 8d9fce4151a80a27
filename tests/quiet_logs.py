"""Silence for tests that cause hundreds of faults.

Each would be told with a drawn stack, which takes longer than the fault.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def quiet_logs() -> Iterator[None]:
    level = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=level)
    try:
        yield
    finally:
        structlog.reset_defaults()
