"""`python -m infra.local`: start, stop and use a local stack."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from contracts.topology import Service
from infra.local import commands
from infra.local.beside import IDENTITIES
from infra.local.errors import StackError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"neurocards: {message}\n")
        sys.exit(EXIT_USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    # Everything after the first "--" is somebody else's command line.
    own, command = _split(list(sys.argv[1:] if arguments is None else arguments))
    options = _parser().parse_args(own, argparse.Namespace(command=command))
    try:
        return options.action(options)
    except StackError as error:
        sys.stderr.write(f"neurocards: {error}\n")
        return EXIT_FAILED
    except OSError as error:
        sys.stderr.write(f"neurocards: {error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m infra.local", description=__doc__)
    add = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser).add_parser

    demo = add("demo", help="run the stack of this folder and open its page")
    demo.add_argument("--no-browser", action="store_true", help="only print the address")
    demo.set_defaults(action=commands.demo)

    up = add("up", help="run a stack in a folder of its own")
    up.add_argument("--dir", required=True)
    up.add_argument("--env", metavar="KEY=VALUE", action="append", default=[], type=_pair)
    up.add_argument("--follow-pid", type=int, help="stop when this process is gone")
    up.set_defaults(action=commands.up)

    down = add("down", help="stop the stack of a folder")
    down.add_argument("--dir", required=True)
    down.set_defaults(action=commands.down)

    execute = add("exec", help="run what stands after -- with the running stack's addresses")
    execute.add_argument("--stack", metavar="DIR", help="instead of the demo's")
    execute.add_argument(
        "--as",
        dest="service",
        type=Service,
        choices=[*Service],
        default=Service.OPERATOR,
        help="whose rights on NATS the command has",
    )
    execute.set_defaults(action=commands.execute)

    run = add("run", help="run one service beside the running stack")
    run.add_argument("service", choices=[*IDENTITIES])
    run.set_defaults(action=commands.run)

    clean = add("clean", help="stop the stacks of this folder, remove their data and the caches")
    clean.set_defaults(action=commands.clean)

    config = add("nats-config", help="print the accounts that a NATS server of your own needs")
    config.add_argument("--seeds", metavar="DIR", help="where seeds are or will be made")
    config.set_defaults(action=commands.nats_config)
    return parser


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


if __name__ == "__main__":
    sys.exit(main())
