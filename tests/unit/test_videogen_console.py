"""What an operator is told of one job, and what they can do about it."""

import argparse
from datetime import UTC
from uuid import UUID

import pytest

from contracts.console import ConsoleError
from contracts.messages import FailureReason
from tests.videogen_stories import (
    NOW,
    TASK,
    ago,
    crashed_and_taken_over,
    failed,
    gone,
    job_of,
    late_task,
    made,
    ready,
    refunded,
    snapshot_with,
)
from videogen.cli import main
from videogen.console.changing import said_of_cancel, said_of_redo, stopped
from videogen.console.finding import find, wanted_job
from videogen.console.judging import stuck_because, why_it_cannot_go_on, why_it_is_over
from videogen.console.story import story_of
from videogen.job import State, ended, put_back, revived, taken


def test_a_story_tells_of_the_crash_and_of_who_took_over():
    assert story_of(crashed_and_taken_over(), UTC) == [
        "AT        AFTER        STATE       WORKER  WHAT HAPPENED",
        "11:56:40  -            queued      -       ordered",
        "11:56:42  +2 s         queued      w1      w1 takes it",
        "11:56:43  +1 s         started     w1      the ledger lets it begin",
        "11:56:44  +1 s         submitting  w1      the provider is about to be asked",
        "11:56:50  +6 s         submitted   w1      the provider has a task for it",
        "11:57:00  +10 s        rendering   w1      the provider is making it",
        "11:58:20  +1 min 20 s  rendering   w2      w1 is gone, w2 goes on with it",
        "11:59:00  +40 s        fetching    w2      the video is being fetched",
        "11:59:10  +10 s        stored      w2      the video is stored",
        "11:59:11  +1 s         ready       w2      the video is ready",
        "11:59:12  +1 s         ready       w2      published",
    ]


def test_what_was_noted_is_part_of_the_story():
    held = taken("w1", ago(5), gone)(job_of(1))
    job = put_back("w1", NOW, "the provider is busy")(held)
    assert story_of(job, UTC)[-1].endswith("w1 lets go of it: the provider is busy")


UNKNOWN = job_of(4, state=State.SUBMITTING, worker="w1", is_unknown=True)
ASKING = job_of(5, state=State.SUBMITTING, worker="w1")
LATE = late_task()


@pytest.mark.parametrize(
    ("job", "reasons"),
    [
        (job_of(1), []),
        (job_of(1, worker="w1"), []),
        (job_of(1, worker="w0"), ["worker w0 is gone"]),
        (job_of(1, worker="never"), ["worker never is gone"]),
        (UNKNOWN, ["a task may have been made that nobody knows"]),
        (job_of(1, age_s=180), []),
        (job_of(1, age_s=181), ["nothing happened for 3 min 1 s"]),
        (job_of(1, deadline_at=ago(1)), ["its deadline has passed"]),
        (made(), []),
        (failed(), []),
        (refunded(), []),
    ],
)
def test_a_job_is_stuck_for_a_reason(job, reasons):
    assert stuck_because(job, snapshot_with()) == reasons


@pytest.mark.parametrize(
    ("job", "over", "cannot"),
    [
        (job_of(1), "", ""),
        (job_of(1, worker="w1", state=State.RENDERING, task=TASK), "", ""),
        (made(), "its video was delivered", "its video was delivered"),
        (
            ended(ready(LATE), NOW)(LATE),
            "its video was delivered late, after it was refunded as deadline",
            "its video was delivered late, after it was refunded as deadline",
        ),
        (
            failed(),
            "it failed and is refunded as content_rejected",
            "it failed and is refunded as content_rejected",
        ),
        (refunded(), "it was refunded as cancelled", "it was refunded as cancelled"),
        (job_of(1, state=State.CANCELLED), "it was cancelled", "it was cancelled"),
        (
            LATE,
            "",
            "it was refunded as deadline, its task is only followed for a late video",
        ),
    ],
)
def test_why_a_job_is_over_and_why_it_cannot_go_on(job, over, cannot):
    assert (why_it_is_over(job), why_it_cannot_go_on(job)) == (over, cannot)
    is_revived = revived(NOW)(job) != job
    assert is_revived is not bool(cannot)


@pytest.mark.parametrize("job", [UNKNOWN, ASKING])
def test_a_job_that_may_be_paid_for_without_a_task_is_not_let_go_on(job):
    assert revived(NOW)(job) == job
    assert why_it_cannot_go_on(job).startswith("a task may have been made and paid for")


def test_a_revived_job_forgets_what_held_it_back_and_is_taken_at_once():
    tired = job_of(1, takes=9, errors=4, rejections=3, not_before=ago(-600), worker="w0")
    assert tired.is_hopeless
    assert taken("w1", NOW, gone)(tired) == tired
    again = revived(NOW)(tired)
    assert (again.takes, again.errors, again.rejections, again.not_before) == (0, 0, 0, None)
    assert (again.worker, again.state, again.task) == (tired.worker, tired.state, tired.task)
    assert again.story[-1].note == "an operator lets it go on"
    assert taken("w1", NOW, gone)(again).worker == "w1"
    assert again.ordered_at == tired.ordered_at


def test_a_cancelled_job_ends_as_failed_by_the_operator_and_is_still_to_be_told():
    job = job_of(1, worker="w1", state=State.RENDERING)
    over = stopped(job, NOW)(job)
    assert over.failed
    assert over.failed.reason is FailureReason.STOPPED_BY_OPERATOR
    assert (over.state, over.told, over.is_over) == (State.FAILED, False, False)
    assert stopped(over, NOW)(over) == over


@pytest.mark.parametrize("job", [made(), failed(), refunded()])
def test_an_ended_job_is_not_ended_again(job):
    assert stopped(job, NOW)(job) == job


def test_the_operator_hears_what_follows():
    nobody = snapshot_with(workers={})
    assert said_of_redo(job_of(1), snapshot_with()) == "000001 goes on as soon as a worker has room"
    assert said_of_redo(job_of(1, worker="w1"), snapshot_with()) == (
        "000001 goes on: worker w1 has it, its errors are forgotten"
    )
    assert said_of_redo(job_of(1, age_s=1_000), nobody) == (
        "000001 goes on as soon as a worker is there, though its deadline has passed"
    )
    assert "a worker tells the ledger now" in said_of_cancel(job_of(1), snapshot_with())
    assert "as soon as one is there" in said_of_cancel(job_of(1), nobody)
    assert "refunded as deadline" in said_of_cancel(LATE, nobody)


def test_a_job_is_found_by_its_id_and_by_its_number():
    one, other = job_of(0x3FA2C1), job_of(0xABCDEF)
    snapshot = snapshot_with(one, other)
    for text in ("3FA2C1", "3fa2c1", "#3FA2C1", str(one.job_id), one.job_id.hex):
        assert find(snapshot, wanted_job(text)) == one
    with pytest.raises(ConsoleError, match="no job 000000 in the last seven days"):
        find(snapshot, wanted_job("000000"))
    with pytest.raises(argparse.ArgumentTypeError):
        wanted_job("3FA2C")


def test_a_number_of_two_jobs_names_both():
    one = job_of(0x3FA2C1)
    other = job_of(0x3FA2C1, job_id=UUID(int=one.job_id.int + 1), account="tg:2")
    with pytest.raises(ConsoleError) as error:
        find(snapshot_with(one, other), wanted_job("3FA2C1"))
    assert f"{one.job_id} (tg:1, queued), {other.job_id} (tg:2, queued)" in str(error.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["job", "12345"],
        ["job"],
        ["redo", "x"],
        ["jobs", "--account", "somebody"],
        ["jobs", "--limit", "0"],
        ["jobs", "--stuck", "--failed"],
    ],
)
def test_a_wrong_command_line_is_one_line_and_a_code(capsys, arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    printed = capsys.readouterr()
    assert (left.value.code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert printed.err.startswith("videogen: ")
