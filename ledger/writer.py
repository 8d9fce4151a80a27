"""Commit batches of commands: look, decide, append, and answer only after the commit.

Accounts are remembered between batches, so that the usual batch is one call to PostgreSQL. What is
remembered may be outdated by another ledger; the append notices, and the batch is decided again.
"""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID

import structlog

from ledger.batch import Decided, Look, Wish, decide_batch, outcomes_of
from ledger.domain.account import Account
from ledger.domain.commands import (
    AccountCommand,
    Cancel,
    Deduct,
    OpenAccount,
    Refund,
    Settle,
    Start,
    TopUp,
)
from ledger.domain.keys import keys_of, order_of
from ledger.domain.refusals import LedgerRefusal, Overloaded
from ledger.domain.rules import Rules
from ledger.log import EventLog, LogDivergedError, LogMovedError, LogUnreachableError, Recorded
from ledger.recent import Recent

ACCOUNTS_REMEMBERED_MAX = 50_000
MOVES_MAX = 20
UNREACHABLE_DELAYS_S = (0.05, 0.2, 0.5, 1.0)

DECIDED_UNSEEN = (OpenAccount, TopUp, Deduct, Start, Settle, Refund, Cancel)
"""What can be granted on an account alone, so that no look is needed before the append."""

log = structlog.get_logger()


class LostAppendError(LogUnreachableError):
    """The append of what was `decided` may or may not have happened."""

    def __init__(self, text: str, decided: Decided) -> None:
        super().__init__(text)
        self.decided = decided


class Writer:
    def __init__(self, event_log: EventLog, rules: Rules) -> None:
        self._log = event_log
        self._rules = rules
        self._accounts: Recent[str, Account] = Recent(ACCOUNTS_REMEMBERED_MAX)

    async def commit(self, wishes: Sequence[Wish]) -> None:
        """Answer every wish. Raises `LogDivergedError`, after which nothing may be written."""
        try:
            await self._commit_reachable(wishes)
        except (LogUnreachableError, LogDivergedError) as error:
            for wish in wishes:
                wish.fail(error)
            if isinstance(error, LogDivergedError):
                raise
        except Exception as error:
            self._accounts.clear()
            if len(wishes) == 1:
                log.exception("a command failed", account=wishes[0].command.account_id)
                wishes[0].fail(error)
                return
            # A command that PostgreSQL chokes on must not fail its neighbours.
            for wish in wishes:
                await self.commit([wish])

    async def _commit_reachable(self, wishes: Sequence[Wish]) -> None:
        """An append is never repeated blindly: after silence the log is asked what it holds."""
        silent = False
        lost: Decided | None = None
        for delay_s in (*UNREACHABLE_DELAYS_S, None):
            try:
                look = await (self._settled(wishes, lost) if silent else self._remembered(wishes))
                if lost is not None and look.holds(lost):
                    appended = [look.recorded[change.key] for change in lost.changes]
                    self._answer(wishes, look, lost, appended)
                else:
                    await self._commit_looked(wishes, look)
            except LogUnreachableError as error:
                self._accounts.clear()
                if delay_s is None:
                    raise
                silent = True
                lost = error.decided if isinstance(error, LostAppendError) else lost
                log.warning("the log did not answer", error=str(error))
                await asyncio.sleep(delay_s)
            else:
                return

    async def _commit_looked(self, wishes: Sequence[Wish], look: Look) -> None:
        for _ in range(MOVES_MAX):
            decided = await self._decide(wishes, look)
            try:
                appended = await self._append(decided)
            except LogMovedError as moved:
                await self._learn_about(look, wishes, set(moved.accounts))
                continue
            except LogUnreachableError as error:
                raise LostAppendError(str(error), decided) from error
            self._answer(wishes, look, decided, appended)
            return
        for wish in wishes:  # nothing was written: others were faster each time
            wish.fail(Overloaded())

    async def _decide(self, wishes: Sequence[Wish], look: Look) -> Decided:
        """Each round makes the doubtful certain, so there are few."""
        decided = decide_batch(wishes, look, self._rules)
        while decided.doubtful:
            settled = decided.must_settle
            await self._learn_about(look, wishes, decided.doubtful, settled=settled)
            decided = decide_batch(wishes, look, self._rules)
        return decided

    async def _append(self, decided: Decided) -> Sequence[Recorded]:
        if not decided.changes:
            return ()
        return await self._log.append(decided.changes, decided.versions, decided.not_after)

    def _answer(
        self, wishes: Sequence[Wish], look: Look, decided: Decided, appended: Sequence[Recorded]
    ) -> None:
        for change, one in zip(decided.changes, appended, strict=True):
            self._accounts.put(change.after.account_id, change.after)
            look.recorded[change.key] = one
        answers = outcomes_of(wishes, decided, appended, look.recorded)
        for wish, answer in zip(wishes, answers, strict=True):
            if isinstance(answer, LedgerRefusal):
                wish.fail(answer)
            else:
                wish.tell(answer)

    async def _remembered(self, wishes: Sequence[Wish]) -> Look:
        """Start from memory and read what is not there, or must be seen to say yes at all."""
        commands = [wish.command for wish in wishes]
        accounts = {one.account_id: self._accounts.get(one.account_id) for one in commands}
        unseen = [one for one in commands if not isinstance(one, DECIDED_UNSEEN)]
        missing = [account_id for account_id, account in accounts.items() if account is None]
        now = self._log.clock()
        look = Look({one: account for one, account in accounts.items() if account is not None})
        if unseen or missing or now is None:
            await self._learn(look, missing, _all_keys(unseen), _all_orders(unseen))
        else:
            look.now = now
        return look

    async def _settled(self, wishes: Sequence[Wish], lost: Decided | None) -> Look:
        """Look at everything the wishes are about, and at what the lost append would have made."""
        commands = [wish.command for wish in wishes]
        accounts = {command.account_id for command in commands}
        keys = _all_keys(commands) | {change.key for change in (lost.changes if lost else ())}
        look = Look({})
        await self._learn(look, accounts, keys, _all_orders(commands), settled=True)
        return look

    async def _learn_about(
        self, look: Look, wishes: Sequence[Wish], accounts: set[str], *, settled: bool = False
    ) -> None:
        """Look at accounts with all that the wishes ask of them.

        In one snapshot: an account of now and a key of a moment ago could make a job unknown that
        was open then and is closed now.
        """
        commands = [one.command for one in wishes if one.command.account_id in accounts]
        keys, orders = _all_keys(commands), _all_orders(commands)
        await self._learn(look, accounts, keys, orders, settled=settled)

    async def _learn(
        self,
        look: Look,
        accounts: Iterable[str],
        keys: Iterable[str],
        orders: Iterable[UUID],
        *,
        settled: bool = False,
    ) -> None:
        asked = list(keys)
        loaded = await self._log.load(list(accounts), asked, list(orders), settled=settled)
        look.learn(loaded, asked, settled=settled)


def _all_keys(commands: Iterable[AccountCommand]) -> set[str]:
    return {key for command in commands for key in keys_of(command)}


def _all_orders(commands: Iterable[AccountCommand]) -> set[UUID]:
    return {order for order in map(order_of, commands) if order is not None}
