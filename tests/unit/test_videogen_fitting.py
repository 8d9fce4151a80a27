"""Whatever form a video comes in, it leaves in ours: size, rate, codecs, and with a sound track."""

from pathlib import Path

import pytest

from contracts.orders import Format
from infra.sandbox.journey.films import described
from videogen import fitting
from videogen.ffmpeg import FfmpegError, run_ffmpeg
from videogen.fitting import fit
from videogen.frame import FRAMES
from videogen.video import DURATION_MS_MAX, BadVideoError, inspect

PICTURES = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


async def film(folder: Path, size: str, *, rate=24, seconds=2.2, sound=True, more=()) -> Path:  # noqa: PLR0913 - what differs between films
    file = folder / "came.mp4"
    tone = ("-f", "lavfi", "-i", f"sine=frequency=220:duration={seconds}") if sound else ()
    card = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    pictures = ("-f", "lavfi", "-i", card)
    await run_ffmpeg([*pictures, *tone, *PICTURES, *more, str(file)], limit_s=20)
    return file


async def fitted(file: Path, shape: Format = Format.VERTICAL) -> Path:
    out = file.with_name("film.mp4")
    await fit(file, shape, out)
    return out


@pytest.mark.parametrize(
    ("size", "shape"),
    [("90x160", Format.VERTICAL), ("160x90", Format.PORTRAIT), ("90x160", Format.SQUARE)],
)
async def test_any_shape_is_brought_into_the_one_that_was_ordered(tmp_path, size, shape):
    out = await fitted(await film(tmp_path, size), shape)
    video = await inspect(out, shape)
    assert (video.width, video.height) == FRAMES[shape].size
    said = described(out)
    for expected in ("h264 (High)", "yuv420p", "SAR 1:1", "30 fps", "Audio: aac"):
        assert expected in said
    head = out.read_bytes()[:65_536]
    assert 0 < head.find(b"moov") < head.find(b"mdat")


async def test_a_video_of_another_shape_lies_whole_on_a_blurred_ground(tmp_path):
    bars = ("-vf", "drawbox=x=0:w=8:color=red:t=fill,drawbox=x=iw-8:w=8:color=lime:t=fill")
    out = await fitted(await film(tmp_path, "320x180", more=bars))
    frame = out.with_suffix(".rgb")
    as_pixels = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", str(frame))
    await run_ffmpeg(["-i", str(out), *as_pixels], limit_s=20)
    pixels = frame.read_bytes()

    def at(x, y):
        return tuple(pixels[(y * 720 + x) * 3 :][:3])

    # Both edges of the picture are there, and above it there is no bar of black.
    red, green = at(6, 640), at(713, 640)
    assert red[0] > 200
    assert red[1] < 80
    assert green[1] > 200
    assert green[0] < 80
    assert max(max(at(x, 60)) for x in range(100, 620, 20)) > 60


async def test_a_silent_video_gets_a_silent_track_as_long_as_itself(tmp_path):
    out = await fitted(await film(tmp_path, "90x160", sound=False))
    assert "Audio: aac" in described(out)
    assert 2_100 <= (await inspect(out)).duration_ms <= 2_300


async def test_pictures_that_are_right_are_not_touched(tmp_path):
    file = await film(tmp_path, "720x1280", rate=30)
    out = await fitted(file)
    assert await packets(out) == await packets(file)
    assert (await inspect(out)).duration_ms >= 2_100


async def packets(file: Path) -> str:
    hashes = file.with_suffix(".hash")
    copied = ("-map", "0:v", "-c", "copy", "-f", "streamhash", str(hashes))
    await run_ffmpeg(["-i", str(file), *copied], limit_s=20)
    return hashes.read_text()


async def test_a_video_that_is_too_long_is_cut(tmp_path, monkeypatch):
    assert DURATION_MS_MAX - 1_000 < fitting.KEPT_S_MAX * 1_000 < DURATION_MS_MAX
    monkeypatch.setattr(fitting, "KEPT_S_MAX", 2.2)
    out = await fitted(await film(tmp_path, "90x160", seconds=4))
    assert 2_100 <= (await inspect(out)).duration_ms <= 2_300


async def test_a_film_lying_on_its_side_is_set_upright(tmp_path):
    # Its pictures are of the right size, but a player shows them lying.
    file = await film(tmp_path, "720x1280", rate=30)
    turned = tmp_path / "turned.mp4"
    side = ("-display_rotation:v:0", "90", "-i", str(file), "-c", "copy", str(turned))
    await run_ffmpeg(side, limit_s=20)
    assert "matrix" in described(turned).lower()
    out = await fitted(turned)
    assert "matrix" not in described(out).lower()
    assert (await inspect(out)).height == 1280


@pytest.mark.parametrize("damage", ["no video", "cut"])
async def test_a_damaged_file_is_no_film(tmp_path, damage):
    file = await film(tmp_path, "90x160")
    data = file.read_bytes()
    file.write_bytes(b"<html>no video</html>" if damage == "no video" else data[: len(data) // 2])
    with pytest.raises((FfmpegError, BadVideoError)):
        await fitted(file)


async def test_damaged_frames_are_not_delivered(tmp_path):
    file = await film(tmp_path, "90x160", more=("-movflags", "+faststart"))
    data = bytearray(file.read_bytes())
    for place in range(len(data) // 2, len(data) - 200, 97):
        data[place] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(FfmpegError):
        await fitted(file)
