"""What ffmpeg does with the pictures of a film."""

from collections.abc import Iterator
from pathlib import Path

from videogen.frame import FRAMES_PER_S
from videogen.local.camera import perspective
from videogen.local.film import Film, Moving, Shown, Sweep

FADE_IN_S = 0.3
FADE_OUT_S = 0.4
CAPTION_FADE_S = 0.25
CAPTION_RISE_S = 0.4
CAPTION_RISE_PX = 26
SWEEP_S = 1.5
THREADS = 2

COLOUR_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
TO_VIDEO_COLOURS = "out_color_matrix=bt709:out_range=tv"


def ffmpeg_arguments(film: Film, out: Path) -> list[str]:
    inputs = [part for file in film.files for part in ("-i", str(file))]
    return [
        *inputs,
        *("-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo"),
        *("-filter_complex", filter_graph(film)),
        # Without a sound track Telegram takes a short video for an animation.
        *("-map", "[film]", "-map", f"{len(film.files)}:a"),
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
    """Each picture becomes a stream, and each stream is laid over those behind it."""
    overlays = [
        *((_moving(each, film.frames), _at(each)) for each in film.layers),
        *([(_still(film.frames), _passing(film.sweep, film))] if film.sweep else []),
        *((_appearing(each, film.frames), _rising(each)) for each in film.shown),
    ]
    top = ""
    for number, (chain, overlay) in enumerate(overlays):
        yield f"[{number}:v]{chain}[p{number}]"
        if number > 0:
            yield f"[{top}][p{number}]{overlay}[v{number}]"
        top = f"v{number}" if number > 0 else "p0"
    fade, fade_out_s = f"color={film.fade}", film.duration_s - FADE_OUT_S
    yield (
        f"[{top}]fade=in:st=0:d={FADE_IN_S}:{fade},"
        f"fade=out:st={fade_out_s:.3f}:d={FADE_OUT_S}:{fade},"
        f"setsar=1,format=yuv420p,{COLOUR_TAGS}[film]"
    )


def _moving(moving: Moving, frames: int) -> str:
    pixels = "yuv420p" if moving.is_opaque else "yuva420p"
    # Area averages what is reduced, but draws what is enlarged in squares.
    flags = "bicubic" if moving.is_smaller else "area"
    sized = f"scale={moving.box.width}:{moving.box.height}:flags={flags}"
    drawn = f"scale={TO_VIDEO_COLOURS},format={pixels}"
    if moving.move is None:
        return f"{drawn},{sized},{_held(frames)}"
    return f"{drawn},{_held(frames)},{perspective(moving.move, frames)},{sized}"


def _at(moving: Moving) -> str:
    return f"overlay={moving.box.left}:{moving.box.top}"


def _still(frames: int) -> str:
    return f"scale={TO_VIDEO_COLOURS},format=yuva420p,{_held(frames)}"


def _passing(sweep: Sweep, film: Film) -> str:
    """Pass from beyond the left edge to beyond the right one, at each start anew."""
    progress = "+".join(f"between(t,{at},{at + SWEEP_S})*(t-{at})" for at in sweep.starts_s)
    seen = "+".join(f"between(t,{at},{at + SWEEP_S})" for at in sweep.starts_s)
    x = f"-w+({film.frame.width_px}+w)*({progress})/{SWEEP_S}"
    return f"overlay=x='{x}':y=0:enable='{seen}'"


def _appearing(shown: Shown, frames: int) -> str:
    leave_s = shown.end_s - CAPTION_FADE_S
    return (
        f"{_still(frames)},"
        f"fade=in:st={shown.start_s:.3f}:d={CAPTION_FADE_S}:alpha=1,"
        f"fade=out:st={leave_s:.3f}:d={CAPTION_FADE_S}:alpha=1"
    )


def _rising(shown: Shown) -> str:
    """Rise into place and stop softly."""
    remaining = f"(1-clip((t-{shown.start_s:.3f})/{CAPTION_RISE_S},0,1))"
    return (
        f"overlay=x={shown.x_px}:y='{shown.y_px}+{CAPTION_RISE_PX}*pow({remaining},3)'"
        f":enable='between(t,{shown.start_s:.3f},{shown.end_s:.3f})'"
    )


def _held(frames: int) -> str:
    """One picture for the whole film; decoded once, unlike with `-loop 1`."""
    return f"loop=loop=-1:size=1,fps={FRAMES_PER_S},trim=end_frame={frames}"
