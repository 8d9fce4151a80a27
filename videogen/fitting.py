"""Bring a provider's video into the one form that we deliver, whatever form it came in.

A picture of another shape lies whole on its own enlarged and blurred copy, as photos do.
"""

from dataclasses import dataclass
from pathlib import Path

from contracts.orders import Format
from videogen.ffmpeg import run_ffmpeg
from videogen.frame import FRAMES, FRAMES_PER_S
from videogen.video import DURATION_MS_MAX, OUTPUT, STREAM, described

LOOK_S_MAX = 20.0
FIT_S_MAX = 180.0
KEPT_S_MAX = DURATION_MS_MAX / 1_000 - 0.5
"""The last packet of sound may reach a little beyond it."""
CLOSE_ENOUGH = 0.03
"""So near to our shape, as a part of the whole, a video is filled in and loses a narrow edge."""
GROUND_PART = 8
"""The ground is blurred in this part of its size: it looks the same, and is done much faster."""
BLUR = "boxblur=6:2,eq=brightness=-0.12"
SOUND_HZ = 44_100

ENCODING = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high"),
    # So that a minute of the hardest content still fits into what Telegram takes.
    *("-maxrate", "5M", "-bufsize", "10M", "-pix_fmt", "yuv420p"),
)
TURNED = ("displaymatrix", "display matrix")
"""As older and newer ffmpegs print it."""


@dataclass(frozen=True)
class _Source:
    codec: str
    width: int
    height: int
    details: str
    """What ffmpeg says of the stream of pictures."""
    has_sound: bool
    is_turned: bool

    def is_right(self, shape: Format) -> bool:
        """Whether the pictures can stay as they are."""
        wanted = ("h264", *FRAMES[shape].size)
        is_square = "SAR" not in self.details or "SAR 1:1" in self.details
        is_smooth = f" {FRAMES_PER_S} fps" in self.details and "yuv420p" in self.details
        is_same = (self.codec, self.width, self.height) == wanted
        return is_same and is_square and is_smooth and not self.is_turned

    def is_close(self, shape: Format) -> bool:
        width, height = FRAMES[shape].size
        ratio = (self.width * height) / (self.height * width)
        return abs(ratio - 1) <= CLOSE_ENOUGH and not self.is_turned


async def fit(file: Path, shape: Format, out: Path) -> None:
    """Write to `out` the video of `file` in our size, codecs and rate, with sound or silence.

    Raises `BadVideoError` for a file that is no video, and `FfmpegError`.
    """
    source = await _look_at(file)
    is_right = source.is_right(shape)
    inputs, sound = _sound(has_one=source.has_sound)
    pictures = [] if is_right else [_pictures(shape, is_close=source.is_close(shape))]
    await run_ffmpeg(
        [
            # -xerror makes a damaged frame an error: the file is to be fetched again.
            *("-xerror", "-i", str(file), *inputs),
            *("-filter_complex", ";".join([*pictures, sound])),
            *("-map", "0:V:0" if is_right else "[film]", "-map", "[sound]"),
            *(("-c:v", "copy") if is_right else ENCODING),
            *("-c:a", "aac", "-b:a", "128k", "-ar", str(SOUND_HZ), "-ac", "2"),
            *("-shortest", "-t", f"{KEPT_S_MAX}"),
            *("-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", str(out)),
        ],
        limit_s=FIT_S_MAX,
    )


async def _look_at(file: Path) -> _Source:
    printed = await run_ffmpeg(
        ["-i", str(file), "-map", "0:V:0", "-frames:v", "1", "-f", "null", "-"],
        limit_s=LOOK_S_MAX,
        log_level="info",
    )
    told = printed.partition(OUTPUT)[0]
    _, codec, width, height = described(told)
    streams = STREAM.findall(told)
    [details] = [rest for kind, _, rest in streams if kind == "Video"]
    has_sound = any(kind == "Audio" for kind, _, _ in streams)
    is_turned = any(word in told.lower() for word in TURNED)
    return _Source(codec, width, height, details, has_sound, is_turned)


def _pictures(shape: Format, *, is_close: bool) -> str:
    width, height = FRAMES[shape].size
    even = f"fps={FRAMES_PER_S}"
    end = "setsar=1,format=yuv420p[film]"
    if is_close:
        return f"[0:V:0]{even},{_filled(width, height)},{end}"
    small = _filled(width // GROUND_PART, height // GROUND_PART)
    # Without the old shape of a pixel, so that a wide one is not made narrow twice.
    whole = f"scale=iw*sar:ih,scale={width}:{height}:force_original_aspect_ratio=decrease,setsar=1"
    return (
        f"[0:V:0]{even},split=2[under][over];"
        f"[under]{small},{BLUR},scale={width}:{height},setsar=1[ground];"
        f"[over]{whole}[whole];"
        f"[ground][whole]overlay=(W-w)/2:(H-h)/2,{end}"
    )


def _filled(width: int, height: int) -> str:
    return f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"


def _sound(*, has_one: bool) -> tuple[tuple[str, ...], str]:
    """Return further inputs, and how the sound is made: as long as the pictures last."""
    if has_one:
        return (), f"[0:a:0]aresample={SOUND_HZ},apad[sound]"
    silence = ("-f", "lavfi", "-i", f"anullsrc=r={SOUND_HZ}:cl=stereo")
    return silence, "[1:a]anull[sound]"
