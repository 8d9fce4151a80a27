"""Decode videos and compare what is seen in them with the photos that were sent."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs] - it ships none
from PIL import Image

from videogen.local.pictures import resized

COMPARED_WIDTH = 36
"""To so few pixels frames are reduced before they are compared; the height follows."""
PATCH_HEIGHT_MAX = 0.8
"""Of a photo's middle, as a part of the frame's height."""
FRAME_WIDTH = 180
FRAMES_PER_S = 2
FADE_FRAMES = 2
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
    stream = STREAM.search(described(file))
    frames = frames_of(file, rate=FRAMES_PER_S)
    if stream is None or len(frames) <= 2 * FADE_FRAMES:
        raise ValueError(f"{file.name} is not a video of some seconds")
    return Film(
        codec=stream[1],
        width=int(stream[2]),
        height=int(stream[3]),
        duration_s=len(frames) / FRAMES_PER_S,
        frames=tuple(frames[FADE_FRAMES:-FADE_FRAMES]),
    )


def frames_of(
    video: Path, *, rate: float, size: tuple[int, int] | None = None
) -> list[Image.Image]:
    """Return `rate` frames for each second, reduced to `size` or to a small width."""
    size = size or _reduced(video)
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


def _reduced(video: Path) -> tuple[int, int]:
    """Return a small size of the video's own shape."""
    stream = STREAM.search(described(video))
    if stream is None:
        raise ValueError(f"{video.name} holds no video")
    return FRAME_WIDTH, round(FRAME_WIDTH * int(stream[3]) / int(stream[2]))


def described(video: Path) -> str:
    """Return what ffmpeg says of the file's streams."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(video)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the wheel's own binary
    return done.stderr


def resemblance(frame: Image.Image, photo: Image.Image) -> float:
    """Look for the photo's middle near the frame's: 1 is the same, about 0 a stranger's.

    Of all sizes and places that a camera may give it the best one counts.
    """
    whole = (COMPARED_WIDTH, round(COMPARED_WIDTH * frame.height / frame.width))
    small = resized(frame.convert("RGB"), whole)
    return max(
        _correlation(small.crop(box), patch)
        for patch in _patches(photo.convert("RGB"), whole)
        for box in _boxes(patch.size, whole)
    )


def _patches(photo: Image.Image, whole: tuple[int, int]) -> Iterator[Image.Image]:
    left, top = photo.width * 2 // 10, photo.height * 2 // 10
    part = photo.crop((left, top, photo.width - left, photo.height - top))
    for width in range(15, 37, 2):
        size = (width, max(4, round(width * part.height / part.width)))
        if size[0] <= whole[0] and size[1] <= whole[1] * PATCH_HEIGHT_MAX:
            yield resized(part, size)


def _boxes(size: tuple[int, int], whole: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    for x in range(-2, 3):
        for y in range(-3, 4):
            left, top = (whole[0] - size[0]) // 2 + x, (whole[1] - size[1]) // 2 + y
            if left >= 0 and left + size[0] <= whole[0]:
                yield left, top, left + size[0], top + size[1]


def _correlation(one: Image.Image, other: Image.Image) -> float:
    first, second = _values(one), _values(other)
    product = sum(a * b for a, b in zip(first, second, strict=True))
    scale = (sum(a * a for a in first) * sum(b * b for b in second)) ** 0.5
    return product / scale if scale else 0.0


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of all values, from 0 to 255."""
    first, second = one.tobytes(), other.tobytes()
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def _values(picture: Image.Image) -> list[float]:
    values: list[float] = []
    for channel in picture.split():
        data = channel.tobytes()
        mean = sum(data) / len(data)
        values += [value - mean for value in data]
    return values
