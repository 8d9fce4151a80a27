"""What an operator reads of the queue, the jobs, the workers and the providers."""

import json
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from contracts.studio import Door
from tests.videogen_stories import (
    NOW,
    ago,
    crashed_and_taken_over,
    failed,
    job_of,
    late_task,
    made,
    snapshot_with,
    worker_of,
)
from videogen.console import jobs, queue
from videogen.console.balances import Balance
from videogen.console.judging import trouble_of
from videogen.console.providers import lines_of_providers, views_of
from videogen.console.snapshot import snapshot_of
from videogen.console.words import lasting, pairs, table
from videogen.console.workers import lines_of_workers
from videogen.failures import Trouble
from videogen.job import Job
from videogen.kie import KieSettings
from videogen.status import BreakerStatus


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (200, "3 min 20 s"),
        (3_600, "1 h 0 min"),
        (7_500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
        (-5, "-5 s"),
    ],
)
def test_an_age_has_its_two_largest_units(seconds, said):
    assert lasting(seconds) == lasting(timedelta(seconds=seconds)) == said


def test_the_columns_of_a_table_stand_under_their_heads():
    assert table(("A", "LONG", "C"), [("long", "", "x"), ("b", "c", "")]) == [
        "A     LONG  C",
        "long  -     x",
        "b     c     -",
    ]
    assert pairs([("a", "1"), ("nothing", ""), ("bcd", "2")]) == ["a    1", "bcd  2"]


def test_what_a_provider_wrote_does_not_reach_the_terminal_as_it_is():
    assert table(("A",), [("two\nlines \x1b[31mred",)]) == ["A", "two lines ?[31mred"]


def test_the_queue_is_in_turn_with_places_and_times():
    snapshot = snapshot_with(
        job_of(1, account="tg:1", age_s=100, worker="w1", started_at=ago(20)),
        job_of(2, account="tg:1", age_s=90),
        job_of(3, account="tg:2", age_s=10),
        made(4),
    )
    assert list(queue.lines_of_queue(snapshot)) == [
        "PLACE  NUMBER  ACCOUNT  AGE         LEFT         READY IN",
        "1      000003  tg:2     10 s        14 min 50 s  1 min 20 s",
        "2      000002  tg:1     1 min 30 s  13 min 30 s  2 min 0 s",
        "",
        "NUMBER  ACCOUNT  STATE   WORKER  FOR   LEFT",
        "000001  tg:1     queued  w1      20 s  13 min 20 s",
    ]
    told = json.loads(json.dumps(queue.document(snapshot)))
    assert [(one["place"], one["number"], one["eta_s"]) for one in told["waiting"]] == [
        (1, "000003", 80),
        (2, "000002", 120),
    ]
    assert [(one["number"], one["for_s"]) for one in told["making"]] == [("000001", 20)]


def test_without_a_worker_nobody_knows_when_a_video_is_ready():
    snapshot = snapshot_with(job_of(1), job_of(2, worker="w0"), workers={})
    lines = list(queue.lines_of_queue(snapshot))
    assert lines[1].endswith("unknown")
    assert "w0 (gone)" in lines[-1]
    assert list(queue.lines_of_queue(snapshot_with())) == [
        "nobody waits",
        "",
        "nothing is being made",
    ]


def test_jobs_are_a_table_and_what_is_left_out_is_said():
    snapshot = snapshot_with(late_task(), failed(), unreadable=("some-key",))
    assert list(jobs.lines_of_jobs([late_task(), failed()], snapshot, 5)) == [
        "NUMBER  STATE      ACCOUNT  AGE        WORKER  TASK        TROUBLE",
        "000006  submitted  tg:1     1 min 0 s  -       kie task-1  refunded as deadline",
        "000002  failed     tg:1     1 min 0 s  -       -           failed as content_rejected",
        "3 older ones are not shown, see --limit",
        "some-key cannot be read: it was written by another version",
    ]
    assert list(jobs.lines_of_jobs([], snapshot_with(), 0)) == ["no jobs"]


def test_everything_in_the_record_of_a_job_is_shown():
    job = crashed_and_taken_over().model_copy(update={"cost_credits": Decimal("27.5")})
    shown = "\n".join(jobs.lines_of_job(job, snapshot_with(), UTC))
    for part in (
        f"3FA2C1, {job.job_id}",
        "ready: its video was delivered",
        "w2, gone",
        "2030-01-01 11:56:40, 3 min 20 s ago",
        "kie task-1 jobs with key ab12cd34",
        "27.5 of the provider's credits",
        "taken 2 times",
        "a video of 6 s, 720x1280, 1234 B, published",
        "order-1",
        "a" * 64,
    ):
        assert part in shown
    resting = job_of(1, not_before=ago(-60), is_unknown=True, is_refill=True)
    shown = "\n".join(jobs.lines_of_job(resting, snapshot_with(), UTC))
    for part in ("until 2030-01-01 12:01:00", "unknown, though one may", "by a refilled stream"):
        assert part in shown


def test_no_field_of_a_job_is_missing_in_its_document():
    told = jobs.document(crashed_and_taken_over(), snapshot_with())
    assert set(Job.model_fields) <= set(told)
    assert len(told["story"]) == 11
    assert "story" not in jobs.document(made(), snapshot_with(), story=False)


def test_trouble_is_told_in_one_line():
    job = job_of(1, worker="w0", errors=2, rejections=1)
    assert trouble_of(job, snapshot_with()) == "errors 2, rejections 1, worker w0 is gone"


def test_workers_are_alive_draining_or_gone():
    workers = {
        "w0": worker_of(beat_s=45),
        "w1": worker_of(busy=1),
        "w2": worker_of(is_draining=True, pid=0, host=""),
    }
    assert list(lines_of_workers(snapshot_with(workers=workers), UTC)) == [
        "WORKER  HOST  PID  PROVIDER  SINCE                HEARTBEAT  BUSY    IS        VERSION",
        "w0      box   42   local     2030-01-01 11:00:00  45 s ago   0 of 1  gone      0.1",
        "w1      box   42   local     2030-01-01 11:00:00  1 s ago    1 of 1  alive     0.1",
        "w2      -     -    local     2030-01-01 11:00:00  1 s ago    0 of 1  draining  0.1",
    ]
    assert list(lines_of_workers(snapshot_with(workers={}))) == ["no workers"]


def test_a_shut_breaker_says_why_and_until_when():
    shut = BreakerStatus(
        door=Door.SHUT,
        since=ago(50),
        opened_at=ago(50),
        until=ago(-130),
        failures=4,
        trouble=Trouble.BALANCE_EMPTY,
        detail="402: top up",
    )
    snapshot = snapshot_with(breakers={"kie": shut})
    kie = KieSettings(kie_api_key=SecretStr("secret-key"))
    balances = (Balance("ab12cd34", Decimal("0.5")), Balance("ef56", trouble="key_refused: 401"))
    views = views_of(snapshot, "local", kie, balances)
    assert list(lines_of_providers(views, snapshot, UTC)) == [
        "provider      kie",
        "workers       0",
        "door          shut since 11:59:10, tried again in 2 min 10 s, failures in a row 4",
        "trouble       balance_empty: 402: top up",
        "rates         18 new tasks in 10 s, 8 questions in 1 s, for each worker",
        "key ab12cd34  0.5 credits left",
        "key ef56      key_refused: 401",
        "",
        "provider  local, chosen here",
        "workers   1",
        "door      open, no failure is known",
        "rates     on this machine",
        "",
        "the studio: free, waiting 2, wait 30 s, a video takes 40 s, heard 2 s ago",
    ]


def test_a_studio_that_is_not_heard_of_takes_no_order():
    snapshot = snapshot_with(studio=None)
    last = list(lines_of_providers(views_of(snapshot, "local", None, ()), snapshot))[-1]
    assert last == "the studio has not been heard of for an hour: no order is taken"


def test_a_record_of_another_version_does_not_hide_the_others():
    job = made()
    snapshot = snapshot_of(
        {str(job.job_id): job.model_dump_json().encode(), "odd": b'{"starts": 2}'},
        {"worker.w1": worker_of().model_dump_json().encode(), "worker.w2": b"[]", "new": b"1"},
        NOW,
    )
    assert snapshot.jobs == (job,)
    assert list(snapshot.workers) == ["w1"]
    assert snapshot.unreadable == ("odd", "worker.w2")
