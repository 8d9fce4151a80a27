"""The local provider: draws the pictures, then lets ffmpeg move them."""

import asyncio
from pathlib import Path

from contracts.messages import JobStage
from videogen.ffmpeg import run_ffmpeg
from videogen.local.drawing import draw
from videogen.local.graph import ffmpeg_arguments
from videogen.provider import Brief, Desk

RENDER_S_MAX = 120.0
"""A film takes about five seconds on two idle cores."""


class LocalProvider:
    async def make(self, brief: Brief, desk: Desk) -> Path:
        drawn = await asyncio.to_thread(draw, brief, desk.folder)
        # The files are written here and not by the thread, which outlives a cancelled job.
        for file, content in drawn.files.items():
            file.write_bytes(content)
        await desk.tell(JobStage.RENDERING)
        out = desk.folder / "film.mp4"
        await run_ffmpeg(ffmpeg_arguments(drawn.film, out), limit_s=RENDER_S_MAX)
        return out
