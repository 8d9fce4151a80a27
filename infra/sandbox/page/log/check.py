"""The line that shows that the log adds up, from sums that PostgreSQL made over all of it."""

from infra.sandbox.log_reader import Check
from infra.sandbox.page import words
from infra.sandbox.page.dom import Text, box, icon, say

UNKNOWN = "Проверка сумм появится, когда ответит PostgreSQL."
NBSP = "\N{NO-BREAK SPACE}"
EMPTY = "Журнал пуст: сходиться пока нечему."


class CheckLine:
    def __init__(self) -> None:
        self._shown: Check | None = None
        self._css = ""
        with box("check") as self._place:
            self._symbol_place = box("check-symbol")
            with box("check-about"):
                self._title = Text(UNKNOWN, "check-title")
                self._balances = Text("", "equation")
                self._deductions = Text("", "equation")
        self._dress("unknown", "pending")

    def show(self, check: Check | None) -> None:
        if check is None or check == self._shown:
            return
        self._shown = check
        holds = check.balances_hold and check.deductions_hold
        if check.events:
            self._dress("holds" if holds else "broken", "verified" if holds else "error")
        else:
            self._dress("unknown", "pending")
        say(self._title, _title(check, holds=holds))
        say(self._balances, _balances(check) if check.events else "")
        say(self._deductions, _deductions(check) if check.deducted else "")

    def _dress(self, css: str, symbol: str) -> None:
        if css != self._css:
            self._place.classes(add=css, remove=self._css)
            self._css = css
            self._symbol_place.clear()
            with self._symbol_place:
                icon(symbol)


def _title(check: Check, *, holds: bool) -> str:
    if not check.events:
        return EMPTY
    events = words.counted(check.events, words.EVENTS)
    over = f"{events}, {words.counted(check.accounts, words.ACCOUNTS)}"
    if holds:
        return f"Журнал сходится: {over}"
    wrong = f", не сходится {words.counted(check.wrong, words.ACCOUNTS)}" if check.wrong else ""
    return f"Журнал не сходится: {over}{wrong}"


def _balances(check: Check) -> str:
    total = check.topped_up + check.refunded - check.deducted
    back = f" + {_sum('возвращено', check.refunded)}" if check.refunded else ""
    taken = f" {words.MINUS} {_sum('списано', check.deducted)}" if check.deducted else ""
    middle = "=" if total == check.balances else f"= {total} ≠"
    held = f"на{NBSP}счетах{NBSP}{check.balances}"
    return f"{_sum('начислено', check.topped_up)}{back}{taken} {middle} {held}"


def _deductions(check: Check) -> str:
    parts = {
        f"за{NBSP}готовые": check.settled,
        "возвращено": check.refunded,
        f"в{NBSP}работе": check.open,
    }
    shown = " + ".join(f"{name}{NBSP}{number}" for name, number in parts.items() if number)
    sign = "=" if check.deductions_hold else "≠"
    return f"{_sum('списано', check.deducted)} {sign} {shown or 0}"


def _sum(name: str, number: int) -> str:
    return f"Σ{NBSP}{name}{NBSP}{number}"
