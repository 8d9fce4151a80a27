"""The line that shows that the log adds up, from sums that PostgreSQL made over all of it."""

from infra.sandbox.log_check import Check
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
                self._lines = [Text("", "equation") for _ in EQUATIONS]
        self._dress("unknown", "pending")

    def show(self, check: Check | None) -> None:
        if check is None or check == self._shown:
            return
        self._shown = check
        if check.events:
            self._dress(*(("holds", "verified") if check.holds else ("broken", "error")))
        else:
            self._dress("unknown", "pending")
        say(self._title, title_of(check))
        for line, equation in zip(self._lines, EQUATIONS, strict=True):
            say(line, equation(check))

    def _dress(self, css: str, symbol: str) -> None:
        if css != self._css:
            self._place.classes(add=css, remove=self._css)
            self._css = css
            self._symbol_place.clear()
            with self._symbol_place:
                icon(symbol)


def title_of(check: Check) -> str:
    if not check.events:
        return EMPTY
    events = words.counted(check.events, words.EVENTS)
    over = f"{events}, {words.counted(check.accounts, words.ACCOUNTS)}"
    if check.holds:
        return f"Журнал сходится: {over}"
    wrong = f", не сходится {words.counted(check.wrong, words.ACCOUNTS)}" if check.wrong else ""
    return f"Журнал не сходится: {over}{wrong}"


def balances(check: Check) -> str:
    """Where all credits came from and went: what is zero is not told."""
    if not check.events:
        return ""
    terms = (
        ("+", "куплено", check.bought),
        ("+", "возвращено", check.refunded),
        (words.MINUS, "списано", check.deducted),
        (words.MINUS, "снято за возврат денег", check.clawed_back),
        ("+", "осталось в долгу", check.debt),
    )
    told = "".join(f" {sign} {_sum(name, number)}" for sign, name, number in terms if number)
    equals = "=" if check.balance_told == check.balances else f"= {check.balance_told} ≠"
    held = f"на{NBSP}счетах{NBSP}{check.balances}"
    return f"{_sum('начислено', check.topped_up)}{told} {equals} {held}"


def deductions(check: Check) -> str:
    if not check.deducted:
        return ""
    parts = {
        f"за{NBSP}готовые": check.settled,
        "возвращено": check.refunded,
        f"в{NBSP}работе": check.open,
    }
    shown = " + ".join(f"{name}{NBSP}{number}" for name, number in parts.items() if number)
    sign = "=" if check.deductions_hold else "≠"
    return f"{_sum('списано', check.deducted)} {sign} {shown or 0}"


def debts(check: Check) -> str:
    """Nothing while nobody owes anything."""
    if not (check.debt or check.debts):
        return ""
    equals = "=" if check.debt == check.debts else "≠"
    owed = f"долг{NBSP}на{NBSP}счетах{NBSP}{check.debts}"
    return f"{_sum('осталось в долгу', check.debt)} {equals} {owed}"


EQUATIONS = (balances, deductions, debts)


def _sum(name: str, number: int) -> str:
    return f"Σ{NBSP}{name.replace(' ', NBSP)}{NBSP}{number}"
