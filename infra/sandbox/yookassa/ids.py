"""Ids as YooKassa makes them: the seconds since 2000, a kind, and chance."""

from collections.abc import Callable

SINCE = 946_684_800
PAYMENT = "000f-5000-8000"
REFUND = "0016-50be-b000"


class Ids:
    def __init__(self, hex_of: Callable[[int], str]) -> None:
        self._hex_of = hex_of
        """Returns so many random bytes as hexadecimal digits."""

    def payment(self, now: float) -> str:
        return self._made(PAYMENT, now)

    def refund(self, now: float) -> str:
        return self._made(REFUND, now)

    def error(self) -> str:
        digits = self._hex_of(16)
        parts = (digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:])
        return "-".join(parts)

    def _made(self, kind: str, now: float) -> str:
        return f"{int(now) - SINCE:08x}-{kind}-{self._hex_of(6)}"
