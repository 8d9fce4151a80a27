"""What the ledger answers: done, refused, or what was asked for."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from contracts.ids import AccountId, Sha256Hex
from contracts.messages.base import Message
from contracts.messages.commands import Currency, PaymentProvider


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
    AMOUNT_INVALID = "amount_invalid"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_OPEN = "order_open"
    PAYMENT_MISMATCH = "payment_mismatch"
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_COMPLETED = "payment_completed"
    REFUND_TOO_LARGE = "refund_too_large"
    TOO_MANY_REFUNDS = "too_many_refunds"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_CLOSED = "refund_closed"
    PLAN_UNKNOWN = "plan_unknown"
    PLAN_RETIRED = "plan_retired"
    PROVIDER_OFF = "provider_off"
    EMAIL_NEEDED = "email_needed"
    CAPPED = "capped"
    """More than the chat may grant in a day: an operator decides."""
    OVERLOADED = "overloaded"
    VIEW_BEHIND = "view_behind"


class Refusal(Message):
    """The answer no, with what the asker needs to explain it. Nothing has happened."""

    status: Literal["refused"] = "refused"
    code: RefusalCode
    field: str | None = None
    balance: int | None = None
    needed: int | None = None
    order_id: UUID | None = None
    """The open order that stands in the way."""


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
    debt: int = 0
    """Credits that went back with money after they were spent; the next ones pay it first."""
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
    order_id: UUID | None = None
    debt_change: int = 0
    """Signed change of the debt."""


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


class Plan(Message):
    """What can be bought. Whoever orders says what they saw, and gets that or a refusal."""

    id: str
    title: str
    """For people, in Russian."""
    title_en: str
    credits: int
    price: int
    """In kopecks."""
    stars: int


class Plans(Message):
    status: Literal["plans"] = "plans"
    plans: tuple[Plan, ...]
    providers: tuple[PaymentProvider, ...]
    """Those that are switched on. None: nothing can be bought here."""
    email_needed: bool
    """A receipt has to be sent, and nobody knows yet where to."""
    email_hint: str = ""
    """The remembered address, as far as it may be shown: `a***@mail.ru`."""
    balance: int = 0
    debt: int = 0
    """Credits that what is bought pays first."""


class PaymentState(StrEnum):
    REQUESTED = "requested"
    """Its provider has not confirmed it yet: there is no link."""
    OPENED = "opened"
    COMPLETED = "completed"
    CANCELED = "canceled"


class Payment(Message):
    """An order of credits as it stands."""

    status: Literal["payment"] = "payment"
    order_id: UUID
    account: AccountId
    provider: PaymentProvider
    plan: str
    title: str
    credits: int
    price: int
    """In minor units of the currency: kopecks, Stars."""
    currency: Currency
    state: PaymentState
    url: str | None = None
    """Where to pay, while it can be paid."""
    expires_at: AwareDatetime | None = None
    reason: str | None = None
    """Why it was canceled, in the provider's word."""
    balance: int
    debt: int = 0
    to_debt: int = 0
    """How many of its credits paid debt."""
    position: int = 0


AnyReply = Done | Refusal | Terms | Balance | History | Job | Jobs | Plans | Payment
REPLY: TypeAdapter[AnyReply] = TypeAdapter(Annotated[AnyReply, Field(discriminator="status")])
