"""Runs a stack of dummies: `python -m tests.local.driver DIR [servers] [PID_TO_FOLLOW]`."""

import asyncio
import os
import sys
from functools import partial

from infra.local.composition import PORT_NAMES, Composition
from infra.local.console import Console
from infra.local.credentials import credentials_of
from infra.local.errors import StackError
from infra.local.layout import Layout, layout_at
from infra.local.ports import remembered_ports
from infra.local.servers import nats_of, postgres_of
from infra.local.stack import run_stack
from infra.local.state import Places
from infra.local.steps import Step
from tests.local import dummies
from tests.local.dummies import kept

NOWHERE = Places(
    page_url="http://127.0.0.1:1",
    database_url="",
    service_database_url="",
    owner_database_url="",
    superuser_database_url="",
    nats_url="",
    nats_seeds={},
    faults_dir="",
    telegram_token="42:TOKEN",
)


def compose(layout: Layout, *, with_servers: bool) -> Composition:
    services: tuple[Step, ...] = (kept("ledger"), kept("videogen", dummies.PARENT))
    if not with_servers:
        return Composition(services, NOWHERE)
    ports = remembered_ports(PORT_NAMES, layout.ports_file)
    postgres = postgres_of(layout, os.environ, ports["postgres"], credentials_of(layout))
    nats = nats_of(layout, os.environ, ports["nats"], ports["nats_monitor"])
    places = Places(
        page_url="http://127.0.0.1:1",
        database_url=postgres.urls.reader,
        service_database_url=postgres.urls.service,
        owner_database_url=postgres.urls.owner,
        superuser_database_url=postgres.urls.superuser,
        nats_url=nats.url,
        nats_seeds={str(service): str(file) for service, file in nats.seeds.items()},
        faults_dir=str(layout.faults),
        telegram_token="42:TOKEN",
    )
    return Composition((*postgres.steps, *nats.steps, *services), places)


def main(directory: str, *flags: str) -> int:
    layout = layout_at(directory)
    follow = [int(flag) for flag in flags if flag.isdecimal()]
    try:
        asyncio.run(
            run_stack(
                layout,
                partial(compose, layout, with_servers="servers" in flags),
                console=partial(Console, sys.stdout),
                on_ready=lambda _: None,
                follow_pid=follow[0] if follow else None,
            )
        )
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
