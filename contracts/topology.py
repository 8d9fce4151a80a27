"""Every subject, stream, consumer and bucket, who owns it and who may use it: one table.

The bus declares from it, and the NATS permissions of each service are derived from it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

MB = 1024 * 1024
MINUTE_S = 60
DAY_S = 24 * 60 * MINUTE_S


NO_ACCOUNT = "-"
"""The last subject token of a request that concerns no single account."""


REFILL_HEADER = "Ledger-Refill"
"""On a message of the LEDGER stream that may have been there before: the log's position up to
which that is so. Its reader asks for the state as of that position before acting."""


class Service(StrEnum):
    LEDGER = "ledger"
    VIDEOGEN = "videogen"
    BOT = "bot"
    OPERATOR = "operator"
    """A person at a console or at the sandbox page: grants credits, watches, asks."""


@dataclass(frozen=True)
class Endpoint:
    """A request subject of the ledger; the last token is the account or `NO_ACCOUNT`."""

    name: str
    kind: str
    callers: frozenset[Service]

    @property
    def pattern(self) -> str:
        return f"ledger.{self.kind}.{self.name}.*"

    def subject(self, account: str = NO_ACCOUNT) -> str:
        return f"ledger.{self.kind}.{self.name}.{account}"


@dataclass(frozen=True)
class Stream:
    name: str
    owner: Service
    subjects: tuple[str, ...]
    age_max_s: float
    bytes_max: int
    duplicate_window_s: float = 2 * MINUTE_S
    batches: bool = False
    """Whether its owner stores many messages at once, all or none."""


@dataclass(frozen=True)
class Consumer:
    """A durable pull consumer.

    `attempts_max` None means that a message is retried until it succeeds. `handle_s_max` ends a
    handler that hangs; while it runs, the bus keeps telling the server that work goes on.
    """

    name: str
    stream: Stream
    reader: Service
    filters: tuple[str, ...]
    ack_wait_s: float = 15.0
    handle_s_max: float = 60.0
    attempts_max: int | None = None
    pending_max: int = 256


@dataclass(frozen=True)
class Bucket:
    """A key-value bucket, or an object store when `objects` is true."""

    name: str
    owner: Service
    ttl_s: float
    bytes_max: int
    writers: frozenset[Service]
    readers: frozenset[Service] = frozenset()
    objects: bool = False

    @property
    def stream(self) -> str:
        return f"{'OBJ' if self.objects else 'KV'}_{self.name}"


def _only(*services: Service) -> frozenset[Service]:
    return frozenset(services)


_BOT_OR_OPERATOR = _only(Service.BOT, Service.OPERATOR)

OPEN_ACCOUNT = Endpoint("open_account", "cmd", _only(Service.BOT))
TOP_UP = Endpoint("top_up", "cmd", _only(Service.OPERATOR))
DEDUCT = Endpoint("deduct", "cmd", _only(Service.BOT))
START = Endpoint("start", "cmd", _only(Service.VIDEOGEN))
CANCEL = Endpoint("cancel", "cmd", _only(Service.BOT))
DELIVER = Endpoint("deliver", "cmd", _only(Service.BOT))
BUY = Endpoint("buy", "cmd", _only(Service.BOT))
CHECK_PAYMENT = Endpoint("check_payment", "cmd", _only(Service.BOT))
REPORT_STARS = Endpoint("report_stars", "cmd", _only(Service.BOT))
REPORT_STARS_REFUND = Endpoint("report_stars_refund", "cmd", _only(Service.BOT))
PLANS = Endpoint("plans", "query", _BOT_OR_OPERATOR)
PAYMENT = Endpoint("payment", "query", _BOT_OR_OPERATOR)
BALANCE = Endpoint("balance", "query", _BOT_OR_OPERATOR)
HISTORY = Endpoint("history", "query", _BOT_OR_OPERATOR)
JOB = Endpoint("job", "query", _BOT_OR_OPERATOR | {Service.VIDEOGEN})
TERMS = Endpoint("terms", "query", _BOT_OR_OPERATOR)
UNDELIVERED = Endpoint("undelivered", "query", _only(Service.BOT))
LATE = Endpoint("late", "query", _only(Service.BOT))

ENDPOINTS = (
    OPEN_ACCOUNT,
    TOP_UP,
    DEDUCT,
    START,
    CANCEL,
    DELIVER,
    BUY,
    CHECK_PAYMENT,
    REPORT_STARS,
    REPORT_STARS_REFUND,
    PLANS,
    PAYMENT,
    BALANCE,
    HISTORY,
    JOB,
    TERMS,
    UNDELIVERED,
    LATE,
)

LEDGER = Stream("LEDGER", Service.LEDGER, ("ledger.event.>",), 30 * DAY_S, 512 * MB, batches=True)
VIDEOGEN = Stream("VIDEOGEN", Service.VIDEOGEN, ("videogen.event.>",), 7 * DAY_S, 256 * MB)
BOT = Stream("BOT", Service.BOT, ("bot.update.>",), DAY_S, 64 * MB, duplicate_window_s=DAY_S)
SET_ASIDE = Stream(
    "SET_ASIDE",
    Service.LEDGER,
    (
        "set_aside.>",
        "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
        "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
    ),
    30 * DAY_S,
    64 * MB,
)
ALERTS = Stream("ALERTS", Service.LEDGER, ("ledger.alert.>",), 7 * DAY_S, 16 * MB)
"""What the ledger tells the operator; its LEDGER stream holds the log and nothing else."""
STREAMS = (LEDGER, VIDEOGEN, BOT, SET_ASIDE, ALERTS)


def ledger_event(name: str, account: str = "*") -> str:
    return f"ledger.event.{name}.{account}"


def videogen_event(name: str, account: str = "*") -> str:
    return f"videogen.event.{name}.{account}"


def ledger_alert(code: str = "*") -> str:
    return f"ledger.alert.{code}"


def bot_update(partition: int) -> str:
    return f"bot.update.{partition}"


BOT_PARTITIONS = 8
"""People are spread over this many lanes; within a lane updates are handled in order."""

VIDEOGEN_JOBS = Consumer(
    "videogen-jobs",
    LEDGER,
    Service.VIDEOGEN,
    (ledger_event("deducted"), ledger_event("refunded")),
)
LEDGER_OUTCOMES = Consumer(
    "ledger-outcomes",
    VIDEOGEN,
    Service.LEDGER,
    (videogen_event("video_ready"), videogen_event("video_failed")),
)
BOT_OUTCOMES = Consumer(
    "bot-outcomes",
    LEDGER,
    Service.BOT,
    (ledger_event("settled"), ledger_event("refunded")),
    handle_s_max=5 * MINUTE_S,
)
BOT_PROGRESS = Consumer(
    "bot-progress",
    VIDEOGEN,
    Service.BOT,
    (
        videogen_event("job_progress"),
        videogen_event("video_ready"),
        videogen_event("alert", NO_ACCOUNT),
    ),
    handle_s_max=5 * MINUTE_S,
    attempts_max=5,
)
BOT_PAYMENTS = Consumer(
    "bot-payments",
    LEDGER,
    Service.BOT,
    (
        ledger_event("payment_opened"),
        ledger_event("payment_completed"),
        ledger_event("payment_canceled"),
        ledger_event("payment_refund_requested"),
        ledger_event("payment_refund_failed"),
    ),
    handle_s_max=5 * MINUTE_S,
)
BOT_ALERTS = Consumer("bot-alerts", ALERTS, Service.BOT, (ledger_alert(),))
BOT_UPDATES = tuple(
    Consumer(
        f"bot-updates-{partition}",
        BOT,
        Service.BOT,
        (bot_update(partition),),
        ack_wait_s=5.0,
        handle_s_max=3 * MINUTE_S,
        pending_max=1,
    )
    for partition in range(BOT_PARTITIONS)
)
CONSUMERS = (
    VIDEOGEN_JOBS,
    LEDGER_OUTCOMES,
    BOT_OUTCOMES,
    BOT_PROGRESS,
    BOT_PAYMENTS,
    BOT_ALERTS,
    *BOT_UPDATES,
)

DRAFTS = Bucket("drafts", Service.BOT, 7 * DAY_S, 64 * MB, _only(Service.BOT))
DELIVERIES = Bucket("deliveries", Service.BOT, 30 * DAY_S, 64 * MB, _only(Service.BOT))
PAYMENTS = Bucket("payments", Service.BOT, 30 * DAY_S, 32 * MB, _only(Service.BOT))
"""Where each bill stands in its chat, and what was said about payments; never money."""
ORDERS = Bucket(
    "orders", Service.BOT, 7 * DAY_S, 128 * MB, _only(Service.BOT), _only(Service.VIDEOGEN)
)
JOBS = Bucket("jobs", Service.VIDEOGEN, 7 * DAY_S, 64 * MB, _only(Service.VIDEOGEN))
STATUS = Bucket(
    "status", Service.VIDEOGEN, 60 * MINUTE_S, MB, _only(Service.VIDEOGEN), _only(Service.BOT)
)
DRAFT_PHOTOS = Bucket(
    "draft-photos", Service.BOT, 7 * DAY_S, 512 * MB, _only(Service.BOT), objects=True
)
ORDER_PHOTOS = Bucket(
    "order-photos",
    Service.BOT,
    7 * DAY_S,
    1024 * MB,
    _only(Service.BOT),
    _only(Service.VIDEOGEN),
    objects=True,
)
VIDEOS = Bucket(
    "videos",
    Service.VIDEOGEN,
    7 * DAY_S,
    2048 * MB,
    _only(Service.VIDEOGEN),
    _only(Service.BOT),
    objects=True,
)
BUCKETS = (
    DRAFTS,
    DELIVERIES,
    PAYMENTS,
    ORDERS,
    JOBS,
    STATUS,
    DRAFT_PHOTOS,
    ORDER_PHOTOS,
    VIDEOS,
)


def video_object(job_id: UUID) -> str:
    return str(job_id)


def thumbnail_object(job_id: UUID) -> str:
    return f"{job_id}.jpg"


def facts_object(job_id: UUID) -> str:
    """The `VideoReady` of the video, stored beside it: size and duration for whoever sends it."""
    return f"{job_id}.json"
