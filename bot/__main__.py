"""`python -m bot serve` runs the bot."""

import sys

from bot.main import serve_bot
from contracts.service import run_service

EXIT_USAGE = 2

if __name__ == "__main__":
    if sys.argv[1:] != ["serve"]:
        sys.stderr.write("bot: usage: python -m bot serve\n")
        sys.exit(EXIT_USAGE)
    run_service(serve_bot, name="bot")
