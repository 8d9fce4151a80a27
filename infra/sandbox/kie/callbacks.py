"""Callbacks that are due: which, when, and again after an answer that is not 200."""

import base64
import hashlib
import hmac
from dataclasses import asdict, dataclass, field

from infra.sandbox.kie.settings import Timing
from infra.sandbox.kie.tasks import Task
from infra.sandbox.telegram.json_types import Json

RECEIVED = "200"


@dataclass
class Delivery:
    task_id: str
    url: str
    due_at: float | None
    """None: it is on its way, was received, or was given up."""
    answers: list[str] = field(default_factory=list[str])
    """The HTTP status of each attempt, or what went wrong."""


class CallbackQueue:
    def __init__(self, timing: Timing) -> None:
        self._delays_s = timing.callback_retry_delays_s
        self._deliveries: list[Delivery] = []

    def expect(self, task: Task) -> None:
        """Remember what is to be sent when the task ends."""
        url, ends_at = task.order.callback_url, task.ends_at
        if url is not None and ends_at is not None:
            self._deliveries += [
                Delivery(task.task_id, url, ends_at) for _ in range(task.fate.callbacks)
            ]

    def next_due_at(self) -> float | None:
        return min((one.due_at for one in self._deliveries if one.due_at is not None), default=None)

    def take_due(self, now: float) -> list[Delivery]:
        due = [one for one in self._deliveries if one.due_at is not None and one.due_at <= now]
        for delivery in due:
            delivery.due_at = None
        return due

    def answered(self, delivery: Delivery, answer: str, *, now: float) -> None:
        delivery.answers.append(answer)
        retry = len(delivery.answers) - 1
        if answer != RECEIVED and retry < len(self._delays_s):
            delivery.due_at = now + self._delays_s[retry]

    def listed(self) -> list[Json]:
        return [asdict(one) for one in self._deliveries]

    def forget_all(self) -> None:
        self._deliveries.clear()


def signature(task_id: str, timestamp: str, key: str) -> str:
    """KIE signs the task's id and the time, but not the body."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
