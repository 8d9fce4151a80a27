"""Decode videos and compare what is seen in them with the photos that were sent."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs] - it ships none
from PIL import Image, ImageOps

SAMPLE = (24, 24)
FRAME = (180, 320)
FRAMES_PER_S = 4
FADE_FRAMES = 4
"""At each end the video fades, so these frames resemble nothing."""
DECODE_S_MAX = 60
STREAM = re.compile(r"Video: (\w+).*?, (\d{2,5})x(\d{2,5})[ ,]")


@dataclass(frozen=True)
class Film:
    """What a decoded video is: its format, and its frames without the fades."""

    codec: str
    width: int
    height: int
    duration_s: float
    frames: tuple[Image.Image, ...]

    @property
    def motion(self) -> float:
        """Mean change of a colour value from the first shown frame to the last, of 255."""
        return difference(self.frames[0], self.frames[-1])

    def resemblance(self, photo: Image.Image) -> float:
        """The least that any shown frame resembles the photo."""
        return min(resemblance(frame, photo) for frame in self.frames)


def watch(file: Path) -> Film:
    """Decode the whole file. Raises `ValueError` if that is not possible."""
    frames = frames_of(file, rate=FRAMES_PER_S)
    stream = STREAM.search(described(file))
    if stream is None or len(frames) <= 2 * FADE_FRAMES:
        raise ValueError(f"{file.name} is not a video of some seconds")
    return Film(
        codec=stream[1],
        width=int(stream[2]),
        height=int(stream[3]),
        duration_s=len(frames) / FRAMES_PER_S,
        frames=tuple(frames[FADE_FRAMES:-FADE_FRAMES]),
    )


def frames_of(video: Path, *, rate: float, size: tuple[int, int] = FRAME) -> list[Image.Image]:
    """Return `rate` frames for each second, reduced to `size`."""
    done = subprocess.run(  # noqa: S603 - the wheel's own binary
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-xerror", "-i", str(video)),
            *("-vf", f"fps={rate},scale={size[0]}:{size[1]}:flags=area"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
        ],
        capture_output=True,
        check=False,
        timeout=DECODE_S_MAX,
    )
    if done.returncode != 0:
        raise ValueError(f"{video.name} cannot be decoded")
    frame_bytes = size[0] * size[1] * 3
    return [
        Image.frombytes("RGB", size, done.stdout[start : start + frame_bytes])
        for start in range(0, len(done.stdout), frame_bytes)
    ]


def described(video: Path) -> str:
    """Return what ffmpeg says of the file's streams."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(video)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stderr


def resemblance(frame: Image.Image, photo: Image.Image) -> float:
    """Correlate colours place by place: 1 is the same picture, about 0 a stranger's."""
    one, other = _values(_middle_of(frame)), _values(_middle_of(photo))
    product = sum(a * b for a, b in zip(one, other, strict=True))
    scale = (sum(a * a for a in one) * sum(b * b for b in other)) ** 0.5
    return product / scale if scale else 0.0


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of all values, from 0 to 255."""
    first, second = one.tobytes(), other.tobytes()
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def _middle_of(picture: Image.Image) -> Image.Image:
    """The square in the middle: there the product stands, above and below it captions."""
    return ImageOps.fit(picture.convert("RGB"), SAMPLE, Image.Resampling.BOX)


def _values(picture: Image.Image) -> list[float]:
    values: list[float] = []
    for channel in picture.split():
        data = channel.tobytes()
        mean = sum(data) / len(data)
        values += [value - mean for value in data]
    return values
