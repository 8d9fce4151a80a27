"""The bottom of the chat: the typing box, or the one button that a person has instead of it."""

from collections.abc import Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from infra.sandbox.page.chat.parts import Composer
from infra.sandbox.page.dom import box, button
from infra.sandbox.telegram.views import ChatView


class ChatFoot:
    def __init__(
        self,
        *,
        start: Callable[[], None],
        unblock: Callable[[], None],
        send_text: Callable[[str], None],
        notice: Callable[[str], None],
    ) -> None:
        self._send_text = send_text
        self._rows: list[list[str]] | None = None

        def on_notice(event: GenericEventArguments) -> None:
            notice(str(event.args))

        with box("chat-foot"):
            self._start: Element = button(start, "wide", text="Начать")
            self._unblock: Element = button(unblock, "wide quiet", text="Разблокировать бота")
            self._typing = box("typing")
            with self._typing:
                self._composer = Composer()
                self._composer.on("notice", on_notice)
                self._keys = box("reply-keys")

    def show(self, view: ChatView) -> None:
        person = view.person
        self._start.set_visibility(not person.is_started and not person.is_blocked)
        self._unblock.set_visibility(person.is_blocked)
        self._typing.set_visibility(person.is_started and not person.is_blocked)
        self._composer.serve(person.person_id, view.commands, view.placeholder)
        if view.reply_keyboard != self._rows:
            self._rows = view.reply_keyboard
            self._show_keys(self._rows or [])

    def _show_keys(self, rows: list[list[str]]) -> None:
        self._keys.clear()
        with self._keys:
            for row in rows:
                with box("reply-row"):
                    for label in row:
                        self._show_key(label)

    def _show_key(self, label: str) -> None:
        button(lambda: self._send_text(label), "reply-key", text=label)
