"""The left side when the bot talks to the real Telegram: where to go, and whom to watch."""

from collections.abc import Callable, Sequence

from nicegui.element import Element

from infra.sandbox.page.dom import Text, attribute, box, button, icon

TITLE = "Бот говорит с настоящим Telegram"
HINT = (
    "Откройте его в Telegram на телефоне или компьютере и пишите ему там: "
    "найдите бота по имени, которое вы дали ему у @BotFather. "
    "Заказы, видео и кредиты появятся справа, как только вы нажмёте «Начать»."
)


class AccountPicker:
    def __init__(self, choose: Callable[[str], None]) -> None:
        self._choose = choose
        self._shown: object = None
        with box("real-bot"):
            with box("avatar bot-avatar big"):
                icon("send")
            Text(TITLE, "real-bot-title", tag="h2")
            Text(HINT, "real-bot-hint", tag="p")
            with box("accounts") as group:
                attribute(group, "role", "group")
                attribute(group, "aria-label", "Чей счёт показать")
                self._list: Element = box("account-list")

    def show(self, accounts: Sequence[str], chosen: str) -> None:
        if self._shown == (accounts, chosen):
            return
        self._shown = (accounts, chosen)
        self._list.clear()
        with self._list:
            Text("Счета", "people-title")
            for account in accounts:
                self._show_one(account, is_chosen=account == chosen)

    def _show_one(self, account: str, *, is_chosen: bool) -> None:
        one = button(lambda: self._choose(account), "choice", text=account)
        attribute(one, "aria-pressed", "true" if is_chosen else "false")
