"""The local provider: draws the pictures, then lets ffmpeg move them."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from videogen.ffmpeg import run_ffmpeg
from videogen.local.drawing import draw
from videogen.local.graph import ffmpeg_arguments
from videogen.provider import Brief, Desk, Submitted, Task

NAME = "local"
RENDER_S_MAX = 120.0
"""A film takes about five seconds on two idle cores."""
USUAL_S = 20.0


@dataclass(frozen=True)
class LocalProvider:
    """Its tasks are nothing but their name: a film is rendered by whoever brings it."""

    room: int = 1
    name: str = NAME
    submits_for_free: bool = True
    goes_on_alone: bool = False
    usual_s: float = USUAL_S

    async def submit(self, brief: Brief, desk: Desk) -> Submitted:  # noqa: ARG002 - of the port
        return Submitted(Task(provider=NAME, task_id=str(brief.job_id)))

    async def bring(self, task: Task, brief: Brief, desk: Desk) -> Path:  # noqa: ARG002 - of the port
        drawn = await asyncio.to_thread(draw, brief, desk.folder)
        # The files are written here and not by the thread, which outlives a cancelled job.
        for file, content in drawn.files.items():
            file.write_bytes(content)
        await desk.rendering()
        out = desk.folder / "film.mp4"
        await run_ffmpeg(ffmpeg_arguments(drawn.film, out), limit_s=RENDER_S_MAX)
        await desk.fetching(None)
        return out

    async def find(self, job_id: UUID, task_id: str) -> Task | None:
        """A task here is named after its job."""
        return Task(provider=NAME, task_id=task_id) if task_id == str(job_id) else None

    def wake(self, task_id: str) -> None:
        """Nothing waits here: whoever brings a film is at work on it."""
