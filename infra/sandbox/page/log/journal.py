"""The event stream as it arrives: the newest on top, of everybody or of one account."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nicegui.element import Element

from infra.sandbox.log_check import Check
from infra.sandbox.log_reader import Entry
from infra.sandbox.page import payment_words, words
from infra.sandbox.page.dom import Text, attribute, box, button, icon, say
from infra.sandbox.page.log.check import CheckLine

PAGE_SIZE = 40
ROWS_MAX = 200
EMPTY = "Событий пока нет. Первое появится, когда кто-нибудь нажмёт «Начать» в чате."
SYMBOLS = {
    "account_opened": "person_add",
    "topped_up": "add",
    "deducted": "remove",
    "started": "movie",
    "settled": "done",
    "refunded": "undo",
    "delivered": "done_all",
    "payment_requested": "shopping_cart",
    "payment_opened": "receipt_long",
    "payment_completed": "payments",
    "payment_canceled": "remove_shopping_cart",
    "payment_refund_requested": "currency_exchange",
    "payment_refunded": "money_off",
    "payment_refund_failed": "credit_card_off",
}


@dataclass(frozen=True)
class Names:
    """Of what the log knows by ids: accounts and plans."""

    people: Mapping[str, str] = field(default_factory=dict[str, str])
    plans: Mapping[str, str] = field(default_factory=dict[str, str])


class JournalCard:
    def __init__(
        self,
        *,
        on_everybody: Callable[[], None],
        on_one: Callable[[], None],
        on_older: Callable[[], object],
    ) -> None:
        self._rows: dict[int, Element] = {}
        with box("card journal", tag="section"):
            with box("card-head"):
                Text("Журнал событий", "card-title", tag="h2")
                with box("filter") as group:
                    attribute(group, "role", "group")
                    attribute(group, "aria-label", "Чьи события показать")
                    self._everybody = button(on_everybody, "choice", text="Все")
                    self._one = button(on_one, "choice")
            self._check = CheckLine()
            with box("journal-scroll") as scroll:
                attribute(scroll, "tabindex", "0")
                attribute(scroll, "role", "log")
                attribute(scroll, "aria-label", "События журнала")
                self._empty = Text(EMPTY, "empty")
                self._list: Element = box("entries")
                self._older = button(on_older, "older", text="Показать раньше")
                self._older.set_visibility(False)

    def show_filter(self, *, everybody: bool, owner: str) -> None:
        say(self._one, owner)
        attribute(self._everybody, "aria-pressed", "true" if everybody else "false")
        attribute(self._one, "aria-pressed", "false" if everybody else "true")

    def show_check(self, check: Check | None) -> None:
        self._check.show(check)

    @property
    def newest(self) -> int:
        return max(self._rows, default=0)

    @property
    def oldest(self) -> int | None:
        return min(self._rows, default=None)

    def clear(self) -> None:
        self._rows.clear()
        self._list.clear()
        self._older.set_visibility(False)

    def add_newer(self, entries: Sequence[Entry], names: Names) -> None:
        """Put events, the newest first, on top."""
        is_first = not self._rows
        for entry in reversed(entries):
            with self._list:
                row = _row(entry, names, is_fresh=not is_first)
            row.move(target_index=0)
            self._rows[entry.position] = row
        if is_first:
            self._older.set_visibility(len(entries) == PAGE_SIZE)
        self._forget_oldest()
        self._empty.set_visibility(not self._rows)

    def add_older(self, entries: Sequence[Entry], names: Names) -> None:
        with self._list:
            for entry in entries:
                self._rows[entry.position] = _row(entry, names, is_fresh=False)
        self._older.set_visibility(len(entries) == PAGE_SIZE and len(self._rows) < ROWS_MAX)

    def _forget_oldest(self) -> None:
        while len(self._rows) > ROWS_MAX:
            self._rows.pop(min(self._rows)).delete()


def _row(entry: Entry, names: Names, *, is_fresh: bool) -> Element:
    row = box(f"entry {entry.kind} {'fresh' if is_fresh else ''}")
    with row:
        with box("entry-symbol"):
            icon(SYMBOLS.get(entry.kind, "circle"))
        with box("entry-about"):
            with box("entry-title"):
                Text(payment_words.title_of(entry, names.plans))
                if about := payment_words.about(entry):
                    Text(f": {about}", "entry-reason")
            with box("entry-line"):
                Text(f"#{entry.position}", "entry-position")
                Text(_time(entry.recorded_at))
                Text(entry.kind, "entry-kind")
                Text(names.people.get(entry.account, entry.account), "entry-owner")
                if entry.job_id:
                    Text(f"№ {words.job_number(entry)}", "entry-job")
                if entry.order_id:
                    Text(f"платёж № {payment_words.order_number(entry)}", "entry-order")
                if entry.debt_change:
                    owed = "more" if entry.debt_change > 0 else "less"
                    Text(f"долг {words.with_sign(entry.debt_change)}", f"entry-debt {owed}")
        Text(words.signed(entry), "entry-credits")
        with box("entry-balance"):
            Text(str(entry.balance_after), "entry-balance-number")
            Text("баланс", "entry-balance-unit")
    return row


def _time(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S")
