"""The commands of `python -m infra.local`: each returns its exit code or raises `StackError`."""

import argparse
import asyncio
import os
import shutil
import sys
import threading
import webbrowser
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from infra.local import beside, nats
from infra.local.composition import compose
from infra.local.console import Console
from infra.local.errors import StackError
from infra.local.layout import DEMO, ROOT, STACKS, Layout, StackBusyError, layout_at
from infra.local.running import stop_stack
from infra.local.stack import run_stack
from infra.local.state import Places, live_state

CACHES = (".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache")


def demo(options: argparse.Namespace) -> int:
    layout = Layout(DEMO)

    def on_ready(places: Places) -> None:
        _say(f"\n  neurocards: {places.page_url}\n  Ctrl-C stops it.\n")
        if not options.no_browser and _has_a_screen(os.environ):
            # A browser may take its time, or stay in the foreground.
            threading.Thread(target=webbrowser.open, args=(places.page_url,), daemon=True).start()

    try:
        asyncio.run(
            run_stack(
                layout,
                partial(compose, layout, os.environ),
                console=partial(Console, sys.stderr),
                on_ready=on_ready,
            )
        )
    except StackBusyError as error:
        state = live_state(layout)
        where = f"{state.page_url} (pid {state.supervisor_pid})" if state else str(DEMO)
        raise StackError(f"a demo is running already: {where}") from error
    return 0


def up(options: argparse.Namespace) -> int:
    layout = layout_at(options.dir)
    asyncio.run(
        run_stack(
            layout,
            partial(compose, layout, {**os.environ, **dict(options.env)}),
            console=partial(Console, sys.stdout),
            on_ready=lambda places: _say(f"ready: {places.page_url}"),
            follow_pid=options.follow_pid,
        )
    )
    return 0


def down(options: argparse.Namespace) -> int:
    if not stop_stack(layout_at(options.dir)):
        raise StackError(f"no stack is running in {options.dir}")
    return 0


def execute(options: argparse.Namespace) -> int:
    if not options.command:
        raise StackError("exec needs a command after --")
    layout = beside.layout_of(options.stack, os.environ)
    told = beside.operators_environment(layout, os.environ, options.service)
    return _become(options.command, told)


def run(options: argparse.Namespace) -> int:
    layout = beside.layout_of(None, os.environ)
    told = beside.service_environment(options.service, layout, os.environ)
    return _become(beside.service_command(options.service), told)


def clean(_options: argparse.Namespace) -> int:
    for folder in sorted(STACKS.glob("*")):
        if stop_stack(Layout(folder)):
            _say(f"stopped the stack in {folder}")
    for cache in (STACKS, *(ROOT / name for name in CACHES)):
        if cache.exists():
            shutil.rmtree(cache)
    for source in (path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."):
        for cache in [*source.rglob("__pycache__")]:
            shutil.rmtree(cache)
    return 0


def nats_config(options: argparse.Namespace) -> int:
    folder = Path(options.seeds or os.environ.get("NATS_SEEDS_DIR") or STACKS / "seeds").resolve()
    public_keys = nats.make_seeds(folder)
    _say(f"# The services find their seeds with NATS_SEEDS_DIR={folder}")
    _say(nats.accounts_block(public_keys))
    return 0


def _become(command: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        os.execvpe(command[0], [*command], environ)  # noqa: S606 - it is what was asked for
    except OSError as error:
        raise StackError(f"cannot run {command[0]}: {error.strerror}") from error


def _has_a_screen(environ: Mapping[str, str]) -> bool:
    if sys.platform == "darwin":
        return not environ.get("SSH_CONNECTION")
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
