"""Messages between the services: commands and queries with their replies, and facts.

Fields are only ever added, with a default; readers ignore what they do not know.
Credits are whole and positive, times are UTC instants.
"""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from contracts.ids import AccountId, Sha256Hex, Token

JOBS_PER_ORDER_MAX = 10
CREDITS_MAX = 1_000_000
HISTORY_PAGE_MAX = 50

Credits = Annotated[int, Field(gt=0, le=CREDITS_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_:.-]+$")]


class Message(BaseModel):
    """One message; unknown fields are ignored so that older readers keep working."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Command(Message):
    account: AccountId
    correlation_id: Token
    not_after: AwareDatetime | None = None
    """An instant after which the ledger refuses the command as `too_late`."""


# Commands to the ledger.


class OpenAccount(Command):
    """Open the account when it is new, and give the welcome bonus once."""

    terms_version: Token


class TopUp(Command):
    """Grant credits without payment; `grant_id` is made where the grant originates."""

    grant_id: Token
    credits: Credits
    reason: Reason


class Deduct(Command):
    """Order one job per order digest, all or none, at `price_credits` each.

    The ledger computes the job ids itself from account, draft, revision and index.
    """

    draft_id: UUID
    revision: Annotated[int, Field(ge=0)]
    price_credits: Credits
    order_digests: Annotated[
        tuple[Sha256Hex, ...], Field(min_length=1, max_length=JOBS_PER_ORDER_MAX)
    ]


class Start(Command):
    """Ask whether the first paid step of a job may begin; from then on it cannot be cancelled."""

    job_id: UUID


class Cancel(Command):
    job_id: UUID


class DeliveryOutcome(StrEnum):
    SENT = "sent"
    UNREACHABLE = "unreachable"


class Deliver(Command):
    """Record that the person has the video, or cannot be reached."""

    job_id: UUID
    outcome: DeliveryOutcome
    file_digest: Sha256Hex | None = None


LedgerCommand = OpenAccount | TopUp | Deduct | Start | Cancel | Deliver


# Replies.


class RefusalCode(StrEnum):
    MALFORMED = "malformed"
    ACCOUNT_UNKNOWN = "account_unknown"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    JOB_UNKNOWN = "job_unknown"
    KEY_REUSED = "key_reused"
    TOO_LATE = "too_late"
    ALREADY_STARTED = "already_started"
    DEDUCTION_CLOSED = "deduction_closed"
    DEDUCTION_OPEN = "deduction_open"
    NOT_STARTED = "not_started"
    NOT_YET_DUE = "not_yet_due"
    TOO_LITTLE_TIME = "too_little_time"
    TOO_MANY_OPEN = "too_many_open"
    PRICE_CHANGED = "price_changed"
    BALANCE_LIMIT = "balance_limit"
    BUSY = "busy"
    VIEW_BEHIND = "view_behind"


class Refusal(Message):
    """The answer no, with what the asker needs to explain it. Nothing has happened."""

    status: Literal["refused"] = "refused"
    code: RefusalCode
    field: str | None = None
    balance: int | None = None
    needed: int | None = None


class Done(Message):
    """The answer yes: committed, or found committed earlier when `repeat` is true."""

    status: Literal["done"] = "done"
    account: AccountId
    balance: int
    """Balance in credits right after the recorded events (a repeat gives the first result)."""
    position: int
    repeat: bool = False
    job_ids: tuple[UUID, ...] = ()
    bonus_credits: int = 0
    deadline_at: AwareDatetime | None = None


# Queries to the ledger.


class Query(Message):
    account: AccountId
    min_position: int = 0
    """The log position that the answer must include (read your own write)."""


class GetBalance(Query):
    pass


class GetHistory(Query):
    limit: Annotated[int, Field(gt=0, le=HISTORY_PAGE_MAX)] = 10
    before_position: int | None = None


class GetJob(Query):
    job_id: UUID


class GetUndelivered(Message):
    """Ask for settled jobs of Telegram accounts that nobody has marked as delivered."""

    limit: Annotated[int, Field(gt=0, le=500)] = 100


class GetTerms(Message):
    """Ask what the ledger offers today."""


class JobState(StrEnum):
    QUEUED = "queued"
    STARTED = "started"
    SETTLED = "settled"
    REFUNDED = "refunded"


class Terms(Message):
    """What a video costs and what a new account gets, in credits, and how long a job may take."""

    status: Literal["terms"] = "terms"
    price_credits: int
    welcome_credits: int
    deadline_s: float


class Balance(Message):
    status: Literal["balance"] = "balance"
    account: AccountId
    balance: int
    open_credits: int
    """Credits of deductions that are neither settled nor refunded yet."""
    position: int


class HistoryEntry(Message):
    position: int
    recorded_at: AwareDatetime
    kind: str
    credits: int
    """Signed change of the balance; 0 for events that move no credit."""
    balance_after: int
    job_id: UUID | None = None
    reason: str | None = None


class History(Message):
    status: Literal["history"] = "history"
    account: AccountId
    entries: tuple[HistoryEntry, ...]


class Job(Message):
    status: Literal["job"] = "job"
    job_id: UUID
    account: AccountId
    state: JobState
    credits: int
    reason: str | None = None
    video_digest: Sha256Hex | None = None
    balance_after: int
    """Balance right after the job's last event that moved or finalised a credit."""
    ordered_at: AwareDatetime
    deadline_at: AwareDatetime
    delivered: bool
    position: int


class Jobs(Message):
    status: Literal["jobs"] = "jobs"
    jobs: tuple[Job, ...]


AnyReply = Done | Refusal | Terms | Balance | History | Job | Jobs
REPLY: TypeAdapter[AnyReply] = TypeAdapter(Annotated[AnyReply, Field(discriminator="status")])


# Facts of the ledger, as they stand in its log.


class LedgerFact(Message):
    account: AccountId
    position: int
    version: int
    recorded_at: AwareDatetime
    correlation_id: str
    balance_after: int


class AccountOpened(LedgerFact):
    terms_version: str


class ToppedUp(LedgerFact):
    grant_id: str
    credits: int
    reason: str


class Deducted(LedgerFact):
    job_id: UUID
    credits: int
    order_digest: Sha256Hex
    deadline_at: AwareDatetime


class Started(LedgerFact):
    job_id: UUID


class Settled(LedgerFact):
    job_id: UUID
    video_digest: Sha256Hex


class Refunded(LedgerFact):
    job_id: UUID
    credits: int
    reason: str


class Delivered(LedgerFact):
    job_id: UUID
    outcome: DeliveryOutcome


# Facts of videogen.


class JobStage(StrEnum):
    PREPARING = "preparing"
    RENDERING = "rendering"
    FINISHING = "finishing"


class FailureReason(StrEnum):
    """Why a video could not be made; each has its own sentence for the person."""

    PHOTO_UNREADABLE = "photo_unreadable"
    CONTENT_REJECTED = "content_rejected"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_MISCONFIGURED = "provider_misconfigured"
    ORDER_MISSING = "order_missing"
    INTERNAL = "internal"


class VideogenFact(Message):
    account: AccountId
    job_id: UUID
    occurred_at: AwareDatetime


class JobProgress(VideogenFact):
    stage: JobStage


class VideoReady(VideogenFact):
    """The video and its thumbnail are stored under the job id."""

    video_digest: Sha256Hex
    size_bytes: int
    duration_ms: int
    width: int
    height: int


class VideoFailed(VideogenFact):
    reason: FailureReason
