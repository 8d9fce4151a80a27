"""One emulator serves all tests here, made new before each; its clock moves only when told to."""

import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import imageio_ffmpeg
import pytest
import pytest_asyncio

from infra.sandbox.kie.downloads import FilmOrder
from tests.kie_fixture import RunningKie, Wall, running_kie


@pytest.fixture(scope="session")
def tiny_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two frames of a real MP4."""
    file: Path = tmp_path_factory.mktemp("film") / "tiny.mp4"
    picture = ("-f", "lavfi", "-i", "color=red:s=32x32:r=2:d=1", "-pix_fmt", "yuv420p")
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", *picture, file)
    subprocess.run(command, check=True)
    return file.read_bytes()


@pytest.fixture(scope="session")
def wall() -> Wall:
    return Wall()


@pytest.fixture(scope="session")
def films_asked() -> list[FilmOrder]:
    return []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_kie(
    tiny_film: bytes, wall: Wall, films_asked: list[FilmOrder]
) -> AsyncGenerator[RunningKie]:
    async def film(order: FilmOrder) -> bytes:
        films_asked.append(order)
        return tiny_film

    async with running_kie(film, wall=wall) as one:
        yield one


@pytest.fixture
def kie(shared_kie: RunningKie, films_asked: list[FilmOrder]) -> RunningKie:
    shared_kie.make_new()
    films_asked.clear()
    return shared_kie
