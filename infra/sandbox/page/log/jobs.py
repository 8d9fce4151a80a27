"""The jobs of one account: where each of them is, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nicegui.element import Element

from contracts.messages import JobStage
from infra.sandbox.log_reader import JobRow
from infra.sandbox.page import words
from infra.sandbox.page.dom import Text, attribute, box, icon, say

SHOWN_MAX = 12
EMPTY = "Заказов пока нет. Отправьте боту фото товара, ответьте на вопросы и подтвердите карточку."
STEPS = ("queued", "started", "settled", "delivered")
STAGE_STEPS = {
    JobStage.QUEUED: 0.15,
    JobStage.PREPARING: 0.2,
    JobStage.RENDERING: 0.5,
    JobStage.FINISHING: 0.85,
}


class JobsCard:
    def __init__(self) -> None:
        self._rows: dict[UUID, _JobRow] = {}
        self._order: Sequence[UUID] = ()
        with box("card jobs", tag="section"):
            Text("Видео", "card-title", tag="h2")
            self._empty = Text(EMPTY, "empty")
            self._list: Element = box("job-list")

    def show(self, jobs: Sequence[JobRow], stages: Mapping[UUID, JobStage], now: datetime) -> None:
        self._empty.set_visibility(not jobs)
        wanted = {job.job_id for job in jobs}
        for job_id in [*self._rows]:
            if job_id not in wanted:
                self._rows.pop(job_id).element.delete()
        for job in jobs:
            if job.job_id not in self._rows:
                with self._list:
                    self._rows[job.job_id] = _JobRow(job)
            self._rows[job.job_id].show(job, stages.get(job.job_id), now)
        self._arrange([job.job_id for job in jobs])

    def _arrange(self, order: Sequence[UUID]) -> None:
        if order != self._order:
            self._order = order
            for place, job_id in enumerate(order):
                self._rows[job_id].element.move(target_index=place)


@dataclass(frozen=True)
class _Look:
    css: str
    symbol: str
    share: float
    """How much of the way is done, from 0 to 1."""


class _JobRow:
    def __init__(self, job: JobRow) -> None:
        self.element = box("job")
        self._css = ""
        with self.element:
            self._symbol_place = box("job-symbol")
            with box("job-about"):
                with box("job-line"):
                    Text(f"№ {words.job_number(job)}", "job-number")
                    self._time = Text("", "job-time")
                self._state = Text("", "job-state")
                with box("track") as track:
                    attribute(track, "aria-hidden", "true")
                    self._done = box("track-done")

    def show(self, job: JobRow, stage: JobStage | None, now: datetime) -> None:
        look = _look(job, stage)
        if look.css != self._css:
            self.element.classes(add=look.css, remove=self._css)
            self._css = look.css
            self._symbol_place.clear()
            with self._symbol_place:
                icon(look.symbol)
        reason = words.reason_of(job.reason) if job.state == "refunded" else ""
        is_told = not reason or job.reason == "cancelled"
        state = words.job_state(job, stage)
        say(self._state, state if is_told else f"{state}: {reason}")
        ended_at = job.ended_at or now
        say(self._time, words.duration((ended_at - job.ordered_at).total_seconds()))
        attribute(self._done, "style", f"width: {look.share:.0%}")


def _look(job: JobRow, stage: JobStage | None) -> _Look:
    match job.state:
        case "queued":
            return _Look("queued", "hourglass_top", 0.08)
        case "started":
            return _Look("started", "movie", STAGE_STEPS[stage] if stage else 0.15)
        case "settled":
            symbol = "done_all" if job.delivered else "done"
            return _Look("settled delivered" if job.delivered else "settled", symbol, 1.0)
        case _:
            return _Look("refunded", "undo", 1.0)
