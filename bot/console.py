"""The command line: `serve` runs the bot, `refund-stars` gives one payment in Stars back."""

import argparse
import asyncio
import logging
import sys
from typing import NoReturn

import structlog
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramUnauthorizedError
from pydantic import ValidationError

from bot.ledger import LedgerClient
from bot.refunding import NotPaidError, refund_stars
from bot.settings import TelegramSettings
from bot.telegram import open_bot, without_token
from contracts.bus import UNREACHABLE, BusSettings, NoAnswerError, open_bus
from contracts.console import EXIT_OK, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE, fail, say, whole
from contracts.service import run_service, settings_trouble
from contracts.topology import Service

PROGRAM = "bot"
USER_ID_MAX = 2**52
CONNECT_WAIT_S = 3.0
AWAY = (TelegramAPIError, NoAnswerError, *UNREACHABLE)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line; `--help` says the rest."""
        sys.exit(fail(PROGRAM, message, EXIT_USAGE))


def main(arguments: list[str] | None = None) -> None:
    chosen = _parser().parse_args(arguments)
    if chosen.command == "serve":
        from bot.main import serve_bot  # noqa: PLC0415 - no other command needs the whole bot

        run_service(serve_bot, name="bot")
    else:
        sys.exit(_refund(chosen.charge_id, chosen.user))


def _refund(charge_id: str, user_id: int) -> int:
    # What the bus logs on its way is said in our own line at the end.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        say(asyncio.run(_refunded(charge_id, user_id)))
    except ValidationError as error:
        return fail(PROGRAM, settings_trouble(error), EXIT_USAGE)
    except (NotPaidError, TelegramBadRequest, TelegramUnauthorizedError) as error:
        return fail(PROGRAM, without_token(str(error)), EXIT_REFUSED)
    except AWAY as error:
        return fail(PROGRAM, f"{without_token(str(error))}; run it again", EXIT_UNREACHABLE)
    return EXIT_OK


async def _refunded(charge_id: str, user_id: int) -> str:
    bot = open_bot(TelegramSettings())  # pyright: ignore[reportCallIssue] - read from the environment
    try:
        async with open_bus(BusSettings(), Service.BOT, connect_wait_s=CONNECT_WAIT_S) as bus:
            return await refund_stars(bot, LedgerClient(bus), user_id, charge_id)
    finally:
        await bot.session.close()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m bot", description=__doc__)
    add = parser.add_subparsers(
        required=True, dest="command", metavar="COMMAND", parser_class=_Parser
    ).add_parser
    add("serve", help="run the bot until it is stopped")
    refund = add(
        "refund-stars",
        help="give the Stars of one payment back and take its credits",
        description="May be repeated: what went back already goes back no second time.",
    )
    refund.add_argument("charge_id", metavar="CHARGE_ID", help="as Telegram named the payment")
    refund.add_argument(
        "--user", metavar="ID", required=True, type=whole(1, USER_ID_MAX), help="who paid"
    )
    return parser
