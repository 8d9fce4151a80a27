"""What the operator's commands of every service share: exit codes, arguments, the way to speak."""

import argparse
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - argparse gives the type no public name
else:
    Subparsers = object

EXIT_OK = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 69  # EX_UNAVAILABLE of sysexits.h

Action = Callable[[argparse.Namespace], Coroutine[Any, Any, int]]
"""What a subcommand runs (its parser's default `action`); returns the exit code."""


class ConsoleError(Exception):
    """One line for the operator; the console ends with `EXIT_REFUSED`."""


def checked(kind: object, example: str) -> Callable[[str], str]:
    """Return a parser of arguments that must fit one of the contracts' text types."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def parse(text: str) -> str:
        try:
            return adapter.validate_python(text)
        except ValidationError:
            raise argparse.ArgumentTypeError(f"{text!r} does not look like {example}") from None

    return parse


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within the limits, both included."""
    digits_max = len(str(high))

    def parse(text: str) -> int:
        if text.isascii() and text.isdecimal() and len(text) <= digits_max:
            number = int(text)
            if low <= number <= high:
                return number
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")

    return parse


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def fail(program: str, line: str, code: int) -> int:
    sys.stderr.write(f"{program}: {' '.join(line.split())}\n")
    return code
