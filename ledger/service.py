"""Execute one command: load, decide, append, and answer only after the commit."""

import asyncio

import structlog
from msgspec import Struct

from ledger.domain.commands import AccountCommand
from ledger.domain.decider import decide
from ledger.domain.keys import keys_of
from ledger.domain.rules import Known, Rules
from ledger.log import EventLog, LogMovedError, LogUnreachableError, Origin, Recorded

ATTEMPTS_MAX = 20
UNREACHABLE_DELAYS_S = (0.05, 0.2, 0.5, 1.0)

log = structlog.get_logger()


class Outcome(Struct, frozen=True, kw_only=True):
    """What stands in the log because of the command, in order; `repeat` if it stood before."""

    recorded: tuple[Recorded, ...]
    repeat: bool = False


class ContentionError(Exception):
    """The account moved at each of the attempts."""


class Ledger:
    """The one writer of this process; other processes may write beside it."""

    def __init__(self, event_log: EventLog, rules: Rules) -> None:
        self._log = event_log
        self._rules = rules
        # Commands of this process queue here instead of racing each other in the database.
        self._turn = asyncio.Lock()

    async def execute(self, command: AccountCommand, origin: Origin) -> Outcome:
        """Raises a `LedgerRefusal`, or `LogUnreachableError` when the outcome is unknown.

        A lost connection is a question, not a retry: the log is asked again which keys it
        holds, and only what is not there is decided anew.
        """
        async with self._turn:
            unreachable = 0
            for _ in range(ATTEMPTS_MAX):
                try:
                    return await self._attempt(command, origin)
                except LogMovedError:
                    continue
                except LogUnreachableError as error:
                    if unreachable == len(UNREACHABLE_DELAYS_S):
                        raise
                    log.warning("the log did not answer", error=str(error))
                    await asyncio.sleep(UNREACHABLE_DELAYS_S[unreachable])
                    unreachable += 1
            raise ContentionError(command.account_id)

    async def _attempt(self, command: AccountCommand, origin: Origin) -> Outcome:
        keys = keys_of(command)
        loaded = await self._log.load(command.account_id, keys)
        known = Known(now=loaded.now, events={key: one.event for key, one in loaded.events.items()})
        events = decide(command, loaded.account, known, self._rules)
        if events:
            return Outcome(recorded=tuple(await self._log.append(loaded.account, events, origin)))
        found = sorted(loaded.events.values(), key=lambda one: one.position)
        return Outcome(recorded=tuple(found), repeat=True)
