"""The verdict of a soak: a true story passes, and each kind of lie in it is found."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from infra.sandbox.journey.books import Entry
from infra.sandbox.soak.evidence import Cycle, Evidence, Kill, Record, Task, Told, ToldKind
from infra.sandbox.soak.report import report_of
from infra.sandbox.soak.verdict import still_open, verdict

ANNA = "tg:1"
VIDEO, LATE, FAILED = (UUID(f"{digit * 6}{'0' * 26}") for digit in "abc")
NOT_DONE = "😔 Видео № CCCCCC не получилось: студия сейчас не отвечает."
TOO_LATE = "⌛️ Видео № BBBBBB не успело: прошло больше 1 мин."


def entry(position, kind, job_id=None, **more):
    return Entry(
        position=position,
        account=ANNA,
        kind=kind,
        job_id=job_id,
        recorded_at=1000.0 + position,
        **{"credits": 1, "reason": None, **more},
    )


def told(message_id, at, number, kind, text, **more):
    return Told(
        account=ANNA,
        message_id=message_id,
        at=at,
        number=number,
        kind=kind,
        text=text,
        **more,
    )


LOG = (
    entry(1, "account_opened", balance_after=0, credits=0),
    entry(2, "topped_up", balance_after=3, credits=3),
    entry(3, "deducted", VIDEO, balance_after=2),
    entry(4, "started", VIDEO, balance_after=2, credits=0),
    entry(5, "deducted", LATE, balance_after=1),
    entry(6, "started", LATE, balance_after=1, credits=0),
    entry(7, "settled", VIDEO, balance_after=1),
    entry(8, "delivered", VIDEO, balance_after=1, credits=0),
    entry(9, "deducted", FAILED, balance_after=0),
    entry(10, "refunded", FAILED, balance_after=1, reason="provider_unavailable"),
    entry(11, "refunded", LATE, balance_after=2, reason="deadline"),
)
CHAT = (
    told(1, 1007.0, "AAAAAA", ToldKind.VIDEO, "🎬 Видео № AAAAAA · Кружка", url="/a"),
    told(2, 1010.0, "CCCCCC", ToldKind.REFUND, NOT_DONE, balance=1),
    told(3, 1011.0, "BBBBBB", ToldKind.REFUND, TOO_LATE, balance=2),
    told(4, 1020.0, "BBBBBB", ToldKind.LATE_VIDEO, "Ролик опоздал, кредит вернули", url="/b"),
)
TASKS = (Task(task_id="t1", digests=("p1",)), Task(task_id="t2", digests=("p2",)))
RECORDS = (
    Record(job_id=VIDEO, state="ready", is_over=True, task_id="t1"),
    Record(job_id=LATE, state="ready", is_over=True, closed="deadline", task_id="t2"),
    Record(job_id=FAILED, state="failed", is_over=True),
)
CYCLES = (
    Cycle(cycle=1, account=ANNA, number="AAAAAA", end="video", took_s=4.0),
    Cycle(cycle=2, account=ANNA, number="BBBBBB", end="refund", took_s=6.0),
    Cycle(cycle=3, account=ANNA, number="CCCCCC", end="refund", took_s=1.0),
)
TRUE = Evidence(cycles=CYCLES, entries=LOG, told=CHAT, tasks=TASKS, records=RECORDS)


def without(rows, index):
    return (*rows[:index], *rows[index + 1 :])


def instead(rows, index, **changes):
    return (*rows[:index], replace(rows[index], **changes), *rows[index + 1 :])


def more(rows, *added):
    return (*rows, *added)


def test_a_true_story_passes():
    assert verdict(TRUE) == []


LIES = {
    "a lost video": ({"told": without(CHAT, 0)}, "AAAAAA was paid for and is not in the chat"),
    "two videos": (
        {"told": more(CHAT, replace(CHAT[0], message_id=5))},
        "the video of AAAAAA is in the chat 2 times",
    ),
    "a video that nobody settled": (
        {"told": more(CHAT, replace(CHAT[0], number="CCCCCC", message_id=5))},
        "CCCCCC was sent and never settled",
    ),
    "a video before it was settled": (
        {"told": instead(CHAT, 0, at=1004.0)},
        "sent before it was settled",
    ),
    "a late video that is not marked so": (
        {"told": instead(CHAT, 3, kind=ToldKind.VIDEO)},
        "BBBBBB says the wrong thing about its price",
    ),
    "a paid video that is called free": (
        {"told": instead(CHAT, 0, kind=ToldKind.LATE_VIDEO)},
        "AAAAAA says the wrong thing about its price",
    ),
    "a late video that was made and not sent": (
        {"told": without(CHAT, 3)},
        "the late video BBBBBB was made and is not in the chat",
    ),
    "a refund that nobody was told of": (
        {"told": without(CHAT, 1)},
        "nobody was told that the credit of CCCCCC came back",
    ),
    "a refund without an event": (
        {"told": more(CHAT, replace(CHAT[1], number="AAAAAA", message_id=5))},
        "a refund of AAAAAA was told and is not in the log",
    ),
    "a refund told before its event": (
        {"told": instead(CHAT, 1, at=1008.0)},
        "told before it was in the log",
    ),
    "a refund told twice": (
        {"told": more(CHAT, replace(CHAT[1], message_id=5))},
        "the refund of CCCCCC is in the chat 2 times",
    ),
    "a refund with another balance": (
        {"told": instead(CHAT, 1, balance=7)},
        "names the balance 7",
    ),
    "a refund for another reason": (
        {"told": instead(CHAT, 1, text=TOO_LATE)},
        "because of provider_unavailable was told as",
    ),
    "a message about nobody's job": (
        {"told": instead(CHAT, 1, number="DDDDDD")},
        "told of DDDDDD, which they never ordered",
    ),
    "two tasks for a photo": (
        {"tasks": more(TASKS, Task(task_id="t3", digests=("p1",)))},
        "made 2 tasks of the photo p1",
    ),
    "a task too many, of a photo that was changed": (
        {"tasks": more(TASKS, Task(task_id="t3", digests=("p3",)))},
        "made 3 tasks for 2 started jobs",
    ),
    "two jobs with one task": (
        {"records": instead(RECORDS, 1, task_id="t1")},
        "2 jobs are kept with one task t1",
    ),
    "a task that the provider never made": (
        {"records": instead(RECORDS, 1, task_id="t9")},
        "t9, which the provider never made",
    ),
    "a task for a job that never started": (
        {"records": instead(RECORDS, 2, task_id="t2")},
        "CCCCCC was submitted and never started",
    ),
    "a record that is open": (
        {"records": instead(RECORDS, 0, is_over=False, state="rendering")},
        "the record of AAAAAA is open: rendering",
    ),
    "a record that is not there": ({"records": RECORDS[1:]}, "no record of AAAAAA"),
    "an open deduction": ({"entries": LOG[:10]}, "job BBBBBB is open"),
    "a video that was not delivered": ({"entries": without(LOG, 7)}, "AAAAAA was not delivered"),
    "a job with two ends": (
        {"entries": more(LOG, entry(12, "refunded", VIDEO, balance_after=3, reason="deadline"))},
        "job AAAAAA has 2 ends",
    ),
    "half a credit back": (
        {"entries": instead(LOG, 10, credits=2, balance_after=3)},
        "ended with another number of credits",
    ),
    "a balance that does not add up": (
        {"entries": instead(LOG, 10, balance_after=5)},
        "where the log adds up to 2",
    ),
    "a balance below zero": ({"entries": instead(LOG, 8, balance_after=-1)}, "has -1 credits"),
    "a job that was started and cancelled": (
        {"entries": instead(LOG, 10, reason="cancelled")},
        "job BBBBBB was started and cancelled",
    ),
    "a video that was never started": (
        {"entries": without(LOG, 3)},
        "AAAAAA was settled and never started",
    ),
    "an end of nobody's job": (
        {"entries": without(LOG, 4)},
        "position 6: started of a job that nobody paid for",
    ),
    "an order without a deduction": (
        {"cycles": more(CYCLES, Cycle(cycle=4, account=ANNA, number="DDDDDD"))},
        "the order DDDDDD of tg:1 was taken without a deduction",
    ),
    "a deduction without an order": (
        {"cycles": CYCLES[:2]},
        "a credit of tg:1 was taken for CCCCCC",
    ),
    "a person who got no answer": (
        {"cycles": instead(CYCLES, 0, trouble="Анна did not see it")},
        "cycle 1 of tg:1: Анна did not see it",
    ),
    "what the audit found": ({"troubles": ("a finding",)}, "a finding"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found(lie):
    changes, sentence = LIES[lie]
    found = verdict(replace(TRUE, **changes))
    assert any(sentence in one for one in found), found


@pytest.mark.parametrize(
    ("service", "at", "is_excused"),
    [
        ("bot", 1008.0, True),
        ("nats", 1008.0, True),
        ("videogen", 1008.0, False),
        ("bot", 990.0, False),
        ("bot", 1030.0, False),
    ],
)
def test_a_second_copy_is_excused_by_a_death_between_the_two_alone(service, at, is_excused):
    copy = replace(CHAT[0], message_id=5, at=1015.0)
    killed = Kill(at=at, cycle=1, service=service, pid=1)
    found = verdict(replace(TRUE, told=more(CHAT, copy), kills=(killed,)))
    assert (found == []) == is_excused


def test_a_third_copy_is_never_excused():
    copies = [replace(CHAT[0], message_id=number, at=1015.0) for number in (5, 6)]
    killed = Kill(at=1008.0, cycle=1, service="bot", pid=1)
    [found] = verdict(replace(TRUE, told=more(CHAT, *copies), kills=(killed,)))
    assert "3 times" in found


def test_a_task_that_is_stuck_for_ever_may_be_followed_after_its_job_was_closed():
    records = instead(RECORDS, 1, is_over=False, state="rendering")
    following = replace(TRUE, records=records, told=CHAT[:3])
    assert still_open(following) == ["the record of BBBBBB is open: rendering"]
    stuck = replace(following, tasks=instead(TASKS, 1, never_ends=True))
    assert verdict(stuck) == []


def test_the_table_counts_what_was_seen():
    report = report_of(TRUE, {}, took_s=60.0)
    assert (report.orders, report.videos, report.late, report.sent_twice) == (3, 2, 1, 0)
    assert report.refunds == {"deadline": 1, "provider_unavailable": 1}
    assert report.video_p50_s == 4.0
