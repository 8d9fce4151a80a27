"""The provider against a living emulator: its clock runs fast, and nobody sleeps for long."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from uuid import UUID

from contracts.orders import Format, Template
from infra.sandbox.kie.downloads import FilmOrder
from infra.sandbox.kie.film import Films
from tests.kie_fixture import KEY, RunningKie, running_kie
from tests.sandbox.pictures import picture
from videogen.ffmpeg import run_ffmpeg
from videogen.kie import KieSettings
from videogen.kie.provider import KieProvider, open_kie_provider
from videogen.provider import Brief, Desk, Submitted, Task

SCALE = 100.0
"""A task takes 0.22 s."""
POLL_S = 0.05
SHORT_S = 3
JOB_ID = UUID(int=7)


async def right_film(folder: Path) -> bytes:
    """A film in the form that we deliver, made fast."""
    file = folder / "right.mp4"
    await run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "color=teal:size=720x1280:rate=30:duration=2.5"),
            *("-f", "lavfi", "-i", "sine=frequency=220:duration=2.5"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
            str(file),
        ],
        limit_s=20,
    )
    return file.read_bytes()


@asynccontextmanager
async def living_kie(folder: Path) -> AsyncGenerator[RunningKie]:
    """Its films are of the emulator's own making only where the form of the film matters."""
    films, ready = Films(), await right_film(folder)

    async def film(order: FilmOrder) -> bytes:
        if "as a model makes it" in str(order.input):
            return await films.film(replace(order, duration_s=SHORT_S))
        return ready

    async with running_kie(film, wall=time.time, scale=SCALE) as kie:
        yield kie


@dataclass
class Said:
    """A desk whose owner writes down what was said."""

    folder: Path
    words: list[str | Decimal | None] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        async def rendering() -> None:
            self.words.append("rendering")

        async def fetching(cost: Decimal | None) -> None:
            self.words.append(cost)

        self.folder.mkdir(exist_ok=True)
        return Desk(self.folder, rendering, fetching)


def brief_of(
    text: str = "Кружка", shape: Format = Format.VERTICAL, job_id: UUID = JOB_ID, color="red"
) -> Brief:
    photo = picture(300, 400, color=color)
    return Brief(job_id, photo, text, Template.AD, format=shape)


def settings_for(kie: RunningKie, **values: object) -> KieSettings:
    own = {"kie_api_key": KEY, "kie_api_url": kie.api, "kie_upload_url": kie.uploads}
    quick = {"kie_poll_s": POLL_S, "kie_call_limit_s": 5}
    return KieSettings.model_validate({**own, **quick, **values})


@asynccontextmanager
async def opened(kie: RunningKie, **values: object) -> AsyncGenerator[KieProvider]:
    names = count()
    settings = settings_for(kie, **values)
    async with open_kie_provider(settings, lambda: f"upload-of-tests-{next(names)}") as provider:
        yield provider


async def submitted(provider: KieProvider, brief: Brief, desk: Desk) -> Task:
    outcome = await provider.submit(brief, desk)
    assert isinstance(outcome, Submitted), outcome
    return outcome.task


def tasks_per_photo(kie: RunningKie) -> list[int]:
    return [len(tasks) for tasks in kie.world.tasks.by_photo().values()]
