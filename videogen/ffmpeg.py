"""Run ffmpeg as a bounded child process that never outlives its purpose."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs] - it ships none

LEASH = Path(__file__).with_name("leash.py")
TROUBLE_LENGTH_MAX = 600


class FfmpegError(Exception):
    """ffmpeg failed or took too long; the message holds the end of what it said."""


async def run_ffmpeg(arguments: Sequence[str], *, limit_s: float, log_level: str = "error") -> str:
    """Return what ffmpeg printed. Raises `FfmpegError`. When cancelled, ffmpeg is killed first."""
    # In a thread, because the first call tries out what it has found.
    program = await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(LEASH)),
        program,
        *("-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", log_level),
        *arguments,
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(limit_s):
            _, printed = await process.communicate()
    except TimeoutError as error:
        raise FfmpegError(f"ffmpeg took over {limit_s} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = printed.decode(errors="replace")
    if process.returncode != 0:
        raise FfmpegError(f"ffmpeg ended with {process.returncode}: {said[-TROUBLE_LENGTH_MAX:]}")
    return said
