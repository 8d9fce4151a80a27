"""The plan of a film: which pictures go in, and what ffmpeg does with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from videogen.frame import FRAMES_PER_S
from videogen.local.camera import Move, perspective
from videogen.local.stage import Layer

FADE_IN_S = 0.3
FADE_OUT_S = 0.4
CAPTION_FADE_S = 0.25
CAPTION_RISE_S = 0.4
CAPTION_RISE_PX = 26
THREADS = 2

COLOUR_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
TO_VIDEO_COLOURS = "out_color_matrix=bt709:out_range=tv"


@dataclass(frozen=True)
class Moving:
    """A layer, the file of its picture and the camera before it."""

    file: Path
    layer: Layer
    move: Move


@dataclass(frozen=True)
class Shown:
    """A caption's file, its place, and when it is there."""

    file: Path
    x_px: int
    y_px: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Film:
    duration_s: float
    backdrop: Moving
    card: Moving | None
    captions: tuple[Shown, ...]

    @property
    def frames(self) -> int:
        return round(self.duration_s * FRAMES_PER_S)


def ffmpeg_arguments(film: Film, out: Path) -> list[str]:
    pictures = [film.backdrop.file, *([film.card.file] if film.card else [])]
    pictures += [caption.file for caption in film.captions]
    inputs = [part for file in pictures for part in ("-i", str(file))]
    return [
        *inputs,
        *("-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo"),
        *("-filter_complex", filter_graph(film)),
        # Without a sound track Telegram takes a short video for an animation.
        *("-map", "[film]", "-map", f"{len(pictures)}:a"),
        *("-frames:v", str(film.frames), "-t", str(film.duration_s)),
        *("-c:v", "libx264", "-profile:v", "high", "-preset", "veryfast", "-crf", "21"),
        *("-maxrate", "6M", "-bufsize", "12M", "-g", str(2 * FRAMES_PER_S)),
        *("-threads", str(THREADS), "-c:a", "aac", "-b:a", "64k"),
        # The same brief gives the same bytes, so a repeated job cannot end in another video.
        # With x264's lookahead in a thread of its own, one of six films ended differently.
        *("-x264-params", "sync-lookahead=0"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        *("-map_metadata", "-1", "-movflags", "+faststart", str(out)),
    ]


def filter_graph(film: Film) -> str:
    return ";".join(_chains(film))


def _chains(film: Film) -> Iterator[str]:
    yield f"[0:v]{_moving(film.backdrop, film.frames, 'yuv420p')}[v0]"
    top, number = "v0", 1
    if film.card is not None:
        layer = film.card.layer
        yield f"[1:v]{_moving(film.card, film.frames, 'yuva420p')}[card]"
        yield f"[v0][card]overlay={layer.x_px}:{layer.y_px}[v1]"
        top, number = "v1", 2
    for caption in film.captions:
        yield f"[{number}:v]{_appearing(caption, film.frames)}[c{number}]"
        yield f"[{top}][c{number}]{_placed(caption)}[v{number}]"
        top, number = f"v{number}", number + 1
    fade_out_s = film.duration_s - FADE_OUT_S
    yield (
        f"[{top}]fade=in:st=0:d={FADE_IN_S},fade=out:st={fade_out_s:.3f}:d={FADE_OUT_S},"
        f"setsar=1,format=yuv420p,{COLOUR_TAGS}[film]"
    )


def _moving(moving: Moving, frames: int, pixels: str) -> str:
    layer = moving.layer
    return (
        f"scale={TO_VIDEO_COLOURS},format={pixels},{_held(frames)},"
        f"{perspective(moving.move, frames)},"
        f"scale={layer.width_px}:{layer.height_px}:flags=area"
    )


def _appearing(caption: Shown, frames: int) -> str:
    leave_s = caption.end_s - CAPTION_FADE_S
    return (
        f"scale={TO_VIDEO_COLOURS},format=yuva420p,{_held(frames)},"
        f"fade=in:st={caption.start_s:.3f}:d={CAPTION_FADE_S}:alpha=1,"
        f"fade=out:st={leave_s:.3f}:d={CAPTION_FADE_S}:alpha=1"
    )


def _placed(caption: Shown) -> str:
    """Rise into place and stop softly."""
    remaining = f"(1-clip((t-{caption.start_s:.3f})/{CAPTION_RISE_S},0,1))"
    return (
        f"overlay=x={caption.x_px}:y='{caption.y_px}+{CAPTION_RISE_PX}*pow({remaining},3)'"
        f":enable='between(t,{caption.start_s:.3f},{caption.end_s:.3f})'"
    )


def _held(frames: int) -> str:
    """One picture for the whole film; decoded once, unlike with `-loop 1`."""
    return f"loop=loop=-1:size=1,fps={FRAMES_PER_S},trim=end_frame={frames}"
