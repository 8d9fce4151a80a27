"""Run one of the console's commands: its answer on stdout, or one line and an exit code."""

import argparse
import asyncio
import logging
from functools import partial

import structlog
from pydantic import ValidationError

from contracts.console import (
    EXIT_REFUSED,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    Action,
    ConsoleError,
    Subparsers,
    fail,
)
from contracts.service import settings_trouble
from videogen.console import changing, jobs, providers, queue, workers
from videogen.console.snapshot import NatsAwayError

MODULES = (queue, jobs, changing, workers, providers)

_fail = partial(fail, "videogen")


def add_commands(commands: Subparsers) -> None:
    for module in MODULES:
        module.add_commands(commands)


def run_command(options: argparse.Namespace) -> int:
    # What the bus logs on its way is said in our own line at the end.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    action: Action = options.action
    try:
        return asyncio.run(action(options))
    except ValidationError as error:
        return _fail(settings_trouble(error), EXIT_USAGE)
    except ConsoleError as error:
        return _fail(str(error), EXIT_REFUSED)
    except NatsAwayError as error:
        return _fail(str(error), EXIT_UNREACHABLE)
    except KeyboardInterrupt:
        return _fail("interrupted", EXIT_REFUSED)
