"""What commands cost: sides (a) to (g), (j) and (k), each turn in a new database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from bench.groups import Turn
from bench.processes import answering, ledger_service, measure
from bench.scale import Scale
from bench.servers import Place
from contracts.topology import Service
from tests.servers import NatsServer

CALLERS = 256
ACCOUNTS_EACH = 20
ACCOUNTS_EACH_OVER_NATS = 4
LATENCIES = {500: 2_000, 5_000: 5_000}
"""Commands a second, and over how many accounts."""
COPY_ROWS = 500
COMMITTERS = (32, 1)
OVER_NATS = ("echo", "service", "service_running")


def commands(place: Place, scale: Scale) -> Sequence[Turn]:
    lasting = {"seconds": scale.seconds}
    # What is compared stands side by side.
    return [
        *(
            partial(_stock, place, threads=threads, cache=cache, accounts=ACCOUNTS_EACH, **lasting)
            for threads in scale.stock_threads
            for cache in scale.stock_caches
        ),
        partial(_in_process, place, CALLERS, ACCOUNTS_EACH, "engine", scale),
        partial(_copy, place, rows=COPY_ROWS, **lasting),
        *(partial(_commits, place, connections=count, **lasting) for count in COMMITTERS),
        partial(_in_process, place, 1, ACCOUNTS_EACH, "engine_1", scale),
        *(partial(_over_nats, place, figure, scale) for figure in OVER_NATS),
        *(partial(_latency, place, rate, scale) for rate in LATENCIES),
        partial(_outbox, place, scale),
    ]


def _in_process(place: Place, callers: int, accounts: int, figure: str, scale: Scale) -> Any:
    return measure(
        "engine:throughput",
        url=place.ledger_database().service,
        callers=callers,
        accounts=accounts,
        seconds=scale.seconds,
        figure=figure,
    )


def _stock(place: Place, **parameters: Any) -> Mapping[str, float]:
    return measure("stock:throughput", url=place.empty_database(), **parameters)


def _commits(place: Place, **parameters: Any) -> Mapping[str, float]:
    return measure("commits:single", url=place.ledger_database().owner, **parameters)


def _copy(place: Place, **parameters: Any) -> Mapping[str, float]:
    return measure("commits:copy", url=place.ledger_database().owner, **parameters)


def _latency(place: Place, per_second: int, scale: Scale) -> Mapping[str, float]:
    return measure(
        "engine:latency",
        url=place.ledger_database().service,
        per_second=per_second,
        accounts=LATENCIES[per_second],
        seconds=scale.seconds,
    )


def _over_nats(place: Place, figure: str, scale: Scale) -> Mapping[str, float]:
    url = place.ledger_database().service
    with _started(place.nats()) as server:
        bus = bus_of(server)
        asked = {
            "figure": figure,
            "callers": CALLERS,
            "accounts": ACCOUNTS_EACH_OVER_NATS,
            "seconds": scale.seconds,
            **bus,
        }
        match figure:
            case "echo":
                serving = answering("service:echo", **bus)
            case "service":
                serving = answering("service:engine_alone", url=url, **bus)
            case _:
                serving = ledger_service(url, server, place.folder / "ledger.log")
        with serving:
            return measure("callers:throughput", **asked)


def _outbox(place: Place, scale: Scale) -> Mapping[str, float]:
    url = place.ledger_database().service
    with _started(place.nats()) as server:
        events = scale.outbox_events
        return measure("publishing:outbox", url=url, events=events, **bus_of(server))


@contextmanager
def _started(server: NatsServer) -> Iterator[NatsServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def bus_of(server: NatsServer) -> dict[str, Any]:
    return {
        "nats_url": server.url,
        "seeds": {str(service): str(server.seeds[service]) for service in Service},
    }
