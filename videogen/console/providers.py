"""`providers`: whether videos can be made, how fast, and what is left to pay them with."""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from contracts.console import EXIT_OK, Subparsers, say
from contracts.studio import Door, StudioStatus
from videogen.console.balances import Balance, balances_of
from videogen.console.snapshot import Snapshot, snapshot_of_settings
from videogen.console.words import lasting, pairs, time_of_day
from videogen.kie import KieSettings
from videogen.settings import VideogenSettings
from videogen.status import BreakerStatus

KIE = "kie"
LOCAL = "local"


@dataclass(frozen=True)
class Rates:
    """What this operator set; None for a provider that is not asked over a network."""

    submits_per_ten_s: int
    queries_per_s: int


@dataclass(frozen=True)
class ProviderView:
    name: str
    is_chosen: bool
    workers: int
    breaker: BreakerStatus | None
    rates: Rates | None = None
    balances: tuple[Balance, ...] = ()


def add_commands(commands: Subparsers) -> None:
    providers = commands.add_parser("providers", help="show balances, breakers and rates")
    providers.add_argument("--json", action="store_true", help="as one JSON document")
    providers.set_defaults(action=_providers)


async def _providers(options: argparse.Namespace) -> int:
    chosen = str(VideogenSettings().videogen_provider)
    kie = KieSettings() if os.environ.get("KIE_API_KEY") else None  # pyright: ignore[reportCallIssue] - read from the environment
    snapshot = await snapshot_of_settings()
    balances = await balances_of(kie) if kie else ()
    views = views_of(snapshot, chosen, kie, balances)
    if options.json:
        say(json.dumps(document(views, snapshot.studio)))
        return EXIT_OK
    for line in lines_of_providers(views, snapshot):
        say(line)
    return EXIT_OK


def views_of(
    snapshot: Snapshot, chosen: str, kie: KieSettings | None, balances: tuple[Balance, ...]
) -> list[ProviderView]:
    """Return the one that is set here, those that workers have, and those that had trouble."""
    alive = [worker.provider for worker in snapshot.alive]
    names = {chosen, *alive, *snapshot.breakers, *([KIE] if kie else [])}
    rates = Rates(kie.kie_submits_per_ten_s, kie.kie_queries_per_s) if kie else None
    return [
        ProviderView(
            name=name,
            is_chosen=name == chosen,
            workers=alive.count(name),
            breaker=snapshot.breakers.get(name),
            rates=rates if name == KIE else None,
            balances=balances if name == KIE else (),
        )
        for name in sorted(names)
    ]


def document(views: list[ProviderView], studio: StudioStatus | None) -> dict[str, Any]:
    return {
        "providers": [
            {
                "provider": view.name,
                "is_chosen": view.is_chosen,
                "workers": view.workers,
                "breaker": view.breaker.model_dump(mode="json") if view.breaker else None,
                "rates": vars(view.rates) if view.rates else None,
                "keys": [_key_document(balance) for balance in view.balances],
            }
            for view in views
        ],
        "studio": studio.model_dump(mode="json") if studio else None,
    }


def _key_document(balance: Balance) -> dict[str, str | None]:
    # As a text, because a float would round it.
    left = None if balance.credits is None else str(balance.credits)
    return {"key_id": balance.key_id, "credits": left, "trouble": balance.trouble or None}


def lines_of_providers(
    views: list[ProviderView], snapshot: Snapshot, zone: tzinfo | None = None
) -> Iterator[str]:
    for view in views:
        yield from pairs(
            [
                ("provider", f"{view.name}{', chosen here' if view.is_chosen else ''}"),
                ("workers", str(view.workers)),
                *_door(view.breaker, snapshot, zone),
                ("rates", _rates(view)),
                *((f"key {each.key_id}", _left(each)) for each in view.balances),
            ]
        )
        yield ""
    yield _studio(snapshot)


def _door(
    breaker: BreakerStatus | None, snapshot: Snapshot, zone: tzinfo | None
) -> list[tuple[str, str]]:
    if breaker is None:
        return [("door", "open, no failure is known")]
    since = f"since {time_of_day(breaker.since, zone)}"
    shut = ""
    if breaker.door is Door.SHUT and breaker.until:
        left = breaker.until - snapshot.now
        shut = f", tried again {f'in {lasting(left)}' if left.total_seconds() > 0 else 'now'}"
    trial = f", trial {breaker.trial}" if breaker.trial else ""
    row = f", failures in a row {breaker.failures}" if breaker.failures else ""
    detail = f": {breaker.detail}" if breaker.detail else ""
    return [
        ("door", f"{breaker.door} {since}{shut}{trial}{row}"),
        ("trouble", f"{breaker.trouble}{detail}" if breaker.trouble else ""),
    ]


def _left(balance: Balance) -> str:
    return balance.trouble if balance.credits is None else f"{balance.credits} credits left"


def _rates(view: ProviderView) -> str:
    if view.name == LOCAL:
        return "on this machine"
    if view.rates is None:
        return ""
    tasks, questions = view.rates.submits_per_ten_s, view.rates.queries_per_s
    return f"{tasks} new tasks in 10 s, {questions} questions in 1 s, for each worker"


def _studio(snapshot: Snapshot) -> str:
    studio = snapshot.studio
    if studio is None:
        return "the studio has not been heard of for an hour: no order is taken"
    making = lasting(studio.making_s) if studio.making_s else "not known yet"
    heard = lasting(max(0.0, (snapshot.now - studio.beat_at).total_seconds()))
    return (
        f"the studio: {studio.entrance(snapshot.now)}, waiting {studio.waiting}, wait "
        f"{lasting(studio.wait_s)}, a video takes {making}, heard {heard} ago"
    )
