"""What reading costs: side (h) over one made-up log, and the audit's memory over two."""

from collections.abc import Mapping, Sequence
from functools import partial

from bench.groups import Turn
from bench.processes import measure, run_ledger
from bench.progress import tell
from bench.scale import Scale
from bench.servers import Place, execute
from infra.local.credentials import DatabaseUrls
from ledger.views import PROJECTIONS

SEED = "7"
START_AGAIN = """
    TRUNCATE {tables};
    UPDATE ledger.cursors SET position = 0, hash = NULL WHERE name IN ({names})
"""


def reading(place: Place, scale: Scale) -> Sequence[Turn]:
    log = _generated(place, scale.read_events, scale.read_accounts)
    small, large = (
        _generated(place, events, scale.memory_accounts) for events in scale.memory_events
    )
    return [
        partial(measure, "reading:audit", url=log.reader),
        partial(measure, "reading:bare", url=log.reader),
        partial(_catch_up, log, "reading:balances"),
        partial(_catch_up, log, "reading:all_projections"),
        partial(_stock_projection, place, scale),
        partial(measure, "reading:memory", url=small.reader, figure="verify_memory_small"),
        partial(measure, "reading:memory", url=large.reader, figure="verify_memory_large"),
    ]


def _generated(place: Place, events: int, accounts: int) -> DatabaseUrls:
    urls = place.ledger_database()
    sizes = ("--events", str(events), "--accounts", str(accounts), "--seed", SEED)
    run_ledger("generate", *sizes, url=urls.owner)
    execute(urls.superuser, "VACUUM (ANALYZE)")
    tell("generated", {"events": events, "accounts": accounts})
    return urls


def _catch_up(log: DatabaseUrls, side: str) -> Mapping[str, float]:
    execute(log.superuser, _start_again())
    return measure(side, url=log.service)


def _start_again() -> str:
    return START_AGAIN.format(
        tables=", ".join(f"ledger.{one.name}" for one in PROJECTIONS),
        names=", ".join(f"'{one.name}'" for one in PROJECTIONS),
    )


def _stock_projection(place: Place, scale: Scale) -> Mapping[str, float]:
    return measure(
        "stock_projection:catch_up", url=place.empty_database(), events=scale.stock_events
    )
