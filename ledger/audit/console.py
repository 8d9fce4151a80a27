"""`ledger audit verify`: what an operator asks to know that nobody changed the books."""

import argparse
import time
from itertools import islice
from pathlib import Path

import msgspec

from ledger.audit.verifying import Report, SignedHeads, verify
from ledger.console import EXIT_OK, EXIT_REFUSED, ConsoleError, Subparsers, say
from ledger.heads.file import HeadsError, read_heads
from ledger.progress import open_progress
from ledger.settings import DatabaseSettings, HeadsSettings


def add_commands(commands: Subparsers) -> None:
    audit = commands.add_parser("audit", help="check the log, and everything made from it")
    parts = audit.add_subparsers(dest="part", required=True, parser_class=type(audit))
    check = parts.add_parser(
        "verify",
        help="read the whole log: chain, rules, accounts, projections, signed heads",
        description="Exits with 0 if nothing was found, with 1 on any finding.",
    )
    check.add_argument("--head", type=Path, metavar="FILE", help="signed heads (LEDGER_HEADS_KEY)")
    check.add_argument("--json", action="store_true", help="one JSON document")
    check.set_defaults(action=_verify)


async def _verify(options: argparse.Namespace) -> int:
    settings = DatabaseSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    url = settings.database_url.get_secret_value()
    started_at = time.monotonic()
    with open_progress("events checked") as progress:
        try:
            report = await verify(url, _heads_of(options.head), progress)
        except HeadsError as error:
            raise ConsoleError(str(error)) from error
    seconds = time.monotonic() - started_at
    if options.json:
        document = {"clean": report.is_clean, "seconds": round(seconds, 3)}
        document |= msgspec.to_builtins(report)
        say(msgspec.json.encode(document).decode())
    else:
        _print(report, seconds)
    return EXIT_OK if report.is_clean else EXIT_REFUSED


def _heads_of(file: Path | None) -> SignedHeads | None:
    if file is None:
        return None
    key = HeadsSettings().ledger_heads_key
    if key is None:
        raise ConsoleError("--head needs LEDGER_HEADS_KEY, the signer's public key")
    # A head that is signed while the audit runs is not in what the audit sees.
    there_now = sum(1 for _ in read_heads(file))
    return SignedHeads(heads=islice(read_heads(file), there_now), key=key)


def _print(report: Report, seconds: float) -> None:
    for finding in report.findings:
        say(str(finding))
    for follower in report.followers:
        state = "diverged" if follower.diverged else "in step"
        if follower.behind and not follower.diverged:
            state = f"behind by {follower.behind} events"
        say(f"{follower.name}: position {follower.position}, {state}")
    rate = report.events / seconds
    heads = "" if report.heads is None else f", {report.heads} signed heads"
    say(
        f"log {report.log_id}: {report.events} events{heads} checked in {seconds:.1f} s "
        f"({rate:,.0f}/s), head {report.position} {report.hash}"
    )
    if report.is_clean:
        say("nothing found")
    else:
        say("found: " + ", ".join(f"{count} {kind}" for kind, count in report.counts.items()))
