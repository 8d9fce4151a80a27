"""Commands about signed heads: make the signer's key, show and check the heads."""

import argparse
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import msgspec

from ledger.console import EXIT_OK, ConsoleError, Subparsers, say
from ledger.heads import Head, is_signed_by
from ledger.heads.file import HeadsError, read_heads
from ledger.heads.key import KeyFileError, make_key
from ledger.settings import HeadsSettings


def add_commands(commands: Subparsers) -> None:
    heads = commands.add_parser("heads", help="show the signed heads and check their signatures")
    heads.add_argument("--json", action="store_true", help="one JSON document")
    heads.set_defaults(action=_heads)

    key = commands.add_parser("make-key", help="make a key for the signer, print its public half")
    key.add_argument("file", type=Path)
    key.set_defaults(action=_make_key)


async def _heads(options: argparse.Namespace) -> int:
    settings = HeadsSettings()
    file, key = settings.ledger_heads_file, settings.ledger_heads_key
    if file is None or key is None:
        raise ConsoleError("set LEDGER_HEADS_FILE and LEDGER_HEADS_KEY")
    try:
        # All are checked before one is shown, and none is kept: the file may hold years.
        count = sum(1 for _ in _checked(read_heads(file), key))
        heads = islice(_checked(read_heads(file), key), count)
        show = _print_json if options.json else _print_lines
        show(heads)
    except HeadsError as error:
        raise ConsoleError(str(error)) from error
    return EXIT_OK


async def _make_key(options: argparse.Namespace) -> int:
    try:
        say(make_key(options.file))
    except KeyFileError as error:
        raise ConsoleError(str(error)) from error
    return EXIT_OK


def _checked(heads: Iterable[Head], key: str) -> Iterable[Head]:
    for head in heads:
        if not is_signed_by(head, key):
            raise ConsoleError(f"the head of position {head.position} is not signed by {key}")
        yield head


def _print_lines(heads: Iterable[Head]) -> None:
    for head in heads:
        say(f"{head.position:>10}  {head.hash}  {head.signed_at:%Y-%m-%d %H:%M:%S}Z")


def _print_json(heads: Iterable[Head]) -> None:
    separator = "["
    for head in heads:
        sys.stdout.write(separator + msgspec.json.encode(head).decode())
        separator = ",\n"
    sys.stdout.write("]\n" if separator != "[" else "[]\n")
