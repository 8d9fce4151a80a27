"""The ledger over NATS, on a real PostgreSQL and a real NATS."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from contracts import topology
from contracts.bus import NoAnswerError, ask, backlog_of, declare, tail_of
from contracts.ids import job_id_of
from contracts.messages import (
    Balance,
    Cancel,
    Deduct,
    Deliver,
    DeliveryOutcome,
    Done,
    FailureReason,
    GetBalance,
    GetHistory,
    GetJob,
    GetLate,
    GetUndelivered,
    History,
    Job,
    Jobs,
    JobState,
    OpenAccount,
    Refusal,
    RefusalCode,
    Start,
    TopUp,
    VideoFailed,
    VideoReady,
)
from contracts.topology import Service
from infra.sandbox.faults import Faults
from infra.sandbox.ledger import CLOCK_AHEAD, ShiftedLog
from tests.eventually import eventually
from tests.integration.conftest import running_ledger

ME = "tg:1"
OTHER = "web:1"
DIGEST = "a" * 64
DRAFT = UUID(int=7)
JOB = job_id_of(ME, DRAFT, 0, 0)


def deduct(count: int = 1, *, revision: int = 0, **more) -> Deduct:
    return Deduct(
        account=ME,
        correlation_id="c",
        draft_id=DRAFT,
        revision=revision,
        price_credits=1,
        order_digests=(DIGEST,) * count,
        **more,
    )


class Person:
    """Asks as the bot does, and as an operator for grants."""

    def __init__(self, bot, operator, videogen, ledger):
        self.bot, self.operator, self.videogen, self.ledger = bot, operator, videogen, ledger

    async def open(self):
        message = OpenAccount(account=ME, correlation_id="c", terms_version="1")
        return await ask(self.bot, topology.OPEN_ACCOUNT, message, Done)

    async def top_up(self, credits_, grant_id="g"):
        message = TopUp(
            account=ME, correlation_id="c", grant_id=grant_id, credits=credits_, reason="promo"
        )
        return await ask(self.operator, topology.TOP_UP, message, Done)

    async def deduct(self, message=None):
        return await ask(self.bot, topology.DEDUCT, message or deduct(), Done)

    async def start(self, job_id=JOB):
        message = Start(account=ME, correlation_id="c", job_id=job_id)
        return await ask(self.videogen, topology.START, message, Done)

    async def cancel(self, job_id=JOB):
        message = Cancel(account=ME, correlation_id="c", job_id=job_id)
        return await ask(self.bot, topology.CANCEL, message, Done)

    async def job(self, job_id=JOB, min_position=0):
        query = GetJob(account=ME, job_id=job_id, min_position=min_position)
        return await ask(self.bot, topology.JOB, query, Job)

    async def balance(self, min_position=0):
        query = GetBalance(account=ME, min_position=min_position)
        return await ask(self.bot, topology.BALANCE, query, Balance)

    async def publish(self, fact):
        name = "video_ready" if isinstance(fact, VideoReady) else "video_failed"
        await self.videogen.publish(
            topology.videogen_event(name, fact.account), fact, message_id=str(uuid4())
        )


def ready(job_id=JOB) -> VideoReady:
    return VideoReady(
        account=ME,
        job_id=job_id,
        occurred_at=datetime.now(UTC),
        video_digest=DIGEST,
        size_bytes=1,
        duration_ms=6_000,
        width=720,
        height=1280,
    )


def failed(job_id=JOB) -> VideoFailed:
    return VideoFailed(
        account=ME,
        job_id=job_id,
        occurred_at=datetime.now(UTC),
        reason=FailureReason.PROVIDER_UNAVAILABLE,
    )


async def open_person(connect) -> Person:
    """Connect as every service, and open the account as soon as the ledger answers."""
    person = Person(*[await connect(Service(name)) for name in vars(Person(*"1234"))])
    await declare(person.videogen)

    async def opened():
        try:
            return await person.open()
        except NoAnswerError:
            return None

    await eventually(opened, within_s=15)
    return person


@pytest.fixture
async def person(connect, ledger) -> Person:
    return await open_person(connect)


async def test_the_welcome_bonus_is_given_once(person, pool):
    again = await person.open()
    assert again.repeat
    assert again.bonus_credits == 1
    assert (await person.balance(again.position)).balance == 1
    assert await pool.fetchval("SELECT sum(amount) FROM ledger.events") == 1


async def test_a_confirmed_draft_is_deducted_once_however_often_it_arrives(person, pool):
    first, *repeats = [await person.deduct() for _ in range(4)]
    assert isinstance(first, Done)
    assert first.job_ids == (JOB,)
    assert first.balance == 0
    assert all(isinstance(one, Done) and one.repeat for one in repeats)
    assert {one.position for one in repeats} == {first.position}
    assert await pool.fetchval("SELECT count(*) FROM ledger.events WHERE kind = 'deducted'") == 1


async def test_of_twenty_concurrent_deductions_on_five_credits_five_succeed(person, pool):
    await person.top_up(4)
    outcomes = await asyncio.gather(
        *(person.deduct(deduct(revision=number)) for number in range(20))
    )
    done = [one for one in outcomes if isinstance(one, Done)]
    refused = [one for one in outcomes if isinstance(one, Refusal)]
    assert len(done) == 5
    assert len(refused) == 15
    assert {one.code for one in refused} == {RefusalCode.INSUFFICIENT_CREDITS}
    assert sorted(one.balance for one in done) == [0, 1, 2, 3, 4]
    assert await pool.fetchval("SELECT balance FROM ledger.accounts") == 0


async def test_an_order_of_three_with_two_credits_takes_none(person, pool):
    await person.top_up(1)
    refusal = await person.deduct(deduct(3))
    assert refusal == Refusal(code=RefusalCode.INSUFFICIENT_CREDITS, balance=2, needed=3)
    assert await pool.fetchval("SELECT balance FROM ledger.accounts") == 2


async def test_a_command_that_arrives_too_late_changes_nothing(person, pool):
    past = datetime.now(UTC) - timedelta(seconds=1)
    refusal = await person.deduct(deduct(not_after=past))
    assert refusal.code is RefusalCode.TOO_LATE
    assert await pool.fetchval("SELECT balance FROM ledger.accounts") == 1


async def test_a_ready_video_settles_its_deduction(person):
    await person.deduct()
    await person.start()
    await person.publish(ready())
    job = await eventually(lambda: in_state(person, JobState.SETTLED))
    assert job.video_digest == DIGEST
    assert (await person.balance(job.position)).open_credits == 0
    undelivered = await ask(person.bot, topology.UNDELIVERED, GetUndelivered(), Jobs)
    assert [one.job_id for one in undelivered.jobs] == [JOB]
    delivered = await ask(
        person.bot,
        topology.DELIVER,
        Deliver(account=ME, correlation_id="c", job_id=JOB, outcome=DeliveryOutcome.SENT),
        Done,
    )
    assert (await person.job(min_position=delivered.position)).delivered


async def test_what_is_open_for_long_is_named_with_its_deadline_the_oldest_first(person):
    await person.top_up(2)
    oldest, started, ended = [
        (await person.deduct(deduct(revision=number))).job_ids[0] for number in range(3)
    ]
    await person.start(started)
    cancelled = await person.cancel(ended)
    await person.job(min_position=cancelled.position)
    assert await late_jobs(person, older_s=60) == []
    found = await late_jobs(person, older_s=0)
    assert [one.job_id for one in found] == [oldest, started]
    assert [one.state for one in found] == [JobState.QUEUED, JobState.STARTED]
    left = [one.deadline_at - datetime.now(UTC) for one in found]
    assert all(timedelta(minutes=14) < one <= timedelta(minutes=15) for one in left)
    assert [one.job_id for one in await late_jobs(person, older_s=0, limit=1)] == [oldest]


async def test_late_jobs_of_other_than_telegram_accounts_are_not_named(person):
    opening = OpenAccount(account=OTHER, correlation_id="c", terms_version="1")
    await ask(person.bot, topology.OPEN_ACCOUNT, opening, Done)
    ordered = await person.deduct(deduct().model_copy(update={"account": OTHER}))
    query = GetJob(account=OTHER, job_id=ordered.job_ids[0], min_position=ordered.position)
    assert isinstance(await ask(person.bot, topology.JOB, query, Job), Job)
    assert await late_jobs(person, older_s=0) == []


async def test_a_failed_video_gives_the_credit_back_once(person, pool):
    await person.deduct()
    await person.start()
    for _ in range(3):
        await person.publish(failed())
    job = await eventually(lambda: in_state(person, JobState.REFUNDED))
    assert job.reason == "provider_unavailable"
    assert await eventually(lambda: drained(person))
    assert (await person.balance(job.position)).balance == 1
    assert await pool.fetchval("SELECT count(*) FROM ledger.events WHERE kind = 'refunded'") == 1


async def test_a_queued_job_can_be_cancelled_and_then_never_starts(person):
    await person.deduct()
    cancelled = await person.cancel()
    assert isinstance(cancelled, Done)
    assert cancelled.balance == 1
    assert (await person.start()).code is RefusalCode.DEDUCTION_CLOSED


async def test_a_started_job_cannot_be_cancelled(person):
    await person.deduct()
    started = await person.start()
    assert (await person.cancel()).code is RefusalCode.ALREADY_STARTED
    assert (await person.job(min_position=started.position)).state is JobState.STARTED


async def test_another_persons_job_is_unknown(person):
    await person.deduct()
    message = Cancel(account="tg:2", correlation_id="c", job_id=JOB)
    refusal = await ask(person.bot, topology.CANCEL, message, Done)
    assert refusal.code is RefusalCode.JOB_UNKNOWN


async def test_history_is_told_newest_first_and_in_pages(person):
    done = await person.deduct()
    query = GetHistory(account=ME, limit=2, min_position=done.position)
    page = await ask(person.bot, topology.HISTORY, query, History)
    assert [one.kind for one in page.entries] == ["deducted", "topped_up"]
    assert [one.credits for one in page.entries] == [-1, 1]
    older = GetHistory(account=ME, limit=2, before_position=page.entries[-1].position)
    rest = await ask(person.bot, topology.HISTORY, older, History)
    assert [one.kind for one in rest.entries] == ["account_opened"]


async def test_a_view_that_is_behind_says_so(person):
    refusal = await person.balance(min_position=1_000)
    assert refusal.code is RefusalCode.VIEW_BEHIND


async def test_the_views_equal_the_fold_of_the_log(person, pool):
    await person.top_up(5)
    await person.deduct(deduct(3))
    for index, fact in enumerate((ready, failed)):
        job_id = job_id_of(ME, DRAFT, 0, index)
        await person.start(job_id)
        await person.publish(fact(job_id))
    await eventually(lambda: in_state(person, JobState.SETTLED))
    refunded = job_id_of(ME, DRAFT, 0, 1)
    last = await eventually(lambda: in_state(person, JobState.REFUNDED, refunded))
    shown = await person.balance(last.position)
    equation = """
        SELECT coalesce(sum(amount) FILTER (WHERE kind IN ('topped_up', 'refunded')), 0)
             - coalesce(sum(amount) FILTER (WHERE kind = 'deducted'), 0)
        FROM ledger.events WHERE originator_id = $1
    """
    assert shown.balance == await pool.fetchval(equation, ME)
    assert shown.balance == await pool.fetchval("SELECT balance FROM ledger.accounts")
    assert shown.open_credits == 1


async def test_a_job_past_its_deadline_is_refunded_and_cannot_start(
    connect, ledger_environment, tmp_path, pool
):
    faults = Faults(tmp_path / "faults")
    async with running_ledger(wrap_log=lambda log: ShiftedLog(log, faults)):
        person = await open_person(connect)
        await person.deduct()
        started = await person.start()
        faults.arm(CLOCK_AHEAD, "890")
        job = await person.job(min_position=started.position)
        assert job.state is JobState.STARTED
        faults.arm(CLOCK_AHEAD, "901")
        job = await eventually(lambda: in_state(person, JobState.REFUNDED), within_s=15)
        assert job.reason == "deadline"
        assert (await person.start()).code is RefusalCode.DEDUCTION_CLOSED
        await person.publish(ready())
        assert await eventually(lambda: drained(person))
        assert (await person.balance()).balance == 1
        assert (await tail_of(person.ledger, topology.SET_ASIDE)).sequence == 0, "it is no poison"
    kinds = await pool.fetch("SELECT kind FROM ledger.events WHERE closes_job IS NOT NULL")
    assert [row["kind"] for row in kinds] == ["refunded"]


# Bad input.


BROKEN = [
    b"",
    b"not json",
    b"[]",
    b"{}",
    b'{"account": "tg:2", "correlation_id": "c", "job_id": "nonsense"}',
    b'{"account": 5, "credits": -1}',
    "{'кредиты': '∞'}".encode(),
    b"\xff\xfe\x00",
    b"[" * 10_000,
    b'{"account": "' + b"a" * 70_000 + b'"}',
]
CALLER = {topology.START: "videogen", topology.TOP_UP: "operator"}
TAKES_ANYTHING = (topology.TERMS, topology.UNDELIVERED)
"""These have no required field, so any JSON object will do."""


@pytest.mark.parametrize("endpoint", topology.ENDPOINTS, ids=lambda endpoint: endpoint.name)
async def test_a_malformed_request_is_refused_and_the_service_goes_on(person, endpoint):
    caller = getattr(person, CALLER.get(endpoint, "bot"))
    for body in BROKEN:
        if endpoint in TAKES_ANYTHING and body.startswith(b"{") and body.endswith(b"}"):
            continue
        reply = await caller.client.request(endpoint.subject(ME), body, timeout=5)
        refusal = Refusal.model_validate_json(reply.data)
        assert refusal.code is RefusalCode.MALFORMED, body[:40]
    assert (await person.balance(min_position=2)).balance == 1


async def test_a_request_for_one_account_on_the_subject_of_another_is_refused(person):
    message = OpenAccount(account="tg:2", correlation_id="c", terms_version="1")
    reply = await person.bot.client.request(
        topology.OPEN_ACCOUNT.subject(ME), message.model_dump_json().encode(), timeout=5
    )
    assert Refusal.model_validate_json(reply.data).field == "account"


POISON = [b"", b"not json", b"{}", b'{"account":"tg:1","job_id":"x"}', b"\xff"]


@pytest.mark.parametrize("name", ["video_ready", "video_failed"])
async def test_a_poison_fact_is_set_aside_and_the_next_one_is_handled(person, pool, name):
    await person.deduct()
    await person.start()
    for number, body in enumerate(POISON):
        await person.videogen.publish(
            topology.videogen_event(name, ME), body, message_id=f"poison-{number}"
        )
    await person.publish(ready())
    await eventually(lambda: in_state(person, JobState.SETTLED))
    assert await eventually(lambda: set_aside(person, len(POISON)))


async def test_a_fact_about_an_unknown_job_is_set_aside(person):
    await person.publish(ready(uuid4()))
    assert await eventually(lambda: set_aside(person, 1))


async def late_jobs(person, **query):
    return list((await ask(person.bot, topology.LATE, GetLate(**query), Jobs)).jobs)


async def set_aside(person, count):
    """Copies of poison messages, and the server's own word on each terminated one."""
    return (await tail_of(person.ledger, topology.SET_ASIDE)).sequence >= 2 * count


async def in_state(person, state, job_id=JOB):
    job = await person.job(job_id)
    return job if isinstance(job, Job) and job.state is state else None


async def drained(person):
    return await backlog_of(person.ledger, topology.LEDGER_OUTCOMES) == 0
