"""A job's story in words, line by line. Pure."""

from datetime import tzinfo
from itertools import pairwise

from videogen.console.words import lasting, one_line, table, time_of_day
from videogen.job import Job, Moment, State

SENTENCES = {
    State.QUEUED: "waits in the queue",
    State.STARTED: "the ledger lets it begin",
    State.SUBMITTING: "the provider is about to be asked",
    State.SUBMITTED: "the provider has a task for it",
    State.RENDERING: "the provider is making it",
    State.FETCHING: "the video is being fetched",
    State.STORED: "the video is stored",
    State.READY: "the video is ready",
    State.FAILED: "it failed",
    State.CANCELLED: "it ended without a video",
}


def story_of(job: Job, zone: tzinfo | None) -> list[str]:
    """Return the lines, each with the time since the one before."""
    if not job.story:
        return []
    rows = [_row(None, job.story[0], zone)]
    rows += [_row(before, line, zone) for before, line in pairwise(job.story)]
    return table(("AT", "AFTER", "STATE", "WORKER", "WHAT HAPPENED"), rows)


def sentence_of(before: Moment | None, line: Moment) -> str:
    """Tell what changed since `before`, and what was noted about it."""
    parts = [_of_worker(before, line), _of_state(before, line)]
    told = ", ".join(part for part in parts if part)
    note = "" if _is_takeover(before, line) else one_line(line.note)
    return ": ".join(part for part in (told, note) if part)


def _row(before: Moment | None, line: Moment, zone: tzinfo | None) -> tuple[str, ...]:
    after = f"+{lasting(line.at - before.at)}" if before else ""
    at = time_of_day(line.at, zone)
    return at, after, str(line.state), line.worker, sentence_of(before, line)


def _of_state(before: Moment | None, line: Moment) -> str:
    if before is None:
        return "ordered"
    return SENTENCES[line.state] if line.state is not before.state else ""


def _of_worker(before: Moment | None, line: Moment) -> str:
    had = before.worker if before else ""
    if line.worker == had:
        return f"{had} had forgotten it and takes it again" if _is_takeover(before, line) else ""
    if not line.worker:
        return f"{had} lets go of it"
    return f"{had} is gone, {line.worker} goes on with it" if had else f"{line.worker} takes it"


def _is_takeover(before: Moment | None, line: Moment) -> bool:
    """What such a line notes is said of its workers already."""
    return before is not None and line.note == f"taken over from {before.worker}"
