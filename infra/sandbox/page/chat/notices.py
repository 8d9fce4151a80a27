"""What the bot answers to a tap: a toast that goes away, or an alert that wants an OK."""

from collections.abc import Sequence

from nicegui import ui
from nicegui.element import Element

from infra.sandbox.page.dom import Text, attribute, box, button
from infra.sandbox.telegram.views import CallbackView, ChatView, CheckoutView

TOAST_S = 3.5
UNPAID = {
    "refused": "Бот не принял оплату. Звёзды не списаны.",
    "unanswered": "Бот не ответил за 10 секунд. Звёзды не списаны.",
}


class Notices:
    """Belongs into the element over which toasts float."""

    def __init__(self) -> None:
        self._place: Element = box("toasts")
        attribute(self._place, "role", "status")
        with ui.dialog() as self._dialog, box("alert") as alert:
            attribute(alert, "role", "alertdialog")
            self._alert_text = Text("", "alert-text")
            button(self._dialog.close, "alert-ok", text="Понятно")
        self._heard: set[str] = set()

    def forget(self, view: ChatView) -> None:
        """Take all answers so far as heard."""
        answered = {one.callback_id for one in view.callbacks if one.is_answered}
        self._heard = answered | {one.query_id for one in view.checkouts if one.state in UNPAID}

    def hear(self, callbacks: Sequence[CallbackView]) -> None:
        for one in callbacks:
            if one.is_answered and one.callback_id not in self._heard:
                self._heard.add(one.callback_id)
                if one.text and one.show_alert:
                    self._alert_text.set_text(one.text)
                    self._dialog.open()
                elif one.text:
                    self.toast(one.text)

    def hear_checkouts(self, checkouts: Sequence[CheckoutView]) -> None:
        """Say why a payment did not go through; the chat itself shows one that did."""
        for one in checkouts:
            if one.state in UNPAID and one.query_id not in self._heard:
                self._heard.add(one.query_id)
                self._alert_text.set_text(one.error or UNPAID[one.state])
                self._dialog.open()

    def toast(self, sentence: str) -> None:
        self._place.clear()
        with self._place:
            shown = Text(sentence, "toast")
            ui.timer(TOAST_S, shown.delete, once=True)
