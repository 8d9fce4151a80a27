"""One account: its balance, large, and buttons that grant it credits."""

from uuid import uuid4  # noqa: TID251 - a grant made on this page originates here

from contracts.messages import Done, Terms
from infra.sandbox.log_reader import Balance
from infra.sandbox.operator_link import OperatorLink
from infra.sandbox.page import words
from infra.sandbox.page.dom import Text, attribute, box, button, say

GRANTS = (1, 5, 20)
UNKNOWN = (
    "Леджер не ответил. Если начисление не появится в журнале за минуту, его не было: повторите."
)
NO_ACCOUNT = "Счёт откроется, когда человек нажмёт «Начать» в чате."
DEBT = "Погасится первым, как только придут кредиты"
NOBODY = "Выберите счёт: он появится, когда кто-нибудь напишет боту."


class AccountCard:
    def __init__(self, link: OperatorLink) -> None:
        self._link = link
        self._account: str | None = None
        with box("card account", tag="section"):
            self._owner = Text("", "card-title", tag="h2")
            with box("balance"):
                self._number = Text("—", "balance-number")
                self._unit = Text("", "balance-unit")
                self._debt = Text("", "debt")
                attribute(self._debt, "title", DEBT)
            self._note = Text("", "note")
            with box("grants") as grants:
                attribute(grants, "role", "group")
                attribute(grants, "aria-label", "Начислить кредиты")
                Text("Начислить", "grants-title")
                self._buttons = [self._grant_button(credits_) for credits_ in GRANTS]
            self._result = Text("", "result")
            attribute(self._result, "role", "status")

    def name(self, owner: str) -> None:
        say(self._owner, f"Счёт: {owner}")

    def show(self, account: str | None, balance: Balance | None) -> None:
        if account != self._account:
            self._account = account
            say(self._result, "")
        say(self._number, str(balance.balance) if balance else "0")
        say(self._unit, words.plural(balance.balance if balance else 0, words.CREDITS))
        say(self._debt, debt_of(balance))
        say(self._note, _note(account, balance, self._link.terms))
        for one in self._buttons:
            attribute(one, "disabled", None if balance else True)

    def _grant_button(self, credits_: int) -> Text:
        async def grant() -> None:
            await self._grant(credits_)

        counted = words.counted(credits_, words.CREDITS)
        return button(grant, "grant", text=f"+{credits_}", aria=f"Начислить {counted}")

    async def _grant(self, credits_: int) -> None:
        account = self._account
        if account is None:
            return
        say(self._result, "Начисляю…")
        answer = await self._link.grant(account, credits_, uuid4().hex)
        if self._account != account or self._result.is_deleted:
            return
        if answer is None:
            say(self._result, UNKNOWN)
        elif isinstance(answer, Done):
            given = "Начислен" if words.is_one(credits_) else "Начислено"
            counted = words.counted(credits_, words.CREDITS)
            say(self._result, f"{given} {counted}: запись № {answer.position}.")
        else:
            say(self._result, words.refusal_sentence(answer))


def debt_of(balance: Balance | None) -> str:
    """What the next credits pay first; nothing while nothing is owed."""
    if balance is None or not balance.debt:
        return ""
    return f"долг {words.counted(balance.debt, words.CREDITS)}"


def _note(account: str | None, balance: Balance | None, terms: Terms | None) -> str:
    if account is None:
        return NOBODY
    if balance is None:
        return NO_ACCOUNT
    if balance.open_credits:
        return f"Ещё {words.counted(balance.open_credits, words.CREDITS)} сейчас в работе"
    if terms is None:
        return ""
    return f"Одно видео стоит {words.counted(terms.price_credits, words.CREDITS)}"
