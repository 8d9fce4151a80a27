# ruff: noqa: S311 - the draws must be repeatable, and nothing here is a secret
"""What a soak does, drawn from its seed: orders, faults and kills, each from a stream of its own.

A moment is a place in the progress of the orders and not a time of the clock, so that the same
seed hits a slow machine where it hits a fast one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from random import Random
from typing import TypeVar

FAULTS_PER_CYCLE = 0.5
KILLS_PER_CYCLE = 1 / 6
AFTER_S_MAX = 4.0
PRODUCTS = (
    "Термокружка «Север», 450 мл. Держит тепло восемь часов",
    "Рюкзак городской «Маршрут». Лёгкий, не боится дождя",
    "Кроссовки «Бриз» для бега. Мягкая подошва, дышащий верх",
    "Лампа настольная «Полночь». Тёплый свет, три яркости",
    "Сыворотка для лица «Роса», 30 мл. Увлажняет весь день",
)


Card = TypeVar("Card")


class ProviderFault(StrEnum):
    LOST_REPLY = "lost_reply"
    """The task is made and nobody is told."""
    LOST_FOR_EVER = "lost_for_ever"
    """The same, and no callback ever names the task."""
    STUCK = "stuck"
    LATE = "late"
    EMPTY_RESULT = "empty_result"
    EXPIRED_LINK = "expired_link"
    CONTENT_REFUSED = "content_refused"
    FAILED = "failed"
    HIDDEN = "hidden"
    NO_CALLBACK = "no_callback"
    TWO_CALLBACKS = "two_callbacks"
    NO_CREDITS = "no_credits"
    KEY_CAPPED = "key_capped"
    MAINTENANCE = "maintenance"
    RATE_LIMITED = "rate_limited"
    BAD_GATEWAY = "bad_gateway"
    """On the way to a new task: nobody knows whether there is one."""
    BAD_GATEWAY_LATER = "bad_gateway_later"
    """On the way to a task that is there."""
    BLOCKED = "blocked"
    HANG = "hang"
    HANG_AFTER = "hang_after"


FAULTS: Mapping[ProviderFault, int] = {
    **dict.fromkeys(ProviderFault, 1),
    ProviderFault.LOST_REPLY: 3,
    ProviderFault.LATE: 2,
    ProviderFault.EMPTY_RESULT: 2,
    ProviderFault.CONTENT_REFUSED: 3,
    ProviderFault.EXPIRED_LINK: 2,
    ProviderFault.BAD_GATEWAY_LATER: 2,
    ProviderFault.RATE_LIMITED: 2,
    ProviderFault.TWO_CALLBACKS: 2,
}
"""How many of each there are in one deck; with sixty cycles a deck is dealt once."""
VICTIMS: Mapping[str, int] = {"videogen": 4, "bot": 2, "ledger": 2, "nats": 2}


@dataclass(frozen=True)
class Order:
    cycle: int
    """Counted from 1."""
    person: int
    product: str


@dataclass(frozen=True)
class FaultMoment:
    """Armed right before the cycle's order is confirmed; whose call meets it is left to chance."""

    cycle: int
    fault: ProviderFault


@dataclass(frozen=True)
class KillMoment:
    """So many seconds after the cycle's order is first confirmed."""

    cycle: int
    after_s: float
    service: str


@dataclass(frozen=True)
class Plan:
    orders: tuple[Order, ...]
    faults: tuple[FaultMoment, ...] = ()
    kills: tuple[KillMoment, ...] = ()

    def orders_of(self, person: int) -> list[Order]:
        return [order for order in self.orders if order.person == person]


def draw_plan(seed: int, *, cycles: int, people: int, workers: int, with_faults: bool) -> Plan:
    orders = _orders(Random(f"{seed}/orders"), cycles, people)
    if not with_faults:
        return Plan(orders)
    faults = _faults(Random(f"{seed}/faults"), cycles)
    return Plan(orders, faults, _kills(Random(f"{seed}/kills"), cycles, workers))


def _orders(chance: Random, cycles: int, people: int) -> tuple[Order, ...]:
    return tuple(
        Order(cycle, (cycle - 1) % people, chance.choice(PRODUCTS))
        for cycle in range(1, cycles + 1)
    )


def _faults(chance: Random, cycles: int) -> tuple[FaultMoment, ...]:
    count = round(cycles * FAULTS_PER_CYCLE)
    dealt = islice(_dealt(chance, FAULTS), count)
    moments = sorted(chance.sample(range(1, cycles + 1), count))
    return tuple(FaultMoment(cycle, fault) for cycle, fault in zip(moments, dealt, strict=True))


def _kills(chance: Random, cycles: int, workers: int) -> tuple[KillMoment, ...]:
    count = min(cycles, max(len(VICTIMS), round(cycles * KILLS_PER_CYCLE)))
    dealt = islice(_dealt(chance, VICTIMS), count)
    moments = sorted(chance.sample(range(1, cycles + 1), count))
    return tuple(
        KillMoment(
            cycle, round(chance.uniform(0, AFTER_S_MAX), 1), _one_of(victim, chance, workers)
        )
        for cycle, victim in zip(moments, dealt, strict=True)
    )


def _one_of(victim: str, chance: Random, workers: int) -> str:
    """Say which of the workers it is. Drawn for everybody, so that their number moves nothing."""
    worker = int(chance.random() * workers)
    return f"{victim}-{worker + 1}" if victim == "videogen" and worker else victim


def _dealt(chance: Random, deck: Mapping[Card, int]) -> Iterator[Card]:
    while True:
        cards = [card for card, count in deck.items() for _ in range(count)]
        chance.shuffle(cards)
        yield from cards
