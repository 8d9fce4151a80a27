"""Services on the bus until stdin is closed: ours without its followers, and an echo."""

import asyncio
import sys
from pathlib import Path

from bench.sides import Figures, Parameters
from contracts import topology
from contracts.bus import Bus, BusSettings, Route, open_bus, serve
from contracts.messages import Cancel, Deduct, Done, LedgerCommand, OpenAccount, TopUp
from contracts.topology import Service
from ledger.commands import command_routes
from ledger.database import open_lines
from ledger.domain.rules import Rules
from ledger.log.postgres import PostgresEventLog
from ledger.service import open_ledger

VERSION = "1.0.0"
ENDPOINTS = (
    (topology.OPEN_ACCOUNT, OpenAccount),
    (topology.TOP_UP, TopUp),
    (topology.DEDUCT, Deduct),
    (topology.CANCEL, Cancel),
)


async def engine_alone(parameters: Parameters) -> Figures:
    """The ledger's commands and engine as `serve` composes them; no outbox, no projections."""
    async with (
        open_lines(parameters["url"], name="bench") as line,
        open_bus(bus_settings(parameters), Service.LEDGER) as bus,
        open_ledger(PostgresEventLog(line), Rules()) as ledger,
    ):
        await _serve(bus, command_routes(ledger))
    return {}


async def echo(parameters: Parameters) -> Figures:
    """The same messages there and back on the same bus, and nothing in between."""

    async def answer(message: LedgerCommand) -> Done:
        return Done(account=message.account, balance=1, position=1_000_000)

    async with open_bus(bus_settings(parameters), Service.LEDGER) as bus:
        await _serve(bus, [Route(endpoint, body, answer) for endpoint, body in ENDPOINTS])
    return {}


def bus_settings(parameters: Parameters, service: Service = Service.LEDGER) -> BusSettings:
    return BusSettings(
        nats_url=parameters["nats_url"], nats_seed_file=Path(parameters["seeds"][service])
    )


async def _serve(bus: Bus, routes: list[Route]) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(bus, routes, stop, version=VERSION))
        await asyncio.to_thread(sys.stdin.read)
        stop.set()
