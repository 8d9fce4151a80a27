"""Notifications that are due: which, when, and again for a day after any answer but 200."""

from dataclasses import dataclass, field

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.settings import Timing

RECEIVED = "200"


@dataclass
class Delivery:
    number: int
    event: str
    object_id: str
    url: str
    body: Json
    """With the object as it was at the moment of the event."""
    made_at: float
    due_at: float | None
    """None: it is on its way, was received, or was given up."""
    behind: int | None = None
    """The number of the one that has to be tried before."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    answers: list[str] = field(default_factory=list[str])
    """The HTTP status of each attempt, or what went wrong."""

    @property
    def is_received(self) -> bool:
        return RECEIVED in self.answers[-1:]


class NotificationQueue:
    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._deliveries: dict[int, Delivery] = {}
        self._held: list[Delivery] = []
        """They wait for the next notification, to come after it."""

    def next_number(self) -> int:
        return max(self._deliveries, default=0) + 1

    def add(self, delivery: Delivery) -> list[Delivery]:
        """Return what has to be kept: it, and those that are now behind it."""
        self._deliveries[delivery.number] = delivery
        freed, self._held = self._held, []
        for held in freed:
            held.behind = delivery.number
            held.due_at = delivery.due_at
        return [delivery, *freed]

    def hold(self, delivery: Delivery) -> None:
        delivery.due_at = None
        self._deliveries[delivery.number] = delivery
        self._held.append(delivery)

    def put_back(self, delivery: Delivery) -> None:
        """Take it up again after a restart."""
        self._deliveries[delivery.number] = delivery

    def next_due_at(self) -> float | None:
        due = [one.due_at for one in self._deliveries.values() if self._may_go(one)]
        return min((at for at in due if at is not None), default=None)

    def take_due(self, now: float) -> list[Delivery]:
        due = [
            one
            for one in self._deliveries.values()
            if self._may_go(one) and one.due_at is not None and one.due_at <= now
        ]
        for delivery in due:
            delivery.due_at = None
        return due

    def answered(self, delivery: Delivery, answer: str, *, now: float) -> None:
        delivery.answers.append(answer)
        if answer == RECEIVED:
            return
        delays = self._timing.retry_delays_s
        next_at = now + delays[min(len(delivery.answers), len(delays)) - 1]
        if next_at <= delivery.made_at + self._timing.notified_for_s:
            delivery.due_at = next_at

    def listed(self) -> list[Delivery]:
        return [*self._deliveries.values()]

    def forget_all(self) -> None:
        self._deliveries.clear()
        self._held.clear()

    def _may_go(self, delivery: Delivery) -> bool:
        before = None if delivery.behind is None else self._deliveries.get(delivery.behind)
        return before is None or bool(before.answers)
