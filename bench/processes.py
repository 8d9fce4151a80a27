"""Sides run in processes of their own, so that none inherits another's heap or threads."""

import json
import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contracts.topology import Service
from infra.local.composition import module
from infra.local.environment import environment
from tests.servers import NatsServer

SIDE_WAIT_S = 600.0
STOP_WAIT_S = 20.0
QUIET = {"LOG_LEVEL": "ERROR"}


class SideError(Exception):
    """A side did not do what it was measured for."""


def measure(side: str, **parameters: Any) -> Mapping[str, float]:
    """Run a side to its end and return its figures. Raises `SideError`."""
    done = subprocess.run(
        module("bench.sides", side, json.dumps(parameters)),
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
        check=False,
        timeout=SIDE_WAIT_S,
    )
    if done.returncode:
        raise SideError(f"{side} failed:\n{done.stderr[-4_000:]}")
    return json.loads(done.stdout)


@contextmanager
def answering(side: str, **parameters: Any) -> Generator[None]:
    """Keep a side that answers on the bus for the length of the block; it ends with its stdin."""
    command = module("bench.sides", side, json.dumps(parameters))
    with (
        subprocess.Popen(
            command, env={**os.environ, **QUIET}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as process,
        _ended(process),
    ):
        yield
        if process.stdin is not None:
            process.stdin.close()


@contextmanager
def ledger_service(url: str, server: NatsServer, log_file: Path) -> Generator[None]:
    """Run the whole service as it runs in production, its log in a file."""
    told = {
        "DATABASE_URL": url,
        "NATS_URL": server.url,
        "NATS_SEED_FILE": str(server.seeds[Service.LEDGER]),
    }
    settings = environment("ledger", os.environ, told)
    with (
        log_file.open("wb") as log,
        subprocess.Popen(module("ledger", "serve"), env=settings, stderr=log) as process,
        _ended(process),
    ):
        yield
        process.terminate()


@contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Generator[None]:
    """Wait for its end after the block, and end it for good if the block failed."""
    try:
        yield
        code = process.wait(STOP_WAIT_S)
    except BaseException:
        process.kill()
        raise
    if code:
        raise SideError(f"{process.args} ended with {code}")


def run_ledger(*arguments: str, url: str) -> None:
    """Run one command of the ledger's console."""
    done = subprocess.run(
        module("ledger", *arguments),
        env=environment("ledger", os.environ, {"DATABASE_URL": url}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SideError(f"ledger {' '.join(arguments)}: {done.stderr[-2_000:]}")
