"""Event logs with one fault each that a ledger must not have: the hunt has to find every one."""

from datetime import timedelta
from uuid import uuid4

from msgspec.structs import replace

from ledger.log import LogMovedError


class _Wrong:
    """The log as it is; each fault overrides one thing."""

    def __init__(self, log) -> None:
        self._log = log

    def clock(self):
        return self._log.clock()

    async def now(self):
        return await self._log.now()

    async def load(self, accounts, keys=(), orders=(), *, settled=False):
        return await self._log.load(accounts, keys, orders, settled=settled)

    async def append(self, changes, versions, not_after=None):
        return await self._log.append(changes, versions, not_after)


class StaleLog(_Wrong):
    """Refuses from memory: an account looks as this process saw it last, until an append moves."""

    def __init__(self, log) -> None:
        super().__init__(log)
        self._seen = {}

    async def load(self, accounts, keys=(), orders=(), *, settled=False):
        loaded = await super().load(accounts, keys, orders, settled=settled)
        remembered = {one: self._seen.get(one, loaded.accounts[one]) for one in accounts}
        self._seen.update(remembered)
        return replace(loaded, accounts=remembered)

    async def append(self, changes, versions, not_after=None):
        try:
            appended = await super().append(changes, versions, not_after)
        except LogMovedError as moved:
            for account in moved.accounts:
                self._seen.pop(account, None)
            raise
        self._seen.update({one.after.account_id: one.after for one in changes})
        return appended


class KeylessLog(_Wrong):
    """Does not know a grant again, the welcome bonus excepted: each has a key of its own."""

    async def load(self, accounts, keys=(), orders=(), *, settled=False):
        known = [key for key in keys if not _is_grant(key)]
        return await super().load(accounts, known, orders, settled=settled)

    async def append(self, changes, versions, not_after=None):
        new = [
            replace(one, key=f"{one.key}:{uuid4()}") if _is_grant(one.key) else one
            for one in changes
        ]
        return await super().append(new, versions, not_after)


class HastyLog(_Wrong):
    """Says done before the commit, and every fifth time the commit never comes."""

    def __init__(self, log) -> None:
        super().__init__(log)
        self.appends = 0
        self.last = ()

    async def append(self, changes, versions, not_after=None):
        self.appends += 1
        if self.appends % 5:
            self.last = await super().append(changes, versions, not_after)
            return self.last
        template = self.last[-1]
        return [
            replace(
                template,
                position=template.position + nth,
                event=one.event,
                balance_after=one.after.balance,
                debt_after=one.after.debt,
            )
            for nth, one in enumerate(changes, start=1)
        ]


class TimelessLog(_Wrong):
    """Its clock is a minute slow, so that what came too late is done all the same."""

    def clock(self):
        return None

    async def load(self, accounts, keys=(), orders=(), *, settled=False):
        loaded = await super().load(accounts, keys, orders, settled=settled)
        return replace(loaded, now=loaded.now - timedelta(minutes=1))

    async def append(self, changes, versions, _=None):
        return await super().append(changes, versions)


WRONG_LOGS = (StaleLog, KeylessLog, HastyLog, TimelessLog)


def _is_grant(key: str) -> bool:
    return key.startswith("grant:") and not key.endswith(":welcome")
