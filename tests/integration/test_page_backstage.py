"""What stands behind the page, on a real PostgreSQL and a real NATS."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from contracts.messages import Done, JobProgress, JobStage, Refusal, RefusalCode
from contracts.topology import Service, videogen_event
from infra.sandbox.log_follower import LogFollower
from infra.sandbox.log_reader import NoLinkError, open_reader
from infra.sandbox.operator_link import OperatorLink, now_utc
from ledger.database import Bell
from ledger.domain.commands import (
    ConfirmPaymentRefund,
    Deduct,
    FailPaymentRefund,
    RequestPaymentRefund,
    TopUp,
)
from ledger.domain.rules import Rules
from ledger.service import open_ledger
from tests.eventually import eventually
from tests.integration.test_ledger_service import JOB, ME, open_person
from tests.story import COMPLETE, DIGEST, OPEN, ORDER, PERSON, REQUEST


@pytest.fixture
async def reader(database):
    async with open_reader(database.reader) as reader:
        yield reader


@pytest.fixture
async def past(event_log):
    """Bought, spent, and money given back: once in vain, and once for credits already spent."""
    bought = {"account_id": ME, "order_id": ORDER, "provider": "yookassa", "payment_id": "p-1"}
    three = tuple((UUID(int=number), DIGEST) for number in range(3))
    async with open_ledger(event_log, Rules()) as ledger:
        for command in (
            OPEN,
            REQUEST,
            COMPLETE,
            RequestPaymentRefund(**bought, refund_id="r-1", money=4_000),
            FailPaymentRefund(account_id=ME, order_id=ORDER, refund_id="r-1", reason="canceled"),
            Deduct(account_id=ME, jobs=three, price_credits=1),
            RequestPaymentRefund(**bought, refund_id="r-2", money=19_900),
            ConfirmPaymentRefund(
                account_id=ME,
                order_id=ORDER,
                refund_id="r-2",
                provider="yookassa",
                provider_refund_id="yr-2",
            ),
            TopUp(account_id=ME, grant_id="g", credits=1, reason="promo"),
        ):
            await ledger.execute(command, PERSON)


@pytest.fixture
async def link(nats_server):
    link = OperatorLink(nats_server.settings(Service.OPERATOR), now_utc)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(link.run())
        yield link
        running.cancel()


@pytest.fixture
async def person(connect, ledger):
    return await open_person(connect)


async def test_a_grant_is_given_once_under_its_id(person, link, reader):
    await eventually(lambda: link.terms)
    first = await link.grant(ME, 5, "g-1")
    again = await link.grant(ME, 5, "g-1")
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert again.repeat
    await eventually(lambda: balance_is(reader, 6))


async def test_a_grant_to_nobody_is_refused(person, link):
    await eventually(lambda: link.terms)
    answer = await link.grant("tg:404", 5, "g-1")
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.ACCOUNT_UNKNOWN


async def test_progress_is_heard_and_nonsense_is_passed_over(person, link):
    await eventually(lambda: link.terms)
    subject = videogen_event("job_progress", ME)
    await person.videogen.publish(subject, b"\xff nonsense", message_id="1")
    progress = JobProgress(
        account=ME, job_id=JOB, occurred_at=datetime.now(UTC), stage=JobStage.RENDERING
    )
    await person.videogen.publish(subject, progress, message_id="2")
    await eventually(lambda: link.stages.get(JOB) is JobStage.RENDERING)


async def test_the_connection_comes_back_after_nats_was_killed(person, link, nats_server):
    await eventually(lambda: link.terms)
    nats_server.kill()
    await eventually(lambda: not link.is_linked)
    nats_server.start()
    await eventually(lambda: link.is_linked and link.terms)


async def test_the_reader_tells_what_happened(person, reader):
    await person.deduct()
    await person.start()
    entries = await eventually(lambda: entries_when(reader, count=4))
    assert [entry.kind for entry in entries] == [
        "started",
        "deducted",
        "topped_up",
        "account_opened",
    ]
    assert await reader.entries("tg:404", limit=10) == []
    assert [one.position for one in await reader.entries(ME, after=1, before=4, limit=9)] == [3, 2]
    [job] = await eventually(lambda: reader.jobs(ME, limit=5))
    await eventually(lambda: state_is(reader, "started"))
    assert job.job_id == JOB


async def test_the_sums_hold_until_a_balance_is_changed_by_hand(person, reader, database):
    await person.top_up(4)
    await person.deduct()
    check = await reader.check()
    assert (check.topped_up, check.deducted, check.open, check.balances) == (5, 1, 1, 4)
    assert check.balances_hold
    assert check.deductions_hold
    connection = await asyncpg.connect(database.superuser)
    await connection.execute("UPDATE ledger.accounts SET balance = balance + 1")
    await connection.close()
    check = await reader.check()
    assert not check.balances_hold
    assert check.wrong == 1


async def test_what_is_bought_taken_back_and_owed_adds_up(reader, past):
    check = await reader.check()
    assert check.holds
    assert (check.topped_up, check.bought, check.clawed_back, check.deducted) == (2, 5, 5, 3)
    assert (check.debt, check.debts, check.balances) == (1, 1, 0)


async def test_every_step_of_a_payment_says_how_much_money(reader, past):
    entries = await reader.entries(ME, limit=20)
    told = [(one.kind, one.money, one.currency, one.debt_change) for one in entries if one.order_id]
    assert told == [
        ("payment_refunded", 19_900, "RUB", 0),
        ("payment_refund_requested", 19_900, "RUB", 2),
        ("payment_refund_failed", 4_000, "RUB", 0),
        ("payment_refund_requested", 4_000, "RUB", 0),
        ("payment_completed", 19_900, "RUB", 0),
        ("payment_requested", 19_900, "RUB", 0),
    ]
    assert {one.order_id for one in entries} == {ORDER, None}
    assert [one.plan for one in entries if one.plan] == ["starter"]


@pytest.mark.parametrize("change", ["debt = debt + 1", "balance = balance + 1"])
async def test_a_debt_or_a_balance_that_was_changed_by_hand_is_seen(reader, past, database, change):
    connection = await asyncpg.connect(database.superuser)
    await connection.execute(f"UPDATE ledger.accounts SET {change}")  # noqa: S608 - one of ours
    await connection.close()
    check = await reader.check()
    assert not check.holds
    assert check.wrong == check.accounts


async def test_the_follower_sees_each_event_without_being_asked(person, reader, database):
    stop, bell = asyncio.Event(), Bell()
    follower = LogFollower(reader, bell)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bell.listen(database.reader, stop))
        tasks.create_task(follower.run(stop))
        await eventually(lambda: follower.marks and follower.marks.head == 2)
        await person.top_up(4)
        await eventually(lambda: follower.marks.head == follower.marks.views == 3)
        await eventually(lambda: follower.check.events == 3 and follower.check.balances_hold)
        stop.set()
        bell.ring()


async def test_a_database_that_is_away_is_no_link(database):
    url = database.reader.replace(database.reader.rpartition(":")[2].partition("/")[0], "1")
    async with open_reader(url) as reader:
        with pytest.raises(NoLinkError):
            await reader.marks()


async def balance_is(reader, wanted: int) -> bool:
    found = await reader.balance(ME)
    return found is not None and found.balance == wanted


async def entries_when(reader, *, count: int):
    entries = await reader.entries(ME, limit=10)
    return entries if len(entries) == count else None


async def state_is(reader, state: str) -> bool:
    return [job.state for job in await reader.jobs(ME, limit=5)] == [state]
