"""What the bot answers to a tap: a toast that goes away, or an alert that wants an OK."""

from collections.abc import Sequence

from nicegui import ui
from nicegui.element import Element

from infra.sandbox.page.dom import Text, attribute, box, button
from infra.sandbox.telegram.views import CallbackView

TOAST_S = 3.5


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

    def forget(self, callbacks: Sequence[CallbackView]) -> None:
        """Take all answers so far as heard."""
        self._heard = {one.callback_id for one in callbacks if one.is_answered}

    def hear(self, callbacks: Sequence[CallbackView]) -> None:
        for one in callbacks:
            if one.is_answered and one.callback_id not in self._heard:
                self._heard.add(one.callback_id)
                if one.text and one.show_alert:
                    self._alert_text.set_text(one.text)
                    self._dialog.open()
                elif one.text:
                    self.toast(one.text)

    def toast(self, sentence: str) -> None:
        self._place.clear()
        with self._place:
            shown = Text(sentence, "toast")
            ui.timer(TOAST_S, shown.delete, once=True)
