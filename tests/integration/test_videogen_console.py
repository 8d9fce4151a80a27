"""The operator's console of videogen as a process, over records on a real nats-server."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.bus import Values, declare
from contracts.console import ConsoleError
from contracts.messages import FailureReason
from contracts.studio import STUDIO_KEY, Door, StudioStatus
from contracts.topology import JOBS, STATUS, Service
from tests.kie_fixture import KEY, Wall, running_kie
from tests.videogen_stories import crashed_and_taken_over, job_of, made
from videogen.console.running import add_commands
from videogen.console.snapshot import NatsAwayError
from videogen.job import Job, State
from videogen.status import BreakerStatus, WorkerStatus, breaker_key, worker_key


@pytest.fixture
def settings(nats_server):
    return {
        "NATS_URL": nats_server.url,
        "NATS_SEED_FILE": str(nats_server.seeds[Service.VIDEOGEN]),
        "TZ": "UTC",
    }


@pytest.fixture
def console(settings):
    """Run the console as a process of its own."""

    def run(*arguments, **changes):
        given = {**os.environ, **settings, **changes}
        return subprocess.run(
            [sys.executable, "-m", "videogen", *arguments],
            env={name: value for name, value in given.items() if value is not None},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    return run


@pytest.fixture
def ask(settings, monkeypatch, capsys):
    """Run one of its commands here, which is faster, and return what it said."""

    async def run(*arguments, **changes):
        for name, value in {**settings, **changes}.items():
            monkeypatch.setenv(name, value)
        parser = argparse.ArgumentParser()
        add_commands(parser.add_subparsers())
        options = parser.parse_args(arguments)
        assert await options.action(options) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
async def stores(connect):
    bus = await connect(Service.VIDEOGEN)
    await declare(bus)
    return Values.of(bus, JOBS), Values.of(bus, STATUS)


async def seed(stores, *jobs):
    """Store jobs, w1 alive and w0 gone, a shut breaker, and the studio's word."""
    records, status = stores
    now = datetime.now(UTC)
    worker = WorkerStatus(
        beat_at=now + timedelta(minutes=5), started_at=now, provider="local", room=1, host="box"
    )
    dead = worker.model_copy(update={"beat_at": now - timedelta(minutes=5)})
    shut = BreakerStatus(door=Door.SHUT, since=now, opened_at=now, until=now, failures=1)
    said = {
        worker_key("w1"): worker,
        worker_key("w0"): dead,
        breaker_key("kie"): shut,
        STUDIO_KEY: StudioStatus(beat_at=now, waiting=1, making_s=40),
    }
    for job in jobs:
        await records.create(str(job.job_id), job.model_dump_json().encode())
    for key, value in said.items():
        await status.create(key, value.model_dump_json().encode())


def fresh(number, **changes):
    """A job that was ordered just now, by the real clock."""
    job = job_of(number)
    now = datetime.now(UTC)
    begun = job.model_copy(
        update={"ordered_at": now, "deadline_at": now + timedelta(minutes=15), "story": ()}
    )
    return begun.noting(now).model_copy(update=changes)


async def stored(stores, job):
    value, _ = await stores[0].get(str(job.job_id))
    return Job.model_validate_json(value)


async def test_the_console_answers_on_stdout_alone(console, stores):
    await seed(stores, fresh(1))
    done = console("jobs", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [job["number"] for job in json.loads(done.stdout)["jobs"]] == ["000001"]


async def test_every_question_is_answered_in_a_table_and_as_json(ask, stores):
    waiting, held, story = fresh(1), fresh(2, worker="w0", account="tg:2"), crashed_and_taken_over()
    await seed(stores, waiting, held, story)

    queue = await ask("queue")
    assert queue.splitlines()[1].split()[:3] == ["1", "000001", "tg:1"]
    assert "w0 (gone)" in queue
    told = json.loads(await ask("queue", "--json"))
    assert [one["number"] for one in told["waiting"]] == ["000001"]
    assert [one["number"] for one in told["making"]] == ["000002"]

    for chosen, expected in CHOICES:
        told = json.loads(await ask("jobs", *chosen, "--json"))
        assert {job["number"] for job in told["jobs"]} == expected
    assert "worker w0 is gone" in await ask("jobs")
    assert "not shown" in await ask("jobs", "--limit", "1")

    assert "w1 is gone, w2 goes on with it" in await ask("job", "3fa2c1")
    [document] = json.loads(await ask("job", str(story.job_id), "--json")).values()
    assert Job.model_validate(document) == story

    assert {line.split()[-2] for line in (await ask("workers")).splitlines()[1:]} == STATES
    workers = json.loads(await ask("workers", "--json"))["workers"]
    assert [(one["worker"], one["is_alive"]) for one in workers] == [("w0", False), ("w1", True)]


CHOICES = [
    ((), {"000001", "000002", "3FA2C1"}),
    (("--stuck",), {"000002"}),
    (("--failed",), set()),
    (("--account", "tg:2"), {"000002"}),
]
STATES = {"gone", "alive"}


async def test_an_empty_videogen_is_not_an_error(ask, stores):
    assert await ask("jobs") == "no jobs\n"
    assert await ask("queue") == "nobody waits\n\nnothing is being made\n"
    assert await ask("workers") == "no workers\n"
    assert "no order is taken" in await ask("providers")


async def test_providers_show_what_each_key_has_left_and_never_the_key(ask, stores):
    await seed(stores)
    async with running_kie(no_film, wall=Wall()) as kie:
        changes = {
            "KIE_API_KEY": f"{KEY},another-key",
            "KIE_API_URL": kie.api,
            "NO_PROXY": "127.0.0.1",
        }
        table = await ask("providers", **changes)
        as_json = await ask("providers", "--json", **changes)
    assert "door          shut since" in table
    assert "1000.0 credits left" in table
    assert "key_refused" in table
    assert KEY not in table + as_json
    told = json.loads(as_json)
    assert [one["provider"] for one in told["providers"]] == ["kie", "local"]
    assert [key["credits"] for key in told["providers"][0]["keys"]] == ["1000.0", None]
    assert told["studio"]["waiting"] == 1


async def no_film(order):
    raise AssertionError(f"nobody asked for a video: {order}")


async def test_an_open_job_goes_on_and_a_closed_one_is_refused_with_the_reason(ask, stores):
    tired = fresh(1, takes=9, errors=4, worker="w0")
    unknown = fresh(2, state=State.SUBMITTING, is_unknown=True)
    over = made(3)
    await seed(stores, tired, unknown, over)

    assert await ask("redo", "000001") == "000001 goes on as soon as a worker has room\n"
    after = await stored(stores, tired)
    assert (after.takes, after.errors, after.worker) == (0, 0, "w0")
    assert after.story[-1].note == "an operator lets it go on"

    for job, reason in ((unknown, "paid for that nobody knows"), (over, "its video was delivered")):
        with pytest.raises(ConsoleError, match=reason):
            await ask("redo", str(job.job_id))
        assert await stored(stores, job) == job


async def test_an_open_job_is_ended_once_and_its_end_is_left_to_the_workers(ask, stores):
    job = fresh(1, worker="w1", state=State.RENDERING)
    await seed(stores, job)
    assert "the ledger refunds the credit" in await ask("cancel", "000001")
    after = await stored(stores, job)
    assert after.failed
    assert after.failed.reason is FailureReason.STOPPED_BY_OPERATOR
    assert (after.state, after.told) == (State.FAILED, False)
    with pytest.raises(ConsoleError, match="it failed and is refunded as stopped_by_operator"):
        await ask("cancel", "000001")
    assert await stored(stores, job) == after


async def test_a_number_of_several_jobs_is_not_guessed(ask, stores):
    one = fresh(1)
    other = one.model_copy(update={"job_id": UUID(int=one.job_id.int + 1)})
    await seed(stores, one, other)
    with pytest.raises(ConsoleError) as refused:
        await ask("cancel", "000001")
    assert str(one.job_id) in str(refused.value)
    assert str(other.job_id) in str(refused.value)
    assert (await stored(stores, one)).state is State.QUEUED


async def test_a_job_that_is_not_there_is_one_line_and_a_code(console, stores):
    done = console("job", "123456")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "videogen: no job 123456 in the last seven days\n"


async def test_nats_that_is_away_or_refuses_is_one_line_that_says_why(console, stores, nats_server):
    troubles = {
        "Connect call failed": {"NATS_URL": "nats://127.0.0.1:1"},
        "ermissions": {"NATS_SEED_FILE": str(nats_server.seeds[Service.OPERATOR])},
        "No such file": {"NATS_SEED_FILE": "/no/such/seed"},
        "Authorization Violation": {"NATS_SEED_FILE": None},
    }
    # At the same time, because two of them are tried for some seconds.
    answers = await asyncio.gather(
        *(asyncio.to_thread(console, "jobs", **changes) for changes in troubles.values())
    )
    for said, done in zip(troubles, answers, strict=True):
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (69, "", 1)
        assert done.stderr.startswith("videogen: NATS: ")
        assert said in done.stderr


async def test_a_bucket_that_nobody_declared_yet_is_said(ask):
    with pytest.raises(NatsAwayError, match="stream not found"):
        await ask("jobs")
