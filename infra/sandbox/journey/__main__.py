"""`python -m infra.sandbox.journey`: run the journey and tell it, as a story or as JSON."""

import argparse
import asyncio
import io
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import NoReturn

import httpx
from PIL import Image, UnidentifiedImageError

from contracts.bus import NoAnswerError
from contracts.service import set_up_logs
from infra.local.errors import StackError
from infra.local.layout import STACKS, layout_at
from infra.local.running import Stack, running_stack, stop_stack
from infra.local.state import live_state
from infra.sandbox.journey.seeing import Seen, Step
from infra.sandbox.journey.stage import Stage, open_stage
from infra.sandbox.journey.steps import STEPS
from infra.sandbox.samples import sample_photo

EXIT_BROKEN = 1
EXIT_USAGE = 2
STEP_LIMIT_S = 300.0
PREFIX = "journey-"
VIDEOS = STACKS / "journey-videos"
SETTINGS = {
    "LEDGER_SWEEP_S": "0.5",
    "BOT_PROGRESS_INTERVAL_S": "0.5",
    "LEDGER_PAYMENT_MINUTE_S": "1",
    "SANDBOX_YOOKASSA_SCALE": "60",
}
"""Only how often the ledger looks for deadlines, how often a card may be redrawn, and how fast time
passes for payments."""


BROKEN = (
    AssertionError,
    TimeoutError,
    ValueError,
    httpx.HTTPError,
    NoAnswerError,
    StackError,
)
"""What a step that does not hold may end with."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"journey: {message}\n")
        sys.exit(EXIT_USAGE)


def main() -> int:
    options = _options()
    set_up_logs("journey")
    try:
        return asyncio.run(_run(options))
    except StackError as error:
        sys.stderr.write(f"journey: {error}\n")
        return EXIT_BROKEN
    except KeyboardInterrupt:
        return 130


def _options() -> argparse.Namespace:
    parser = _Parser(prog="journey", description="Do what a person does on the page.")
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--photo", type=_photo, help="use this picture for the first video")
    parser.add_argument("--out", type=_folder, default=VIDEOS, help="keep the videos here")
    parser.add_argument("--keep", action="store_true", help="leave the stack up")
    parser.add_argument("--step", action="append", choices=STEPS, help="only this step (repeat)")
    return parser.parse_args()


async def _run(options: argparse.Namespace) -> int:
    await asyncio.to_thread(_clear_leftovers)
    directory = STACKS / f"{PREFIX}{os.getpid()}"
    story = _Story(quiet=options.json)
    options.out.mkdir(parents=True, exist_ok=True)
    story.say("Starting PostgreSQL, NATS, the ledger, the worker, the bot and the sandbox…")
    async with running_stack(directory, SETTINGS, keep=options.keep) as stack:
        dsn = stack.state().database_url
        photos = (options.photo or sample_photo("mug"), sample_photo("backpack"))
        async with open_stage(stack, photos, options.out.resolve()) as stage:
            steps = [
                await story.tell(name, step, stage)
                for name, step in STEPS.items()
                if not options.step or name in options.step
            ]
    if options.json:
        sys.stdout.write(json.dumps({"dsn": dsn, "steps": steps}, ensure_ascii=False) + "\n")
    if options.keep:
        story.say(f"The stack stays up: {dsn}\n./justw clean stops it.")
    else:
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
    return 0 if all(step["ok"] for step in steps) else EXIT_BROKEN


class _Story:
    """Tells each step when it is over; with JSON on stdout, the story goes to stderr."""

    def __init__(self, *, quiet: bool) -> None:
        self._stream = sys.stderr if quiet else sys.stdout

    def say(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()

    async def tell(self, name: str, step: Step, stage: Stage) -> Seen:
        began = time.monotonic()
        found: Seen = {"name": name, "ok": True, "account": None, "jobs": [], "positions": []}
        try:
            async with asyncio.timeout(STEP_LIMIT_S):
                found |= await step(stage)
        except BROKEN as error:
            reason = str(error) or type(error).__name__
            found |= {"ok": False, "error": reason + _last_lines(stage.stack)}
        found["took_s"] = round(time.monotonic() - began, 1)
        self._tell_result(name, step, found)
        return found

    def _tell_result(self, name: str, step: Step, found: Seen) -> None:
        mark = "✓" if found["ok"] else "✗"
        about = (step.__doc__ or "").splitlines()[0]
        self.say(f"{mark} {name:<15} {about} ({found['took_s']} s)")
        if found["ok"]:
            told = {k: v for k, v in found.items() if k in TOLD}
            for key, value in told.items():
                self.say(f"    {key}: {value}")
        else:
            self.say(f"    {found['error']}")


TOLD = ("account", "told", "said", "answer", "answers", "pid_before", "pid_after", "sums", "videos")


def _last_lines(stack: Stack) -> str:
    return "\nThe last lines of the services:" + stack.last_lines()


def _clear_leftovers() -> None:
    """Remove what earlier journeys left that were killed; a kept one that still runs stays."""
    for folder in STACKS.glob(f"{PREFIX}[0-9]*"):
        if live_state(layout_at(folder)) is None:
            stop_stack(layout_at(folder))
            shutil.rmtree(folder, ignore_errors=True)


def _photo(name: str) -> bytes:
    try:
        data = Path(name).read_bytes()
        Image.open(io.BytesIO(data)).load()
    except UnidentifiedImageError:
        raise argparse.ArgumentTypeError(f"{name} is not a picture") from None
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error.strerror or error}") from None
    return data


def _folder(name: str) -> Path:
    folder = Path(name)
    if folder.exists() and not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is not a folder")
    return folder


if __name__ == "__main__":
    sys.exit(main())
