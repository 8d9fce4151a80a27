"""The command line: `serve` runs the service, `render` makes one video without any stack.

What an operator asks and tells a running service is in `videogen.console`.
"""

import argparse
import asyncio
import sys
import tempfile
import warnings
from decimal import Decimal
from pathlib import Path
from typing import NoReturn
from uuid import UUID

from PIL import Image

from contracts.console import Subparsers
from contracts.messages import JobStage
from contracts.orders import PRODUCT_TEXT_MAX, SCENARIO_MAX, WISHES_MAX, Format, Template
from contracts.service import run_service
from videogen.console.running import add_commands, run_command
from videogen.ffmpeg import FfmpegError
from videogen.local import LocalProvider
from videogen.provider import Brief, Desk, ProviderFailure
from videogen.settings import VideogenSettings
from videogen.video import BadVideoError, inspect

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
PHOTO_BYTES_MAX = 30 * 1024 * 1024
NO_JOB = UUID(int=0)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line; `--help` says the rest."""
        _leave(EXIT_USAGE, message)


def main(arguments: list[str] | None = None) -> None:
    chosen = _parser().parse_args(arguments)
    match chosen.command:
        case "render":
            _render(chosen)
        case "serve":
            run_service(_serve, name="videogen")
        case _:
            sys.exit(run_command(chosen))


async def _serve(stop: asyncio.Event) -> None:
    from videogen.main import serve  # noqa: PLC0415 - no other command needs a worker
    from videogen.providers import open_provider  # noqa: PLC0415 - likewise

    settings = VideogenSettings()
    async with open_provider(settings) as provider:
        await serve(settings, provider, stop)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="videogen", description="Makes selling videos of photos.")
    commands: Subparsers = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    commands.add_parser("serve", help="take deducted jobs from NATS until stopped")
    render = commands.add_parser("render", help="make one video here, without any service")
    render.add_argument("--photo", type=Path, required=True, metavar="FILE", help="JPEG, PNG, WebP")
    render.add_argument("--text", required=True, help="what is sold, as its card says it")
    render.add_argument("--template", choices=[str(each) for each in Template], default="ugc")
    render.add_argument("--format", choices=[str(each) for each in Format], default="9:16")
    render.add_argument("--scenario", help="the sentences to show, for the template `own`")
    render.add_argument("--wishes", help="a passage in quotation marks becomes a caption")
    render.add_argument("--out", type=Path, required=True, metavar="FILE", help="the MP4 to write")
    add_commands(commands)
    return parser


def _render(chosen: argparse.Namespace) -> None:
    for name, value, length_max in (
        ("--text", chosen.text, PRODUCT_TEXT_MAX),
        ("--scenario", chosen.scenario or "", SCENARIO_MAX),
        ("--wishes", chosen.wishes or "", WISHES_MAX),
    ):
        if len(value) > length_max:
            _leave(EXIT_USAGE, f"{name} is {len(value)} characters long, {length_max} are allowed")
    if not chosen.text.strip():
        _leave(EXIT_USAGE, "--text is empty")
    if chosen.out.is_dir():
        _leave(EXIT_FAILED, f"{chosen.out}: is a folder")
    if not chosen.out.parent.is_dir():
        _leave(EXIT_FAILED, f"{chosen.out.parent}: no such folder")
    # Pillow warns of huge pictures on stderr; ours is one line like every other refusal.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        asyncio.run(_render_to(_brief(chosen), chosen.out))
    except ProviderFailure as failure:
        _leave(EXIT_FAILED, f"no video: {failure}")
    except OSError as error:
        _leave(EXIT_FAILED, f"{error.filename or chosen.out}: {error.strerror or error}")
    except (FfmpegError, BadVideoError) as error:
        _leave(EXIT_FAILED, f"the video could not be made: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        _leave(EXIT_INTERRUPTED, "interrupted")


def _brief(chosen: argparse.Namespace) -> Brief:
    photo: Path = chosen.photo
    if photo.stat().st_size > PHOTO_BYTES_MAX:
        _leave(EXIT_FAILED, f"{photo}: over {PHOTO_BYTES_MAX // 1024 // 1024} MB")
    return Brief(
        job_id=NO_JOB,
        photo=photo.read_bytes(),
        product_text=chosen.text,
        template=Template(chosen.template),
        scenario=chosen.scenario,
        wishes=chosen.wishes,
        format=Format(chosen.format),
    )


async def _render_to(brief: Brief, out: Path) -> None:
    def tell(stage: JobStage) -> None:
        sys.stderr.write(f"{stage}…\n")

    async def rendering() -> None:
        tell(JobStage.RENDERING)

    async def fetching(_: Decimal | None) -> None:
        tell(JobStage.FINISHING)

    provider = LocalProvider()
    # Beside the target, so that the last step is a rename and never leaves half a file.
    with tempfile.TemporaryDirectory(prefix=".videogen-", dir=out.parent) as folder:
        tell(JobStage.PREPARING)
        desk = Desk(Path(folder), rendering, fetching)
        submitted = await provider.submit(brief, desk)
        file = await provider.bring(submitted.task, brief, desk)
        video = await inspect(file, brief.format)
        file.replace(out)
    seconds = video.duration_ms / 1_000
    sys.stderr.write(f"{out}: {video.width}x{video.height}, {seconds:g} s, {len(video.data)} B\n")


def _leave(code: int, message: str) -> NoReturn:
    sys.stderr.write(f"videogen: {message}\n")
    sys.exit(code)
