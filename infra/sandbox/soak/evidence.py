"""What was seen from outside when a soak was over: books, chats, the provider's counters."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from infra.sandbox.journey.books import Entry

DEADLINE = "deadline"
SETTLED = "settled"
REFUNDED = "refunded"


class Cycle(Struct, frozen=True, kw_only=True):
    """One order as the person lived it."""

    cycle: int
    account: str
    number: str | None = None
    """The job's number as people see it; None when the order was never taken."""
    end: str | None = None
    took_s: float = 0.0
    """From the first tap on the button that orders to the video or the refund."""
    refused: int = 0
    """How often the bot said to try later, before any credit was taken."""
    trouble: str | None = None


class ToldKind(StrEnum):
    VIDEO = "video"
    LATE_VIDEO = "late_video"
    REFUND = "refund"
    UNCERTAIN = "uncertain"
    """A video that may have arrived, with a button to have it sent again."""


class Told(Struct, frozen=True, kw_only=True):
    """A message of the bot about how a job ended."""

    account: str
    message_id: int
    at: float
    """Seconds since the epoch, cut to whole ones as Telegram does."""
    number: str
    kind: ToldKind
    text: str
    balance: int | None = None
    url: str | None = None


class Task(Struct, frozen=True, kw_only=True):
    """A task that the provider made, as its own books have it."""

    task_id: str
    digests: tuple[str, ...] = ()
    never_ends: bool = False


class Record(Struct, frozen=True, kw_only=True):
    """What the workers keep of a job."""

    job_id: UUID
    state: str
    is_over: bool
    closed: str = ""
    task_id: str | None = None


class Kill(Struct, frozen=True, kw_only=True):
    """A process that was alive, and that the supervisor saw end by our signal."""

    at: float
    cycle: int
    service: str
    pid: int


class Evidence(Struct, frozen=True, kw_only=True):
    cycles: tuple[Cycle, ...]
    entries: tuple[Entry, ...]
    """The whole log by position."""
    told: tuple[Told, ...] = ()
    tasks: tuple[Task, ...] = ()
    records: tuple[Record, ...] = ()
    kills: tuple[Kill, ...] = ()
    troubles: tuple[str, ...] = ()
    """What asking somebody else brought to light: SQL, the audit, a player, Telegram."""


class Job(Struct, frozen=True, kw_only=True):
    """Everything about one deduction, put together."""

    deducted: Entry
    entries: tuple[Entry, ...]
    told: tuple[Told, ...]
    record: Record | None

    @property
    def number(self) -> str:
        return number_of(self.deducted)

    @property
    def ends(self) -> list[Entry]:
        return [one for one in self.entries if one.kind in (SETTLED, REFUNDED)]

    @property
    def end(self) -> Entry | None:
        return self.ends[0] if self.ends else None

    @property
    def was_late(self) -> bool:
        return self.end is not None and self.end.reason == DEADLINE

    def of_kind(self, kind: str) -> list[Entry]:
        return [one for one in self.entries if one.kind == kind]

    def messages(self, *kinds: ToldKind) -> list[Told]:
        return [one for one in self.told if one.kind in kinds]


def number_of(entry: Entry) -> str:
    return entry.job_id.hex[:6].upper() if entry.job_id else ""


def jobs_in(evidence: Evidence) -> list[Job]:
    records = {record.job_id: record for record in evidence.records}
    return [
        Job(
            deducted=deducted,
            entries=tuple(one for one in evidence.entries if one.job_id == deducted.job_id),
            told=tuple(
                one
                for one in evidence.told
                if (one.account, one.number) == (deducted.account, number_of(deducted))
            ),
            record=records.get(deducted.job_id) if deducted.job_id else None,
        )
        for deducted in evidence.entries
        if deducted.kind == "deducted"
    ]
