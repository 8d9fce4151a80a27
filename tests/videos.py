"""Decode videos and compare what is seen in them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

FRAME = (36, 64)
DECODE_S_MAX = 60


def frames_of(video: Path, *, rate: float, size: tuple[int, int] = (180, 320)) -> list[Image.Image]:
    """Return `rate` frames for each second, reduced to `size`."""
    decoded = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-xerror", "-i", str(video)),
            *("-vf", f"fps={rate},scale={size[0]}:{size[1]}:flags=area"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
        ],
        capture_output=True,
        check=True,
        timeout=DECODE_S_MAX,
    ).stdout
    frame_bytes = size[0] * size[1] * 3
    return [
        Image.frombytes("RGB", size, decoded[start : start + frame_bytes])
        for start in range(0, len(decoded), frame_bytes)
    ]


def described(video: Path) -> str:
    """Return what ffmpeg says of the file's streams."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(video)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def resemblance(frame: Image.Image, photo: Image.Image) -> float:
    """Look for the photo's middle near the frame's: 1 is the same, about 0 a stranger's.

    Of all sizes and places that a camera may give it the best one counts.
    """
    small = frame.convert("RGB").resize(FRAME, Image.Resampling.BOX)
    return max(
        _correlation(small.crop(box), patch)
        for patch in _patches(photo.convert("RGB"))
        for box in _boxes(patch.size)
    )


def _patches(photo: Image.Image) -> Iterator[Image.Image]:
    left, top = photo.width * 2 // 10, photo.height * 2 // 10
    part = photo.crop((left, top, photo.width - left, photo.height - top))
    for width in range(15, 37, 2):
        size = (width, max(4, round(width * part.height / part.width)))
        if size[0] <= FRAME[0] and size[1] <= FRAME[1] * 0.8:
            yield part.resize(size, Image.Resampling.BOX)


def _boxes(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    for x in range(-2, 3):
        for y in range(-3, 4):
            left, top = (FRAME[0] - size[0]) // 2 + x, (FRAME[1] - size[1]) // 2 + y
            if left >= 0 and left + size[0] <= FRAME[0]:
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
