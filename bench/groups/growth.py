"""What history costs, side (i): long accounts and many accounts, in logs that are there already."""

from collections.abc import Sequence
from functools import partial

from bench.filling import fill
from bench.groups import Turn
from bench.groups.commands import CALLERS
from bench.processes import measure
from bench.progress import tell
from bench.scale import Scale
from bench.servers import Place, execute
from infra.local.credentials import DatabaseUrls
from tests.servers import apart

LONG_CALLERS = 8
"""At one account; the rules allow ten open jobs in one."""
FEW_ACCOUNTS = 1_000
FEW_EVENTS = 2
NEW_EVENTS = 10
PRIME_S = 3.0
WARM_UP_S = 1.0


def growth(place: Place, scale: Scale) -> Sequence[Turn]:
    """Every page is written once after the checkpoint, so none is written whole later."""
    long, many = scale.long_events, scale.many_accounts
    databases = {
        "growth_new": _filled(place, FEW_ACCOUNTS, NEW_EVENTS),
        "growth_long": _filled(place, FEW_ACCOUNTS, NEW_EVENTS, first=long),
        "growth_few": _filled(place, FEW_ACCOUNTS, FEW_EVENTS),
        "growth_many": _filled(place, many, FEW_EVENTS),
    }
    drawn = {"growth_few": FEW_ACCOUNTS, "growth_many": many}
    execute(databases["growth_new"].superuser, "CHECKPOINT")
    turns = {
        figure: partial(
            measure,
            "engine:growth",
            url=urls.service,
            figure=figure,
            drawn=drawn.get(figure, 1),
            callers=CALLERS if figure in drawn else LONG_CALLERS,
            seconds=scale.seconds,
        )
        for figure, urls in databases.items()
    }
    for figure, turn in turns.items():
        primed = turn(warm_up_s=scale.prime_s if figure == "growth_many" else PRIME_S)
        tell("primed", primed)
    return [partial(turn, warm_up_s=WARM_UP_S) for turn in turns.values()]


def _filled(place: Place, accounts: int, events: int, first: int | None = None) -> DatabaseUrls:
    urls = place.ledger_database()
    apart(fill(urls.superuser, accounts=accounts, events=events, first=first))
    tell("filled", {"accounts": accounts, "events": events, "in the first": first or events})
    return urls
