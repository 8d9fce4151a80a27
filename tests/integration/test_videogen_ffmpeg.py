"""ffmpeg never outlives its purpose: not a limit, not a stop, not even the worker's SIGKILL."""

import asyncio
import signal
import sys

import psutil
import pytest

from tests.eventually import eventually
from tests.videogen_world import is_alive, is_ffmpeg
from videogen.ffmpeg import FfmpegError, run_ffmpeg

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-"]
PARENT = f"""
import asyncio
from videogen.ffmpeg import run_ffmpeg
asyncio.run(run_ffmpeg({ENDLESS!r}, limit_s=60))
"""


def ffmpegs_of(pid):
    return [child.pid for child in psutil.Process(pid).children() if is_ffmpeg(child)]


async def test_a_film_that_takes_too_long_is_ended():
    with pytest.raises(FfmpegError, match="took over"):
        await run_ffmpeg(ENDLESS, limit_s=0.5)
    assert ffmpegs_of(psutil.Process().pid) == []


async def test_a_cancelled_film_is_ended_before_the_cancelling_returns():
    own_pid = psutil.Process().pid
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run_ffmpeg(ENDLESS, limit_s=60))
        [ffmpeg] = await eventually(lambda: ffmpegs_of(own_pid))
        running.cancel()
    assert running.cancelled()
    assert not is_alive(ffmpeg)


async def test_a_killed_worker_takes_its_ffmpeg_along():
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT)
    try:
        [ffmpeg] = await eventually(lambda: ffmpegs_of(parent.pid))
        assert psutil.Process(ffmpeg).nice() > psutil.Process(parent.pid).nice()
    finally:
        parent.send_signal(signal.SIGKILL)
        await parent.wait()
    await eventually(lambda: not is_alive(ffmpeg))


async def test_what_ffmpeg_says_is_told():
    with pytest.raises(FfmpegError, match="No such file"):
        await run_ffmpeg(["-i", "no-such-file.mp4", "-f", "null", "-"], limit_s=10)
