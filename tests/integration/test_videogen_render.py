"""The local provider's videos, decoded: format, motion, and whose photo is in them."""

import io
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from contracts.orders import Format, Template
from infra.sandbox.journey.films import described, difference, frames_of, resemblance
from tests.videogen_doubles import photo_of
from videogen.cli import main
from videogen.ffmpeg import FfmpegError, run_ffmpeg
from videogen.local import LocalProvider
from videogen.provider import Brief, Desk, Task
from videogen.video import (
    SIZE_BYTES_MAX,
    THUMBNAIL_BYTES_MAX,
    THUMBNAIL_SIDE_PX_MAX,
    BadVideoError,
    inspect,
)

TEXT = "Термокружка «Север» 450 мл. Держит тепло 8 часов"


async def render(folder: Path, photo: bytes, template: Template = Template.AD, **more) -> Path:
    said: list[str | None] = []

    async def rendering() -> None:
        said.append("rendering")

    async def fetching(cost: Decimal | None) -> None:
        said.append(cost)

    brief = Brief(UUID(int=1), photo, TEXT, template, **more)
    provider, desk = LocalProvider(), Desk(folder, rendering, fetching)
    submitted = await provider.submit(brief, desk)
    assert submitted.task == Task(provider="local", task_id=str(brief.job_id))
    file = await provider.bring(submitted.task, brief, desk)
    assert said == ["rendering", None]
    return file


@pytest.mark.parametrize(
    ("template", "size", "motion_min"),
    [
        (Template.AD, (900, 1200), 0.2),
        (Template.UGC, (1200, 900), 0.2),
        # Half of a page is paper, which keeps still.
        (Template.OWN, (900, 1200), 0.1),
    ],
)
async def test_a_video_is_vertical_moves_and_shows_its_photo(tmp_path, template, size, motion_min):
    photos = [photo_of("teal", size), photo_of("firebrick", size, seed=2)]
    file = await render(tmp_path, photos[0], template, scenario="Утро. Кофе. Поехали.")
    said = described(file)
    assert "Video: h264 (High)" in said
    assert "yuv420p(tv, bt709" in said
    assert "720x1280 [SAR 1:1 DAR 9:16]" in said
    assert "30 fps" in said
    assert "Audio: aac" in said
    head = file.read_bytes()[:65_536]
    assert 0 < head.find(b"moov") < head.find(b"mdat"), (
        "players start before the whole file is there"
    )

    video = await inspect(file)
    assert 6_000 <= video.duration_ms <= 8_000
    assert len(video.data) < SIZE_BYTES_MAX

    own, other = (Image.open(io.BytesIO(photo)) for photo in photos)
    for frame in frames_of(file, rate=1)[1:-1]:
        assert resemblance(frame, own) > 0.75
        assert resemblance(frame, other) < 0.45

    thumbnail = Image.open(io.BytesIO(video.thumbnail))
    assert thumbnail.format == "JPEG"
    assert max(thumbnail.size) == THUMBNAIL_SIDE_PX_MAX
    assert len(video.thumbnail) < THUMBNAIL_BYTES_MAX
    assert resemblance(thumbnail, own) > 0.75

    frames = frames_of(file, rate=4)
    assert len(frames) == video.duration_ms // 250
    shown = frames[4:-4]
    assert difference(shown[0], shown[-1]) > 4.0
    assert all(difference(one, next_one) > motion_min for one, next_one in pairwise(shown))
    assert difference(frames[0], shown[0]) > 10, "it fades in"
    assert difference(frames[-1], shown[-1]) > 10, "it fades out"


@pytest.mark.parametrize(
    ("template", "shape", "size"),
    [
        (Template.AD, Format.SQUARE, (720, 720)),
        (Template.UGC, Format.SQUARE, (720, 720)),
        (Template.OWN, Format.PORTRAIT, (720, 960)),
    ],
)
async def test_the_same_brief_gives_the_same_bytes_in_every_look(tmp_path, template, shape, size):
    photo = photo_of(size=(300, 400))
    first, second = [
        (await render(tmp_path, photo, template, format=shape)).read_bytes() for _ in range(2)
    ]
    assert first == second
    video = await inspect(tmp_path / "film.mp4", shape)
    assert (video.width, video.height) == size
    with pytest.raises(BadVideoError, match="h264 720x"):
        await inspect(tmp_path / "film.mp4")


async def test_an_extreme_shape_gives_a_video_too(tmp_path):
    data = io.BytesIO()
    Image.new("RGBA", (100, 10_000), (200, 30, 30, 120)).save(data, "PNG")
    file = await render(tmp_path, data.getvalue(), Template.UGC, format=Format.SQUARE)
    assert (await inspect(file, Format.SQUARE)).duration_ms == 7_000


async def test_a_video_of_another_format_is_refused(tmp_path):
    wide = tmp_path / "wide.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=s=640x360:d=3:r=10"]
    await run_ffmpeg([*source, "-c:v", "libx264", "-preset", "ultrafast", str(wide)], limit_s=30)
    with pytest.raises(BadVideoError, match="h264 640x360"):
        await inspect(wide)


@pytest.mark.parametrize(
    ("video_codec", "streams", "said"),
    [
        ("libx264", "vv", "2 video and 0 audio"),
        ("libx264", "vaa", "1 video and 2 audio"),
        ("mpeg4", "va", "mpeg4 720x1280"),
    ],
)
async def test_a_video_with_other_streams_than_promised_is_refused(
    tmp_path, video_codec, streams, said
):
    file = tmp_path / "odd.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=s=720x1280:d=2:r=5", "-f", "lavfi", "-i", "anullsrc"]
    maps = [part for kind in streams for part in ("-map", "0:v" if kind == "v" else "1:a")]
    codec = ["-c:v", video_codec, "-preset", "ultrafast"][: 4 if video_codec == "libx264" else 2]
    await run_ffmpeg([*source, *maps, *codec, "-t", "2", str(file)], limit_s=30)
    with pytest.raises(BadVideoError, match=said):
        await inspect(file)


async def test_a_damaged_video_is_refused(tmp_path):
    file = tmp_path / "damaged.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=s=720x1280:d=3:r=10"]
    faststart = ["-movflags", "+faststart"]
    await run_ffmpeg([*source, "-c:v", "libx264", *faststart, str(file)], limit_s=30)
    data = bytearray(file.read_bytes())
    data[len(data) // 2 :] = b""
    file.write_bytes(data)
    with pytest.raises((FfmpegError, BadVideoError)):
        await inspect(file)


def test_the_command_line_renders_without_any_service(tmp_path, capsys):
    photo, out = tmp_path / "photo.jpg", tmp_path / "out.mp4"
    photo.write_bytes(photo_of(size=(300, 400)))
    arguments = ["--photo", str(photo), "--text", TEXT, "--template", "ugc", "--out", str(out)]
    main(["render", *arguments, "--format", "1:1"])
    assert "720x720" in described(out)
    assert sorted(tmp_path.iterdir()) == [out, photo]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[:3] == ["preparing…", "rendering…", "finishing…"]
