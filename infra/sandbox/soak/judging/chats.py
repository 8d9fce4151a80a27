"""Each order has one video or one refund in the chat, and what is said of it is true."""

from collections.abc import Iterator, Sequence

from infra.sandbox.soak.evidence import REFUNDED, SETTLED, Entry, Job, Kill, Told, ToldKind

VIDEOS = (ToldKind.VIDEO, ToldKind.LATE_VIDEO)
FORGETFUL = ("bot", "nats")
"""Whose death may keep the bot from noting that it has sent something: then it is sent once more,
as docs/adr/0007 says."""
FORGOTTEN_WITHIN_S = 6.0
"""Between noting that it is about to send and noting that it has sent."""
COPIES_MAX = 2
WORDS = {
    "deadline": "не успело",
    "cancelled": "отменено",
    "content_rejected": "не приняла",
    "photo_unreadable": "не смог прочитать фото",
}
OTHER_WORDS = "не получилось"


def missing_messages(jobs: Sequence[Job]) -> Iterator[str]:
    for job in jobs:
        if job.end is None:
            continue
        if job.end.kind == SETTLED and not job.messages(*VIDEOS):
            yield f"the video {job.number} was paid for and is not in the chat"
        if job.end.kind == REFUNDED and not job.messages(ToldKind.REFUND):
            yield f"nobody was told that the credit of {job.number} came back"
        has_late_video = job.was_late and job.record is not None and job.record.state == "ready"
        if has_late_video and not job.messages(*VIDEOS):
            yield f"the late video {job.number} was made and is not in the chat"


def untrue_messages(
    jobs: Sequence[Job], told: Sequence[Told], kills: Sequence[Kill]
) -> Iterator[str]:
    for job in jobs:
        yield from _untrue_videos(job)
        yield from _untrue_refunds(job)
        yield from _copies(job, "video", job.messages(*VIDEOS), kills)
        yield from _copies(job, "refund", job.messages(ToldKind.REFUND), kills)
    known = {(job.deducted.account, job.number) for job in jobs}
    for one in told:
        if (one.account, one.number) not in known:
            yield f"{one.account} was told of {one.number}, which they never ordered: {one.text!r}"


def _untrue_videos(job: Job) -> Iterator[str]:
    is_settled = any(end.kind == SETTLED for end in job.ends)
    for one in job.messages(*VIDEOS):
        if not is_settled and not job.was_late:
            yield f"the video {job.number} was sent and never settled"
        elif is_settled == (one.kind is ToldKind.LATE_VIDEO):
            yield f"the video {job.number} says the wrong thing about its price: {one.text!r}"
        if is_settled and not _is_after(one, job.of_kind(SETTLED)):
            yield f"the video {job.number} was sent before it was settled"


def _untrue_refunds(job: Job) -> Iterator[str]:
    refunds = job.of_kind(REFUNDED)
    for one in job.messages(ToldKind.REFUND):
        if not refunds:
            yield f"a refund of {job.number} was told and is not in the log"
            continue
        reason = refunds[0].reason or ""
        if not _is_after(one, refunds):
            yield f"the refund of {job.number} was told before it was in the log"
        if one.balance != refunds[0].balance_after:
            yield (
                f"the refund of {job.number} names the balance {one.balance} "
                f"and left {refunds[0].balance_after}"
            )
        if WORDS.get(reason, OTHER_WORDS) not in one.text:
            yield f"the refund of {job.number} because of {reason} was told as {one.text!r}"


def _is_after(one: Told, entries: Sequence[Entry]) -> bool:
    """Telegram's time is cut to whole seconds, so within one second anything may be true."""
    return any(one.at + 1 > entry.recorded_at for entry in entries)


def _copies(job: Job, what: str, messages: Sequence[Told], kills: Sequence[Kill]) -> Iterator[str]:
    if len(messages) < COPIES_MAX:
        return
    first, second = messages[0], messages[1]
    excused = any(
        kill.service in FORGETFUL and first.at - FORGOTTEN_WITHIN_S <= kill.at <= second.at + 1
        for kill in kills
    )
    if len(messages) > COPIES_MAX or not excused:
        yield f"the {what} of {job.number} is in the chat {len(messages)} times"
