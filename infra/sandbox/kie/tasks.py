"""Tasks: the whole life of one is decided when it is accepted, and time only shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from infra.sandbox.kie.orders import Order
from infra.sandbox.kie.settings import Timing


class TaskState(StrEnum):
    WAITING = "waiting"
    QUEUING = "queuing"
    GENERATING = "generating"
    SUCCESS = "success"
    FAIL = "fail"


@dataclass(frozen=True)
class Failure:
    code: str
    msg: str


@dataclass(frozen=True)
class Fate:
    """What will become of a task; everything but the defaults was asked for."""

    failure: Failure | None = None
    stuck_in: TaskState | None = None
    late_s: float = 0.0
    hidden_s: float = 0.0
    """How long nobody can ask for it after it was accepted."""
    has_result: bool = True
    is_expired: bool = False
    """The result's link never works."""
    callbacks: int = 1


@dataclass(frozen=True)
class Photo:
    digest: str
    data: bytes


@dataclass(frozen=True)
class Task:
    task_id: str
    account: str
    key: str
    order: Order
    photos: tuple[Photo, ...]
    created_at: float
    timing: Timing
    fate: Fate
    origin: str
    """The address that the client called, for the links to the result."""

    @property
    def ends_at(self) -> float | None:
        """None: never."""
        if self.fate.stuck_in is not None:
            return None
        return self.created_at + self._steps[-1][1]

    def state_at(self, now: float) -> TaskState:
        reached = TaskState.WAITING
        for state, after_s in self._steps:
            if now - self.created_at < after_s or reached is self.fate.stuck_in:
                return reached
            reached = state
        return reached

    def cost_at(self, now: float) -> float:
        """Credits are taken when a task is accepted, and given back when it fails."""
        is_failed = self.state_at(now) is TaskState.FAIL
        return 0.0 if is_failed else round(self.order.input.cost_credits, 2)

    @property
    def result_urls(self) -> list[str]:
        return [f"{self.origin}/r/{self.task_id}_0.mp4"] if self.fate.has_result else []

    @property
    def _steps(self) -> list[tuple[TaskState, float]]:
        queuing = self.timing.waiting_s
        generating = queuing + self.timing.queuing_s
        end = TaskState.SUCCESS if self.fate.failure is None else TaskState.FAIL
        return [
            (TaskState.QUEUING, queuing),
            (TaskState.GENERATING, generating),
            (end, generating + self.timing.generating_s + self.fate.late_s),
        ]


class TaskBook:
    """All tasks ever accepted, in order."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def __iter__(self) -> Iterator[Task]:
        return iter([*self._tasks.values()])

    def add(self, task: Task) -> None:
        self._tasks[task.task_id] = task

    def find(self, task_id: str) -> Task | None:
        return self._tasks.get(task_id)

    def of_account(self, account: str) -> list[Task]:
        return [task for task in self if task.account == account]

    def of_key(self, key: str, *, since: float = 0.0) -> list[Task]:
        return [task for task in self if task.key == key and task.created_at > since]

    def forget_all(self) -> None:
        self._tasks.clear()

    def by_photo(self) -> dict[str, list[Task]]:
        """Return the tasks that each photo was given to, by the digest of its bytes."""
        found: dict[str, list[Task]] = {}
        for task in self:
            for digest in {photo.digest for photo in task.photos}:
                found.setdefault(digest, []).append(task)
        return found
