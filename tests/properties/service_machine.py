"""Plans for several clients of a running ledger, and the history of what they were told.

Hypothesis draws every move independently of the data: any command may meet any state, any other
command at the same time, and any fault. Two accounts, few jobs and few grants, so that they meet.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import strategies as st

from contracts import topology
from contracts.bus import Bus, NoAnswerError, ask
from contracts.ids import job_id_of
from contracts.messages import (
    Cancel,
    Deduct,
    Deliver,
    DeliveryOutcome,
    Done,
    FailureReason,
    LedgerCommand,
    OpenAccount,
    Refusal,
    RefusalCode,
    Start,
    TopUp,
    VideoFailed,
    VideoReady,
)
from contracts.topology import Endpoint, Service
from tests.linearise import Call, linearise
from tests.sequential_ledger import Answer, Asked, SequentialLedger, State

PATIENCE_S = 30.0
WAIT_S = 1.0
PAUSE_S = 0.05
HASTE_S = 0.004

accounts = st.sampled_from([0, 0, 0, 0, 1])
drafts = st.sampled_from([1, 1, 1, 2])
revisions = st.sampled_from([0, 0, 0, 1])
digests = st.sampled_from(["a" * 64, "a" * 64, "b" * 64])
lateness = st.sampled_from([None] * 9 + [-1.0, 0.005, 0.02])
manners = st.sampled_from(["patient", "patient", "hasty", "gone", "twice", "twice"])


@dataclass(frozen=True)
class Job:
    """A job as the plan names it, of the account of its number."""

    account: int
    draft: int
    revision: int
    index: int


jobs = st.builds(Job, accounts, drafts, revisions, st.sampled_from([0, 0, 0, 1]))


@dataclass(frozen=True)
class Move:
    """One wish of one client: what, of which account, how late, and how the client behaves.

    patient asks until there is an answer; hasty gives up soon and asks again; gone gives up soon
    and never asks again; twice asks two times at once.
    """

    kind: str
    account: int
    details: tuple
    manner: str
    lateness_s: float | None
    fault: str | None


Script = Sequence[Move]


@dataclass(frozen=True)
class Plan:
    """What each account is granted at first (None: nobody opens it), then a script per client.

    The first account's first job is taken so many steps: ordered, started, ready. The fault waits
    from the beginning; others are armed on the way.
    """

    granted: tuple[int | None, ...]
    steps: int
    fault: str | None
    scripts: list[Script]


def moves(faults: Sequence[str], quiet: int) -> st.SearchStrategy[Move]:
    details = {
        "open": st.just(()),
        "top_up": st.tuples(
            st.sampled_from(["g", "g", "h", "welcome"]),
            st.sampled_from([1, 1, 2]),
            st.sampled_from(["promo", "promo", "gift"]),
        ),
        "deduct": st.tuples(
            drafts,
            revisions,
            st.lists(digests, min_size=1, max_size=2).map(tuple),
            st.sampled_from([1, 1, 1, 1, 1, 2]),
        ),
        "start": st.tuples(jobs),
        "cancel": st.tuples(jobs),
        "deliver": st.tuples(jobs, st.sampled_from(list(DeliveryOutcome))),
        "ready": st.tuples(jobs, digests),
        "failed": st.tuples(jobs),
    }
    often = ["top_up", "deduct", "deduct", "deduct", "start", "start", "cancel"]
    kinds = st.sampled_from([*details, *often])
    any_fault = st.sampled_from([None] * quiet + list(faults))
    return kinds.flatmap(
        lambda kind: st.builds(
            Move, st.just(kind), accounts, details[kind], manners, lateness, any_fault
        )
    )


def plans(faults: Sequence[str] = (), quiet: int = 10) -> st.SearchStrategy[Plan]:
    """Draw plans; of `quiet` and as many moves as there are faults, `quiet` have none."""
    granted = st.sampled_from([0, 1, 2, 3, 3, None])
    fault = st.sampled_from(faults) if faults else st.none()
    script = st.lists(moves(faults, quiet), min_size=2, max_size=6)
    scripts = st.lists(script, min_size=3, max_size=5)
    steps = st.sampled_from([0, 1, 1, 2, 3])
    return st.builds(Plan, st.tuples(granted, granted), steps, fault, scripts)


@dataclass
class Machine:
    """Plays plans with accounts of their own, through connections of each caller."""

    buses: dict[Service, Bus]
    arm: Callable[[str], None]
    check_log: Callable[[Sequence[Call[Asked, Answer]]], Awaitable[None]]
    played: Iterable[int] = field(default_factory=lambda: itertools.count(1))
    ruined: list[tuple[Plan, AssertionError]] = field(default_factory=list)

    async def play(self, plan: Plan) -> None:
        """Raises AssertionError when nothing sequential explains what the clients were told."""
        for ruined, error in self.ruined:
            if ruined == plan:  # asked to show it again, while time would go another way
                raise error
        game = _Game(self, next(iter(self.played)))
        await game.begin(plan.granted, plan.steps)
        if plan.fault is not None:
            self.arm(plan.fault)
        async with asyncio.TaskGroup() as clients:
            for script in plan.scripts:
                clients.create_task(game.follow(script))
        await game.ask_a_last_time()
        try:
            explain(game.calls)
            check_order(game.calls)
            await self.check_log(game.calls)
        except AssertionError as error:
            self.ruined.append((plan, error))
            raise


class _Game:
    def __init__(self, machine: Machine, number: int) -> None:
        self.machine = machine
        self.number = number
        self.calls: list[Call[Asked, Answer]] = []
        self.numbers = itertools.count()

    async def begin(self, granted: Sequence[int | None], steps: int) -> None:
        for account, credits_ in enumerate(granted):
            if credits_ is not None:
                await self.patiently(_plainly("open", account))
            if credits_:
                await self.patiently(_plainly("top_up", account, "first", credits_, "promo"))
        for step in FIRST_STEPS[:steps]:
            await self._make(step)

    async def follow(self, script: Script) -> None:
        for move in script:
            if move.fault is not None:
                self.machine.arm(move.fault)
            await self._make(move)

    async def ask_a_last_time(self) -> None:
        """What was lost or doubled shows in the balance at the end."""
        for account in (0, 1):
            await self.patiently(_plainly("top_up", account, "last", 1, "promo"))

    async def _make(self, move: Move) -> None:
        if move.kind in ("ready", "failed"):
            await self._tell(move)
        elif move.manner == "twice":
            await asyncio.gather(self.patiently(move), self.patiently(move))
        elif move.manner == "patient":
            await self.patiently(move)
        else:
            answer = await self._ask(self._command(move), wait_s=HASTE_S)
            if answer is None and move.manner == "hasty":
                await self.patiently(move)

    async def patiently(self, move: Move) -> None:
        """A caller keeps its command, its `not_after` included, and asks until it is answered."""
        command = self._command(move)
        until = time.monotonic() + PATIENCE_S
        answer = await self._ask(command)
        while answer is None or answer == Refusal(code=RefusalCode.OVERLOADED):
            assert time.monotonic() < until, f"no answer to {command}"
            await asyncio.sleep(PAUSE_S)
            answer = await self._ask(command.model_copy(update={"correlation_id": self._token()}))

    async def _ask(self, command: LedgerCommand, wait_s: float = WAIT_S) -> Answer | None:
        service, endpoint = _way_of(command)
        asked = time.time()
        try:
            answer = await ask(self.machine.buses[service], endpoint, command, Done, wait_s)
        except NoAnswerError:
            self.calls.append(Call(command, asked))
            return None
        self.calls.append(Call(command, asked, time.time(), answer))
        return answer

    async def _tell(self, move: Move) -> None:
        """A fact has no answer: the ledger acts on it when it likes."""
        fact = self._fact(move)
        self.calls.append(Call(fact, time.time()))
        name = "video_ready" if isinstance(fact, VideoReady) else "video_failed"
        subject = topology.videogen_event(name, fact.account)
        bus = self.machine.buses[Service.VIDEOGEN]
        await bus.publish(subject, fact, message_id=self._token())

    def _command(self, move: Move) -> LedgerCommand:
        late = move.lateness_s
        head = {
            "account": self._account(move.account),
            "correlation_id": self._token(),
            "not_after": None if late is None else datetime.fromtimestamp(time.time() + late, UTC),
        }
        match move.kind, move.details:
            case "open", ():
                return OpenAccount(**head, terms_version="1")
            case "top_up", (grant_id, credits_, reason):
                return TopUp(**head, grant_id=grant_id, credits=credits_, reason=reason)
            case "deduct", (draft, revision, ordered, price):
                return Deduct(
                    **head,
                    draft_id=UUID(int=draft),
                    revision=revision,
                    price_credits=price,
                    order_digests=ordered,
                )
            case "start", (job,):
                return Start(**head, job_id=self._job_id(job))
            case "cancel", (job,):
                return Cancel(**head, job_id=self._job_id(job))
            case "deliver", (job, outcome):
                return Deliver(**head, job_id=self._job_id(job), outcome=outcome)
        raise AssertionError(move)

    def _fact(self, move: Move) -> VideoReady | VideoFailed:
        job, *more = move.details
        head = {
            "account": self._account(move.account),
            "job_id": self._job_id(job),
            "occurred_at": datetime.now(UTC),
        }
        if move.kind == "failed":
            return VideoFailed(**head, reason=FailureReason.INTERNAL)
        size = {"size_bytes": 1, "duration_ms": 1, "width": 1, "height": 1}
        return VideoReady(**head, **size, video_digest=more[0])

    def _account(self, number: int) -> str:
        return f"tg:{self.number}{number}"

    def _job_id(self, job: Job) -> UUID:
        return job_id_of(self._account(job.account), UUID(int=job.draft), job.revision, job.index)

    def _token(self) -> str:
        return f"game-{self.number}-{next(self.numbers)}"


def _plainly(kind: str, account: int, *details: object) -> Move:
    return Move(kind, account, details, manner="patient", lateness_s=None, fault=None)


FIRST_JOB = Job(account=0, draft=1, revision=0, index=0)
FIRST_STEPS = (
    _plainly("deduct", 0, 1, 0, ("a" * 64,), 1),
    _plainly("start", 0, FIRST_JOB),
    _plainly("ready", 0, FIRST_JOB, "a" * 64),
)


def _way_of(command: LedgerCommand) -> tuple[Service, Endpoint]:
    match command:
        case OpenAccount():
            return Service.BOT, topology.OPEN_ACCOUNT
        case TopUp():
            return Service.OPERATOR, topology.TOP_UP
        case Deduct():
            return Service.BOT, topology.DEDUCT
        case Start():
            return Service.VIDEOGEN, topology.START
        case Cancel():
            return Service.BOT, topology.CANCEL
        case Deliver():
            return Service.BOT, topology.DELIVER


def explain(calls: Sequence[Call[Asked, Answer]]) -> None:
    """Accounts share nothing, and the job of another account is simply unknown."""
    ledger = SequentialLedger()
    for account in sorted({call.command.account for call in calls}):
        own = [call for call in calls if call.command.account == account]
        linearise(_without_twins(own), State(), ledger.step)


def check_order(calls: Sequence[Call[Asked, Answer]]) -> None:
    """Across all accounts too, what was answered before another was asked stands before it."""
    done = [one for one in calls if isinstance(one.answer, Done) and not one.answer.repeat]
    for one, other in itertools.permutations(done, 2):
        if one.answered < other.asked:
            assert one.answer.position < other.answer.position, (one, other)


def _without_twins(calls: Sequence[Call[Asked, Answer]]) -> list[Call[Asked, Answer]]:
    """Of equal calls with unknown outcome keep the first: each of them happens at most once."""
    seen: set[Asked] = set()
    kept: list[Call[Asked, Answer]] = []
    for call in sorted(calls, key=lambda one: one.asked):
        if call.answer is None:
            bare = call.command.model_copy(update={"correlation_id": "-", "occurred_at": None})
            if bare in seen:
                continue
            seen.add(bare)
        kept.append(call)
    return kept
