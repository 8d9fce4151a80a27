"""Look at a finished video: whether it is what we promised, and how it looks in small."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from contracts.orders import Format
from videogen.ffmpeg import run_ffmpeg
from videogen.frame import FRAMES

SIZE_BYTES_MAX = 45 * 1024 * 1024
"""Telegram takes files of up to 50 MB from a bot."""
DURATION_MS_MIN = 2_000
DURATION_MS_MAX = 60_000
THUMBNAIL_SIDE_PX_MAX = 320
THUMBNAIL_BYTES_MAX = 200_000
THUMBNAIL_AT = 0.35
"""As a part of the duration: after the fade-in, with the first caption."""
CHECK_S_MAX = 60.0

DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d)\.(\d\d)")
STREAM = re.compile(r"^  Stream #0:\d+.*?: (Video|Audio): (\w+)(.*)$", re.MULTILINE)
SIZE = re.compile(r", (\d{2,5})x(\d{2,5})[ ,]")
OUTPUT = "Output #0"
"""From here on ffmpeg tells of what it makes, and not of the file."""


class BadVideoError(Exception):
    """A provider returned a file that must not reach a person."""


@dataclass(frozen=True)
class Video:
    data: bytes
    thumbnail: bytes
    duration_ms: int
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


async def inspect(file: Path, shape: Format = Format.VERTICAL) -> Video:
    """Decode the whole video. Raises `BadVideoError`, or `FfmpegError` if it cannot be decoded."""
    size_bytes = (await asyncio.to_thread(file.stat)).st_size
    if not 0 < size_bytes <= SIZE_BYTES_MAX:
        raise BadVideoError(f"{size_bytes} bytes")
    printed = await run_ffmpeg(
        # -xerror makes a damaged frame an error and not a line in the log.
        ["-xerror", "-i", str(file), "-map", "0:v", "-map", "0:a?", "-f", "null", "-"],
        limit_s=CHECK_S_MAX,
        log_level="info",
    )
    duration_ms, codec, width, height = described(printed)
    if (codec, width, height) != ("h264", *FRAMES[shape].size):
        raise BadVideoError(f"{codec} {width}x{height}")
    if not DURATION_MS_MIN <= duration_ms <= DURATION_MS_MAX:
        raise BadVideoError(f"{duration_ms} ms")
    thumbnail = await _thumbnail(file, duration_ms)
    data = await asyncio.to_thread(file.read_bytes)
    return Video(data, thumbnail, duration_ms, width, height)


def described(printed: str) -> tuple[int, str, int, int]:
    """Return duration in ms, codec, width and height from what ffmpeg says of its input.

    Raises `BadVideoError` unless there is one video stream and at most one of sound: which of
    two a player shows is its own choice.
    """
    duration = DURATION.search(printed)
    streams = STREAM.findall(printed.partition(OUTPUT)[0])
    kinds = [kind for kind, _, _ in streams]
    if kinds.count("Video") != 1 or kinds.count("Audio") > 1:
        raise BadVideoError(
            f"{kinds.count('Video')} video and {kinds.count('Audio')} audio streams"
        )
    [(codec, details)] = [(codec, rest) for kind, codec, rest in streams if kind == "Video"]
    size = SIZE.search(details)
    if duration is None or size is None:
        raise BadVideoError("a video stream of no known length or size")
    hours, minutes, seconds, hundredths = (int(part) for part in duration.groups())
    duration_ms = ((hours * 60 + minutes) * 60 + seconds) * 1_000 + hundredths * 10
    return duration_ms, codec, int(size[1]), int(size[2])


async def _thumbnail(file: Path, duration_ms: int) -> bytes:
    out = file.with_name("thumbnail.jpg")
    side = THUMBNAIL_SIDE_PX_MAX
    scale = f"scale={side}:{side}:force_original_aspect_ratio=decrease"
    await run_ffmpeg(
        [
            *("-ss", f"{duration_ms * THUMBNAIL_AT / 1_000:.3f}", "-i", str(file)),
            *("-frames:v", "1", "-vf", f"{scale}:flags=area,format=yuvj420p", "-q:v", "3"),
            *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", str(out)),
        ],
        limit_s=CHECK_S_MAX,
    )
    thumbnail = await asyncio.to_thread(out.read_bytes)
    if not 0 < len(thumbnail) <= THUMBNAIL_BYTES_MAX:
        raise BadVideoError(f"a thumbnail of {len(thumbnail)} bytes")
    return thumbnail
