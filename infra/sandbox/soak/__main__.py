"""`python -m infra.sandbox.soak`: order, break and kill for a while, then prove the books."""

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from contracts.service import set_up_logs
from infra.local.errors import StackError
from infra.local.layout import STACKS
from infra.local.running import running_stack
from infra.sandbox.soak import knobs
from infra.sandbox.soak.plan import Plan, draw_plan
from infra.sandbox.soak.report import Report, report_of, table
from infra.sandbox.soak.running import Soaked, soak
from infra.sandbox.soak.telling import Story
from infra.sandbox.soak.verdict import hollow, verdict

EXIT_BROKEN = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
PREFIX = "soak-"
CYCLES_MAX = 10_000
WORKERS_MAX = 8
PEOPLE_MAX = 50
SEED_MAX = 2**63


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"soak: {message}\n")
        sys.exit(EXIT_USAGE)


def main() -> int:
    options = _options()
    set_up_logs("soak")
    story = Story(quiet=options.json)
    try:
        return asyncio.run(_run(options, story))
    except StackError as error:
        sys.stderr.write(f"soak: {error}\n")
        return EXIT_BROKEN
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _options() -> argparse.Namespace:
    parser = _Parser(
        prog="soak", description="Order videos while everything fails and dies; prove the books."
    )
    add = parser.add_argument
    add("--cycles", type=_number(1, CYCLES_MAX), default=60, help="orders to live through")
    add("--workers", type=_number(1, WORKERS_MAX), default=1, help="processes that make videos")
    add("--people", type=_number(1, PEOPLE_MAX), default=8, help="who order at the same time")
    add("--faults", action="store_true", help="break the provider, and kill services")
    add("--seed", type=_number(0, SEED_MAX), default=1, help="draws orders, faults and kills")
    add("--json", action="store_true", help="print one JSON object, nothing else")
    return parser.parse_args()


async def _run(options: argparse.Namespace, story: Story) -> int:
    plan = draw_plan(
        options.seed,
        cycles=options.cycles,
        people=options.people,
        workers=options.workers,
        with_faults=options.faults,
    )
    directory = STACKS / f"{PREFIX}{os.getpid()}"
    out = directory / "videos"
    story.say(f"{_headline(options, plan)}\nStarting the stack in {directory}…")
    async with running_stack(directory, knobs.settings(options.workers)) as stack:
        await asyncio.to_thread(out.mkdir, exist_ok=True)
        soaked = await soak(stack, plan, options.people, out, story)
    findings = [*verdict(soaked.evidence), *hollow(plan, soaked.evidence)]
    report = report_of(soaked.evidence, soaked.faults, soaked.took_s)
    if findings:
        evidence = directory / "evidence.json"
        await asyncio.to_thread(evidence.write_bytes, msgspec.json.encode(soaked.evidence))
    else:
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
    _tell_end(story, soaked, report, findings, directory)
    if options.json:
        document = _document(options, soaked, report, findings, directory)
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    return EXIT_BROKEN if findings else 0


def _headline(options: argparse.Namespace, plan: Plan) -> str:
    return (
        f"Seed {options.seed}: {len(plan.orders)} orders of {options.people} people, "
        f"{options.workers} workers, {len(plan.faults)} provider faults, {len(plan.kills)} kills."
    )


def _tell_end(
    story: Story, soaked: Soaked, report: Report, findings: list[str], directory: Path
) -> None:
    kills = soaked.evidence.kills
    story.say(f"\nKills that really happened: {len(kills)}")
    for kill in kills:
        story.tell_kill(kill)
    story.say("\n".join(["", *table(report), ""]))
    for finding in findings:
        story.say(f"✗ {finding}")
    if findings:
        story.say(f"It does not hold: {len(findings)} findings. Everything is in {directory}")
    else:
        story.say("✓ It holds: every order has one video or one refund, and the books add up.")


def _document(
    options: argparse.Namespace,
    soaked: Soaked,
    report: Report,
    findings: list[str],
    directory: Path,
) -> dict[str, Any]:
    return {
        "seed": options.seed,
        "cycles": options.cycles,
        "workers": options.workers,
        "people": options.people,
        "holds": not findings,
        "findings": findings,
        "kills": msgspec.to_builtins(soaked.evidence.kills),
        "report": msgspec.to_builtins(report),
        "folder": str(directory) if findings else None,
    }


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{value} is not between {least} and {most}")
        return value

    return number


if __name__ == "__main__":
    sys.exit(main())
